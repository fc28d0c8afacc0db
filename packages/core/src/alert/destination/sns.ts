/**
 * SNS: one message to a topic, worded for each kind of subscriber, with attributes for filter policies.
 * As with a webhook, a crash between SNS taking a message and the ledger saying so can repeat it.
 */
import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { messageOf, nameOf } from '../../runtime/index.ts';
import { alertsTopicArn } from '../../runtime/resource.ts';
import { legible, pairs } from '../message/announcement.ts';
import { consoleLink } from '../message/console-link.ts';
import { headlineOf, isGroup, type Message, statusOf, summaryOf } from '../message/group-announcement.ts';
import { plainText } from '../message/plain-text.ts';
import { defineDestination, SEND_TIMEOUT } from './destination.ts';
import { type Outcome, sent } from './outcome.ts';

/** SNS takes fewer than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const SUBJECT = 99;
/** One SMS. */
const SMS = 140;
/**
 * Bytes of the JSON for programs, as it lies in the message: SNS takes 256 KiB in all, and what people read beside it is
 * shorter by far.
 */
const PROGRAM = 200_000;

export const sns = defineDestination({
  route: z.strictObject({
    kind: z.literal('sns'),
    /** `Alerts`, the topic of this stack; or the ARN of another, which the sender must be granted. */
    topic: z
      .string()
      .regex(
        /^(Alerts|arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256})$/,
        'is Alerts, the topic of this stack, or the ARN of an SNS topic',
      ),
  }),
  open(route) {
    const topic = route.topic === 'Alerts' ? alertsTopicArn() : route.topic;
    return { send: (message) => publishTo(topic, message) };
  },
});

let shared: SNSClient | undefined;
/** It tries once: the ledger counts attempts, and decides about the next. */
function client(): SNSClient {
  shared ??= new SNSClient({ maxAttempts: 1 });
  return shared;
}

async function publishTo(topic: string, message: Message): Promise<Outcome> {
  try {
    await client().send(new PublishCommand({ TopicArn: topic, ...snsMessage(message, consoleLink(message)) }), {
      abortSignal: AbortSignal.timeout(SEND_TIMEOUT),
    });
    return sent;
  } catch (caught) {
    return snsFailure(caught);
  }
}

/** What people read in e-mails and SMS, and programs get as JSON; a pure function. @param link to the console, where there is one. */
export function snsMessage(
  message: Message,
  link?: string,
): Required<Pick<PublishCommandInput, 'Subject' | 'Message' | 'MessageStructure' | 'MessageAttributes'>> {
  const text = plainText(message, link);
  const short = [...`${headlineOf(message)}. ${summaryOf(message)}`].slice(0, SMS).join('');
  return {
    Subject: subjectOf(message),
    MessageStructure: 'json',
    Message: JSON.stringify({ default: programText(message), email: text, sms: short }),
    MessageAttributes: {
      project: attribute(message.project),
      rule: attribute(isGroup(message) ? (message.labels.rule ?? '') : message.alert.rule.id),
      severity: attribute(isGroup(message) ? message.severity : message.alert.severity),
      status: attribute(statusOf(message)),
    },
  };
}

/** What Lambda, SQS, HTTP and every other program gets. Of a group that is too long, as many members as fit. */
function programText(message: Message): string {
  if (!isGroup(message)) return JSON.stringify(message);
  for (let shown = message.members.length; ; shown--) {
    const text = JSON.stringify({ ...message, members: message.members.slice(0, shown) });
    if (shown === 0 || Buffer.byteLength(JSON.stringify(text)) <= PROGRAM) return text;
  }
}

/** SNS refuses an empty value, and XML cannot carry control characters. */
function attribute(value: string) {
  return { DataType: 'String', StringValue: legible(value) || '-' };
}

/** ASCII, one line: accents are dropped, other writing becomes `?`. */
function subjectOf(message: Message): string {
  const status = statusOf(message);
  const severity = isGroup(message) ? message.severity : message.alert.severity;
  return `[${(status === 'firing' ? severity : status).toUpperCase()}] ${legible(message.project)}: ${subjectText(message)}`
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]/gu, '?')
    .slice(0, SUBJECT)
    .trimEnd();
}

function subjectText(message: Message): string {
  if (!isGroup(message)) return legible(message.alert.rule.name) || message.alert.rule.id;
  const { firing, resolved, labels } = message;
  return [`${firing} firing, ${resolved} resolved`, pairs(labels)].filter((text) => text !== '').join(', ');
}

/** Names of 4xx errors that pass: throttling, and credentials about to be renewed. */
const PASSING = /throttl|toomanyrequests|requestlimitexceeded|expiredtoken|requestexpired/i;

/** Later without an answer, on 5xx and on throttling; refused on the other errors SNS names. */
export function snsFailure(caught: unknown): Outcome {
  const reason = `${nameOf(caught)}: ${messageOf(caught)}`;
  const status = httpStatusOf(caught);
  const answered = status !== undefined && status >= 400 && status < 500;
  return { result: answered && status !== 429 && !PASSING.test(nameOf(caught)) ? 'refused' : 'retry', reason };
}

/** The HTTP status an SDK error carries; undefined where no answer came. */
function httpStatusOf(caught: unknown): number | undefined {
  if (!(caught instanceof Error) || !('$metadata' in caught)) return undefined;
  const metadata = caught.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

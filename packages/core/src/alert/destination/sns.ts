/**
 * SNS: one message to a topic, worded for each kind of subscriber, with attributes for filter policies.
 * As with a webhook, a crash between SNS taking a message and the ledger saying so can repeat it.
 */
import { PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { messageOf, nameOf } from '../../runtime/index.ts';
import { alertsTopicArn } from '../../runtime/resource.ts';
import { type Announcement, legible, titleOf } from '../announcement.ts';
import { plainText } from '../plain-text.ts';
import { defineDestination, SEND_TIMEOUT } from './destination.ts';
import { type Outcome, sent } from './outcome.ts';

/** SNS takes fewer than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
const SUBJECT = 99;
/** One SMS. */
const SMS = 140;

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
    return (announcement) => publishTo(topic, announcement);
  },
});

let shared: SNSClient | undefined;
/** It tries once: the ledger counts attempts, and decides about the next. */
function client(): SNSClient {
  shared ??= new SNSClient({ maxAttempts: 1 });
  return shared;
}

async function publishTo(topic: string, announcement: Announcement): Promise<Outcome> {
  try {
    await client().send(new PublishCommand({ TopicArn: topic, ...snsMessage(announcement) }), {
      abortSignal: AbortSignal.timeout(SEND_TIMEOUT),
    });
    return sent;
  } catch (caught) {
    return snsFailure(caught);
  }
}

/** What a person or a program subscribes to; a pure function. */
export function snsMessage(
  announcement: Announcement,
): Required<Pick<PublishCommandInput, 'Subject' | 'Message' | 'MessageStructure' | 'MessageAttributes'>> {
  const { project, status, alert } = announcement;
  const text = plainText(announcement);
  const program = JSON.stringify(announcement);
  const short = [...`${titleOf(announcement)}. ${legible(alert.summary)}`].slice(0, SMS).join('');
  return {
    Subject: subjectOf(announcement),
    MessageStructure: 'json',
    Message: JSON.stringify({ default: text, email: text, sms: short, lambda: program, sqs: program }),
    MessageAttributes: {
      project: attribute(project),
      rule: attribute(alert.rule.id),
      severity: attribute(alert.severity),
      status: attribute(status),
    },
  };
}

/** SNS refuses an empty value, and XML cannot carry control characters. */
function attribute(value: string) {
  return { DataType: 'String', StringValue: legible(value) || '-' };
}

/** ASCII, one line: accents are dropped, other writing becomes `?`. */
function subjectOf({ project, status, alert }: Announcement): string {
  const word = status === 'firing' ? alert.severity : status;
  return `[${word.toUpperCase()}] ${legible(project)}: ${legible(alert.rule.name) || alert.rule.id}`
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]/gu, '?')
    .slice(0, SUBJECT)
    .trimEnd();
}

/** Names of 4xx errors that pass: throttling, and credentials about to be renewed. */
const PASSING = /throttl|toomanyrequests|requestlimitexceeded|expiredtoken|requestexpired/i;

/** Later without an answer, on 5xx and on throttling; refused on the other errors SNS names. */
export function snsFailure(caught: unknown): Outcome {
  const reason = `${nameOf(caught)}: ${messageOf(caught)}`;
  const status = statusOf(caught);
  const answered = status !== undefined && status >= 400 && status < 500;
  return { result: answered && status !== 429 && !PASSING.test(nameOf(caught)) ? 'refused' : 'retry', reason };
}

/** The HTTP status an SDK error carries; undefined where no answer came. */
function statusOf(caught: unknown): number | undefined {
  if (!(caught instanceof Error) || !('$metadata' in caught)) return undefined;
  const metadata = caught.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/**
 * Slack, by an incoming webhook whose URL is a secret.
 *
 * A webhook has no idempotency key. Between Slack taking a message and the ledger saying so there is one window in which
 * a message can come twice: a crash there, or an answer that never reached us.
 */
import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import * as z from 'zod';
import { ConfigurationError, MINUTE } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import { consoleLink } from '../message/console-link.ts';
import type { Message } from '../message/group-announcement.ts';
import { defineDestination, type Pace, SEND_TIMEOUT } from './destination.ts';
import { httpOutcome, networkReason, type Outcome, sent } from './outcome.ts';
import { slackMessage } from './slack-message.ts';

export const slack = defineDestination({
  route: z.strictObject({
    kind: z.literal('slack'),
    /** Name of the secret that holds the webhook's URL. */
    secret: z
      .string()
      .regex(/^[A-Z][A-Za-z0-9]*$/, 'is the name of a secret, as in SlackWebhookUrl; never the URL itself'),
    /** Messages a minute at most, over all routes with this secret. Default: what Slack takes. */
    perMinute: z.number().int().min(1).max(60_000).optional(),
  }),
  open({ secret: name, perMinute }) {
    const url = webhookUrl(name);
    const pace = paceOf(name, perMinute ?? (isOnThisMachine(url) ? undefined : PER_MINUTE));
    return { send: (message, { now }) => post(url, message, now()), ...(pace === undefined ? {} : { pace }) };
  },
});

/** About one a second. https://docs.slack.dev/apis/web-api/rate-limits/#incoming-webhooks */
const PER_MINUTE = 60;

function paceOf(secretName: string, perMinute: number | undefined): Pace | undefined {
  return perMinute === undefined ? undefined : { name: `slack ${secretName}`, interval: Math.ceil(MINUTE / perMinute) };
}

/** A stand-in, which need not be spared. */
function isOnThisMachine(url: string): boolean {
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

/** @throws ConfigurationError that does not repeat the value: whoever knows the URL can post. */
function webhookUrl(name: string): string {
  const url = secret(name);
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ConfigurationError(
      `the secret ${name} is not a URL; set it with: npx sst secret set ${name} https://hooks.slack.com/services/…`,
    );
  }
  return url;
}

async function post(url: string, message: Message, now: number): Promise<Outcome> {
  const answer: { head?: { readonly ok: boolean; readonly retryAfter: string | null } } = {};
  const webhook = new IncomingWebhook(url, {
    timeout: SEND_TIMEOUT,
    fetch: async (input, init) => {
      // the library's errors carry no headers, and Retry-After is one
      const response = await fetch(input, init);
      answer.head = { ok: response.ok, retryAfter: response.headers.get('retry-after') };
      return response;
    },
  });
  try {
    await webhook.send(slackMessage(message, consoleLink(message)));
    return sent;
  } catch (caught) {
    if (answer.head?.ok) return sent; // Slack took it; only the rest of its answer was lost
    if (caught instanceof IncomingWebhookHTTPError) {
      return httpOutcome(caught.statusCode, { body: caught.body, retryAfter: answer.head?.retryAfter ?? null }, now);
    }
    const original = caught instanceof IncomingWebhookRequestError ? caught.original : caught;
    return { result: 'retry', reason: networkReason(original) };
  }
}

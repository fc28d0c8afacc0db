/**
 * Slack, by an incoming webhook whose URL is a secret.
 *
 * A webhook has no idempotency key. Between Slack taking a message and the ledger saying so there is one window in which
 * a message can come twice: a crash there, or an answer that never reached us.
 */
import { IncomingWebhook, IncomingWebhookHTTPError, IncomingWebhookRequestError } from '@slack/webhook';
import { z } from 'zod';
import { ConfigurationError, messageOf, nameOf } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { Announcement } from '../announcement.ts';
import { defineDestination, SEND_TIMEOUT } from './destination.ts';
import { httpOutcome, type Outcome, sent } from './outcome.ts';
import { slackMessage } from './slack-message.ts';

export const slack = defineDestination({
  route: z.strictObject({
    kind: z.literal('slack'),
    /** Name of the secret that holds the webhook's URL. */
    secret: z
      .string()
      .regex(/^[A-Z][A-Za-z0-9]*$/, 'is the name of a secret, as in SlackWebhookUrl; never the URL itself'),
  }),
  open(route) {
    const url = webhookUrl(route.secret);
    return (announcement, now) => post(url, announcement, now());
  },
});

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

async function post(url: string, announcement: Announcement, now: number): Promise<Outcome> {
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
    await webhook.send(slackMessage(announcement));
    return sent;
  } catch (caught) {
    if (answer.head?.ok) return sent; // Slack took it; only the rest of its answer was lost
    if (caught instanceof IncomingWebhookHTTPError) {
      return httpOutcome(caught.statusCode, { body: caught.body, retryAfter: answer.head?.retryAfter ?? null }, now);
    }
    return { result: 'retry', reason: networkReason(caught) };
  }
}

/** `fetch` says only "fetch failed"; what failed is one or two causes down. */
function networkReason(caught: unknown): string {
  const original = caught instanceof IncomingWebhookRequestError ? caught.original : caught;
  if (nameOf(original) === 'TimeoutError') return `no answer within ${SEND_TIMEOUT} ms`;
  const cause = original instanceof Error ? original.cause : undefined;
  return cause instanceof Error && 'code' in cause
    ? `no answer: ${String(cause.code)}`
    : `no answer: ${messageOf(original)}`;
}

/**
 * A web server of anybody's: the message as JSON in a signed POST.
 *
 * Headers: `millrace-delivery`, the same at every attempt; `millrace-timestamp`, seconds since 1970; and
 * `millrace-signature`, `v1=` and the HMAC-SHA256 of `<timestamp>.<delivery>.<body>` in hexadecimal. A receiver
 * refuses what is older than five minutes or signed wrongly, and drops a delivery it has seen: so nobody can replay a
 * message, and a repeat after a crash does no harm.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { SECOND } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import { consoleLink } from '../message/console-link.ts';
import { isGroup, type Message } from '../message/group-announcement.ts';
import { type Attempt, defineDestination, SEND_TIMEOUT } from './destination.ts';
import { httpOutcome, networkReason, type Outcome, sent } from './outcome.ts';

/** A plain URL only to this machine: over a network, a message is for its receiver alone. */
const HTTPS = /^https:\/\/|^http:\/\/(127\.0\.0\.1|localhost)[:/]/;
/** Of an answer, as much as a reason may quote. */
const BODY = 1000;

export const webhook = defineDestination({
  route: z.strictObject({
    kind: z.literal('webhook'),
    /** Who may know it may post to it; the signature tells whether it was us. */
    url: z.url().regex(HTTPS, 'begins with https://'),
    /** Name of the secret that holds the key messages are signed with. */
    secret: z
      .string()
      .regex(/^[A-Z][A-Za-z0-9]*$/, 'is the name of a secret, as in WebhookSigningKey; never the key itself'),
  }),
  open(route) {
    const key = secret(route.secret);
    return { send: (message, attempt) => post(route.url, key, bodyOf(message, attempt), attempt) };
  },
});

/** The same at every attempt. */
function bodyOf(message: Message, { delivery }: Attempt): string {
  const link = consoleLink(message);
  const kind = isGroup(message) ? 'group' : 'alert';
  return JSON.stringify({ delivery, kind, [kind]: message, ...(link === undefined ? {} : { link }) });
}

/** What a receiver computes again. @param timestamp seconds since 1970, as the header has it. */
export function signatureOf(key: string, timestamp: string, delivery: string, body: string): string {
  return `v1=${createHmac('sha256', key).update(`${timestamp}.${delivery}.${body}`).digest('hex')}`;
}

async function post(url: string, key: string, body: string, { delivery, now }: Attempt): Promise<Outcome> {
  const timestamp = String(Math.floor(now() / SECOND));
  let taken = false;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual', // a redirect would hand the message to somebody else
      signal: AbortSignal.timeout(SEND_TIMEOUT),
      headers: {
        'content-type': 'application/json',
        'millrace-delivery': delivery,
        'millrace-timestamp': timestamp,
        'millrace-signature': signatureOf(key, timestamp, delivery, body),
      },
      body,
    });
    taken = response.ok;
    const text = (await response.text()).slice(0, BODY);
    return httpOutcome(response.status, { body: text, retryAfter: response.headers.get('retry-after') }, now());
  } catch (caught) {
    return taken ? sent : { result: 'retry', reason: networkReason(caught) };
  }
}

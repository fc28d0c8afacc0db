/**
 * What came of handing a message to a destination, and how an HTTP answer is read as one.
 */
import { messageOf, nameOf, SECOND } from '../../runtime/index.ts';

export type Outcome =
  | { readonly result: 'sent' }
  /** It may go through later; `after` (ms) is how long the destination asked us to wait, where it did. */
  | { readonly result: 'retry'; readonly reason: string; readonly after?: number }
  /** No retry can heal it. */
  | { readonly result: 'refused'; readonly reason: string };

export const sent: Outcome = { result: 'sent' };

/** Answers below 500 that say "later": request timeout, too early, too many requests. */
const LATER = new Set([408, 425, 429]);
/** Longest part of an answer's body that a reason quotes. */
const BODY = 200;

/**
 * Sent on 2xx; later on 429, 408, 425 and 5xx, after `Retry-After` where the answer has one; refused on everything else.
 * @param now ms since 1970, for a `Retry-After` that is a date.
 */
export function httpOutcome(
  status: number,
  answer: { readonly body: string; readonly retryAfter: string | null },
  now: number,
): Outcome {
  if (status >= 200 && status < 300) return sent;
  const reason = `${status} ${answer.body.replace(/\s+/g, ' ').slice(0, BODY)}`.trim();
  if (status < 500 && !LATER.has(status)) return { result: 'refused', reason };
  const after = retryAfterLength(answer.retryAfter, now);
  return after === undefined ? { result: 'retry', reason } : { result: 'retry', reason, after };
}

/**
 * Milliseconds of a `Retry-After` header: whole seconds or an HTTP date (RFC 9110, 10.2.3); undefined where it is
 * absent or neither.
 */
export function retryAfterLength(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text) * SECOND;
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Why no answer came: `fetch` says only "fetch failed"; what failed is one or two causes down. */
export function networkReason(caught: unknown): string {
  if (nameOf(caught) === 'TimeoutError') return 'no answer in time';
  const cause = caught instanceof Error ? caught.cause : undefined;
  return cause instanceof Error && 'code' in cause
    ? `no answer: ${String(cause.code)}`
    : `no answer: ${messageOf(caught)}`;
}

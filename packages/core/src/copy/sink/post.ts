/**
 * One HTTP request with a body, sent until it is answered: 429, 5xx and a broken line are tried again, after as long as
 * the other side asks for.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, type Clock, MillraceError, messageOf, retryRemaining, SECOND } from '../../runtime/index.ts';

/** In all; with the back-off below about 15 s, and what Retry-After asks for. */
const ATTEMPTS = 6;
export const BACKOFF: Backoff = { base: 500, cap: 8 * SECOND };
/** Until a request without an answer is given up. */
const TIMEOUT = 30 * SECOND;
/** Longest Retry-After that is waited for here; a longer one is left to the queue. */
const MAX_WAIT = 20 * SECOND;

/** The other side did not answer, or could not take it just now. */
export class SinkUnavailable extends MillraceError {
  constructor(destination: string, why: string) {
    super(
      'sink_unavailable',
      `${destination} took nothing after ${ATTEMPTS} attempts (${why}); it is tried again later`,
    );
  }
}

/** The other side will not take it as it is. */
export class SinkRejected extends MillraceError {
  constructor(destination: string, status: number) {
    super(
      'sink_rejected',
      `${destination} answered ${status}; check its address and its secret, then redrive the dead-letter queue`,
      { retryable: false },
    );
  }
}

/** How requests are sent. */
export interface Sending {
  readonly clock: Clock;
  /** Between attempts where the other side asks for nothing. */
  readonly backoff: Backoff;
}

export interface PostRequest {
  readonly url: URL;
  /** As messages call it. */
  readonly destination: string;
  /** Made for each attempt. */
  readonly headers: () => Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The text of a successful answer.
 * @throws SinkUnavailable, SinkRejected.
 */
export async function post(request: PostRequest, { clock, backoff }: Sending): Promise<string> {
  let answer: string | undefined;
  let why = '';
  const left = await retryRemaining(
    request,
    async () => {
      const outcome = await attempt(request, clock);
      if ('answer' in outcome) {
        answer = outcome.answer;
        return undefined;
      }
      why = outcome.why;
      if (outcome.wait > MAX_WAIT) throw new SinkUnavailable(request.destination, why);
      await sleep(outcome.wait);
      return request;
    },
    { times: ATTEMPTS, backoff },
  );
  if (left !== undefined || answer === undefined) throw new SinkUnavailable(request.destination, why);
  return answer;
}

type Outcome = { readonly answer: string } | { readonly why: string /** ms */; readonly wait: number };

async function attempt({ url, headers, body, destination }: PostRequest, clock: Clock): Promise<Outcome> {
  let response: Response;
  let answer: string;
  try {
    const signal = AbortSignal.timeout(TIMEOUT);
    response = await fetch(url, { method: 'POST', headers: { ...headers() }, body, signal, redirect: 'manual' });
    answer = await response.text();
  } catch (caught) {
    return { why: messageOf(caught), wait: 0 };
  }
  if (response.ok) return { answer };
  const { status } = response;
  if (status !== 429 && status < 500) throw new SinkRejected(destination, status);
  return { why: `status ${status}`, wait: retryAfter(response.headers.get('retry-after'), clock()) };
}

/** Milliseconds to wait: seconds or a date of HTTP; 0 for none. */
function retryAfter(value: string | null, now: number): number {
  if (value === null) return 0;
  const wait = /^\d+$/.test(value) ? Number(value) * SECOND : Date.parse(value) - now;
  return Number.isNaN(wait) ? 0 : Math.max(0, wait);
}

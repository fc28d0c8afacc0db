/**
 * The one retry helper: exponential back-off with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** `base` and `cap` are milliseconds. */
export interface Backoff {
  readonly base: number;
  readonly cap: number;
}

/** The wait before attempt `attempt` (0 is the first retry), in milliseconds: uniform in [0, min(cap, base·2^attempt)). */
export function fullJitter(attempt: number, { base, cap }: Backoff, random: () => number = Math.random): number {
  return Math.floor(random() * Math.min(cap, base * 2 ** Math.min(attempt, 30)));
}

/**
 * Calls `attempt` until it returns `undefined` (nothing left to do) or `times` calls were made; what a call returns
 * is what is left for the next one. Returns what was left at the end.
 */
export async function retryRemaining<T>(
  work: T,
  attempt: (work: T) => Promise<T | undefined>,
  { times, backoff }: { times: number; backoff: Backoff },
): Promise<T | undefined> {
  let left: T | undefined = work;
  for (let n = 0; left !== undefined && n < times; n++) {
    if (n > 0) await sleep(fullJitter(n - 1, backoff));
    left = await attempt(left);
  }
  return left;
}

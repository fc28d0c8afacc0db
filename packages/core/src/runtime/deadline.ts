/**
 * How much of its time a run has left: what may take longer than that asks now and then, and stops in time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { SECOND } from './clock.ts';

/**
 * Left of a run's time when it is to stop: what is under way then (a request to a sink, 30 s at most where it is not
 * repeated, and parts on their way to S3) has to end, and what it came to has to be saved. Of a shorter run, half.
 */
const MARGIN = 45 * SECOND;
/** Share of a run's time that has to be left for nearly all of it to be. */
const NEARLY_ALL = 0.9;

export class Deadline {
  readonly #remaining: () => number;
  readonly #all: number;
  readonly #margin: number;

  /** @param remaining milliseconds, as Lambda's context tells them; those left now are taken for all there are. */
  constructor(remaining: () => number) {
    this.#remaining = remaining;
    this.#all = remaining();
    this.#margin = Math.min(MARGIN, this.#all / 2);
  }

  /** Whether so little time is left that the run had better stop. */
  nears(): boolean {
    return this.#remaining() < this.#margin;
  }

  /** Whether nearly all of the run's time is left. */
  isFar(): boolean {
    return this.#remaining() >= this.#all * NEARLY_ALL;
  }
}

const current = new AsyncLocalStorage<Deadline>();

/** That of the work at hand; undefined where nothing ends it. */
export function currentDeadline(): Deadline | undefined {
  return current.getStore();
}

/** Does work that has until then. */
export async function before<T>(deadline: Deadline, work: () => Promise<T>): Promise<T> {
  return await current.run(deadline, work);
}

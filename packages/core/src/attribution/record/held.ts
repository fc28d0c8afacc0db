/**
 * What a run holds of a file in memory: bounded, so that a file of too much is refused by name before memory ends.
 */
import { MillraceError } from '../../runtime/index.ts';

/** Of each kind. A conversion or a touch takes about 200 bytes, so a million of both fit half of the function's heap. */
const MAX_HELD = 1_000_000;

/** Another run would hold no more. */
export class TooManyHeld extends MillraceError {
  constructor(what: string, limit: number) {
    super(
      'too_many_for_a_run',
      `more than ${limit} ${what} for one run; have the producer write shorter intervals, or look for touches less far back`,
      { retryable: false },
    );
  }
}

/**
 * Something to add to, and all that was added.
 * @param what as messages call them.
 * @throws TooManyHeld in `add`.
 */
export function held<T>(what: string, limit = MAX_HELD): { readonly all: readonly T[]; add(one: T): void } {
  const all: T[] = [];
  return {
    all,
    add: (one) => {
      if (all.length >= limit) throw new TooManyHeld(what, limit);
      all.push(one);
    },
  };
}

/**
 * Values that something cannot be made of.
 */

export type UnfitReason =
  | 'not_a_number'
  | 'not_a_boolean'
  | 'not_json' // a function or expression of the pipeline's made something JSON cannot hold
  | 'too_long' // what was found, or what a function or expression of the pipeline's made
  | 'nesting_too_deep';

/** Thrown once a value, so of each reason there is one: hostile data has many, and each of its own would cost a stack trace. */
export class UnfitValue extends Error {
  readonly reason: UnfitReason;

  private constructor(reason: UnfitReason) {
    super(reason);
    this.name = 'UnfitValue';
    this.reason = reason;
  }

  static readonly #known = new Map<UnfitReason, UnfitValue>();

  static of(reason: UnfitReason): UnfitValue {
    const one = UnfitValue.#known.get(reason) ?? new UnfitValue(reason);
    UnfitValue.#known.set(reason, one);
    return one;
  }
}

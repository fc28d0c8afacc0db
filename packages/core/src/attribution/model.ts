/**
 * Attribution models: what each touch on the way to a conversion weighs.
 */

/** Weights for touches in order of time, at least one of them; non-negative integers as `apportion` takes them. */
export type Model = (touches: readonly { readonly time: number }[]) => number[];

/** Every model there is, by the name declarations and rows carry. */
export const models = {
  /** All to the first touch. */
  first: (touches) => touches.map((_, position) => (position === 0 ? 1 : 0)),
  /** All to the last touch before the conversion. */
  last: (touches) => touches.map((_, position) => (position === touches.length - 1 ? 1 : 0)),
  /** The same to each. */
  linear: (touches) => touches.map(() => 1),
} as const satisfies Record<string, Model>;

export type ModelName = keyof typeof models;

export const modelNames: readonly [ModelName, ...ModelName[]] = ['first', 'last', 'linear'];

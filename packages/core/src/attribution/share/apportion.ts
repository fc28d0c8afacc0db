/**
 * Sharing an amount so that the shares add up to it, to the minor unit: the method of largest remainders (Hamilton's;
 * https://en.wikipedia.org/wiki/Largest_remainders_method).
 */

/**
 * @param value minor units, a safe integer; of a negative one the shares are the negated shares of its opposite.
 * @param weights non-negative safe integers, one a share, not all of them 0.
 * @returns as many safe integers, which add up to `value`. What is left after rounding down goes a unit each to the
 *   largest remainders, of equal ones to the first.
 * @throws RangeError on anything else.
 */
export function apportion(value: number, weights: readonly number[]): number[] {
  if (!Number.isSafeInteger(value)) throw new RangeError(`cannot share ${value}; use safe integers of minor units`);
  return apportionAny(BigInt(value), weights).map(Number);
}

/** The same for an integer of any size, as sums of many values are. */
export function apportionAny(value: bigint, weights: readonly number[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(checked(weight)), 0n);
  if (total === 0n) throw new RangeError(`cannot share ${value} among ${weights.length} weights that add up to 0`);
  const amount = value < 0n ? -value : value;
  const parts = weights.map((weight) => amount * BigInt(weight));
  const shares = parts.map((part) => part / total);
  const left = Number(amount - shares.reduce((sum, share) => sum + share, 0n));
  const remainders = parts.map((part, position) => ({ remainder: part % total, position }));
  remainders.sort((a, b) => compare(b.remainder, a.remainder) || a.position - b.position);
  const rounded = new Set(remainders.slice(0, left).map(({ position }) => position));
  return shares.map((share, position) => {
    const units = share + (rounded.has(position) ? 1n : 0n);
    return value < 0n ? -units : units;
  });
}

function checked(weight: number): number {
  if (!Number.isSafeInteger(weight) || weight < 0)
    throw new RangeError(`${weight} is not a weight; use integers from 0`);
  return weight;
}

function compare(a: bigint, b: bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

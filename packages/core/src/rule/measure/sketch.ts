/**
 * A sketch of a distribution from which percentiles can be read to within 1 %: DDSketch (Masson, Rim and Lee, "DDSketch: A
 * Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB 2019). Our own and no library's, because
 * sketches merged in another order have to be equal, to the byte.
 */

/** Relative error of a value read from it. */
const ACCURACY = 0.01;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);
/** Nearer to zero than this is zero; keeps the range of indexes small. */
const SMALLEST = 1e-9;
/**
 * Bins of one sign, at most: over eight orders of magnitude. Beyond it the lowest are taken together, which is the same whether it is
 * done before a merge or after it, since the highest bins of a whole are among the highest of its parts.
 */
export const MAX_BINS = 1024;

/** Counts of values by bin, the index of which grows with the distance from zero. */
export interface Sketch {
  zero: number;
  readonly positive: Map<number, number>;
  readonly negative: Map<number, number>;
}

export function newSketch(): Sketch {
  return { zero: 0, positive: new Map(), negative: new Map() };
}

export function addToSketch(sketch: Sketch, value: number): void {
  const size = Math.abs(value);
  if (size < SMALLEST) sketch.zero++;
  else count(value > 0 ? sketch.positive : sketch.negative, Math.ceil(Math.log(size) / LOG_GAMMA), 1);
}

function count(bins: Map<number, number>, index: number, n: number): void {
  bins.set(index, (bins.get(index) ?? 0) + n);
  if (bins.size > MAX_BINS) collapse(bins);
}

function collapse(bins: Map<number, number>): void {
  const [lowest = 0, next = 0] = [...bins.keys()].sort((a, b) => a - b);
  bins.set(next, (bins.get(next) ?? 0) + (bins.get(lowest) ?? 0));
  bins.delete(lowest);
}

/** The sketch of both together; neither is changed. */
export function mergeSketches(a: Sketch, b: Sketch): Sketch {
  const merged = { zero: a.zero + b.zero, positive: new Map(a.positive), negative: new Map(a.negative) };
  for (const [index, n] of b.positive) count(merged.positive, index, n);
  for (const [index, n] of b.negative) count(merged.negative, index, n);
  return merged;
}

/** The value below which `percent` of all lie; the lower of the two nearest where there is none between. Undefined where it is empty. */
export function percentileOf({ zero, positive, negative }: Sketch, percent: number): number | undefined {
  const below = ordered(negative).reverse();
  const above = ordered(positive);
  const total = zero + sum(below) + sum(above);
  if (total === 0) return undefined;
  let left = Math.floor((percent / 100) * (total - 1));
  for (const [index, n] of below) {
    left -= n;
    if (left < 0) return -middle(index);
  }
  left -= zero;
  if (left < 0) return 0;
  for (const [index, n] of above) {
    left -= n;
    if (left < 0) return middle(index);
  }
  return undefined;
}

function ordered(bins: Map<number, number>): [number, number][] {
  return [...bins].sort(([a], [b]) => a - b);
}

function sum(bins: readonly (readonly [number, number])[]): number {
  return bins.reduce((total, [, n]) => total + n, 0);
}

/** The value that is nearest to all of a bin. */
function middle(index: number): number {
  return (2 * GAMMA ** index) / (GAMMA + 1);
}

/** A sketch as JSON; equal sketches are equal texts. Of each sign, indexes as their difference to the one before. */
export type WrittenSketch = [zero: number, positive: number[], negative: number[]];

export function writeSketch({ zero, positive, negative }: Sketch): WrittenSketch {
  return [zero, writeBins(positive), writeBins(negative)];
}

function writeBins(bins: Map<number, number>): number[] {
  let before = 0;
  return ordered(bins).flatMap(([index, n]) => {
    const step = index - before;
    before = index;
    return [step, n];
  });
}

/** What `writeSketch` wrote. */
export function readSketch([zero, positive, negative]: WrittenSketch): Sketch {
  return { zero, positive: readBins(positive), negative: readBins(negative) };
}

function readBins(written: readonly number[]): Map<number, number> {
  const bins = new Map<number, number>();
  let index = 0;
  for (let at = 0; at < written.length; at += 2) {
    index += written[at] ?? 0;
    bins.set(index, written[at + 1] ?? 0);
  }
  return bins;
}

/**
 * What is remembered of the records of one window, partition and file: small, and mergeable in any order. Merging is
 * associative and commutative, so the files of a window may come as they like.
 */

import type { KeyPart } from '../table/index.ts';
import { add, compare, type Decimal, format, parseDecimal } from './decimal.ts';
import type { Literal } from './where.ts';

/** A latest value, and where it was seen: the later event time wins, then the later file, then the later row. */
export interface Latest {
  readonly value: Literal;
  /** Event time, ms. */
  readonly at: number;
  /** Interval of its file, ms; the file's id; its row there. */
  readonly interval: number;
  readonly file: string;
  readonly row: number;
}

export interface Tally {
  /** Records measured. */
  n: number;
  /** sum, avg: their sum. */
  sum?: Decimal;
  /** min or max: the extreme. */
  extreme?: Decimal;
  /** schema: records that lack something. */
  lacking?: number;
  latest?: Latest;
}

/** What a file says about one window of one partition of a rule. */
export interface Contribution {
  readonly group: KeyPart;
  readonly partition: KeyPart;
  /** The values that name the partition. */
  readonly values: readonly string[];
  /** Start of the window, ms. */
  readonly window: number;
  readonly tally: Tally;
  /** ms; arrival of the file. */
  readonly receivedAt: number;
}

export type Extreme = 'min' | 'max';

/** Whether `a` is later than `b`. */
export function isLater(a: Latest, b: Latest): boolean {
  if (a.at !== b.at) return a.at > b.at;
  if (a.interval !== b.interval) return a.interval > b.interval;
  if (a.file !== b.file) return a.file > b.file;
  return a.row > b.row;
}

export function moreExtreme(which: Extreme, a: Decimal, b: Decimal): Decimal {
  const order = compare(a, b);
  return (which === 'min' ? order <= 0 : order >= 0) ? a : b;
}

/** The tally of both together. `which` says what `extreme` is; neither argument is changed. */
export function mergeTallies(a: Tally, b: Tally, which: Extreme): Tally {
  const merged: Tally = { n: a.n + b.n };
  if (a.sum !== undefined || b.sum !== undefined) merged.sum = both(a.sum, b.sum, add);
  if (a.extreme !== undefined || b.extreme !== undefined) {
    merged.extreme = both(a.extreme, b.extreme, (x, y) => moreExtreme(which, x, y));
  }
  if (a.lacking !== undefined || b.lacking !== undefined) merged.lacking = (a.lacking ?? 0) + (b.lacking ?? 0);
  if (a.latest !== undefined || b.latest !== undefined) {
    merged.latest = both(a.latest, b.latest, (x, y) => (isLater(x, y) ? x : y));
  }
  return merged;
}

function both<T>(a: T | undefined, b: T | undefined, merge: (a: T, b: T) => T): T {
  if (a === undefined || b === undefined) return (a ?? b) as T; // the callers have checked that one is there
  return merge(a, b);
}

/** `[n, sum, extreme, lacking, latest]`, shortest first; equal tallies are equal texts. */
type Written = [number, string | null, string | null, number | null, [Literal, number, number, string, number] | null];

export function writeTally({ n, sum, extreme, lacking, latest }: Tally): string {
  const written: Written = [
    n,
    sum === undefined ? null : format(sum),
    extreme === undefined ? null : format(extreme),
    lacking ?? null,
    latest === undefined ? null : [latest.value, latest.at, latest.interval, latest.file, latest.row],
  ];
  return JSON.stringify(written);
}

/** What `writeTally` wrote. */
export function readTally(text: string): Tally {
  const [n, sum, extreme, lacking, latest] = JSON.parse(text) as Written; // only writeTally writes it
  const tally: Tally = { n };
  if (sum !== null) tally.sum = parseDecimal(sum);
  if (extreme !== null) tally.extreme = parseDecimal(extreme);
  if (lacking !== null) tally.lacking = lacking;
  if (latest !== null) {
    const [value, at, interval, file, row] = latest;
    tally.latest = { value, at, interval, file, row };
  }
  return tally;
}

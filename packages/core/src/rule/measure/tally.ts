/**
 * What is remembered of the records of one window, partition and file: small, and mergeable in any order. Merging is
 * associative and commutative, so the files of a window may come as they like.
 */

import type { KeyPart } from '../../table/index.ts';
import type { Literal } from '../../where/index.ts';
import { type Census, mergeCensuses, readCensus, type WrittenCensus, writeCensus } from './census.ts';
import { add, compare, type Decimal, format, fromSafeInteger, parseDecimal, ZERO } from './decimal.ts';
import { type Distinct, mergeDistinct, readDistinct, type WrittenDistinct, writeDistinct } from './distinct.ts';
import { type Kept, mergeKept, readKept, writeKept } from './kept.ts';
import { mergeRows, type Row, readRows, type WrittenRows, writeRows } from './rows.ts';
import { mergeSketches, readSketch, type Sketch, type WrittenSketch, writeSketch } from './sketch.ts';

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
  /** While records are added: whole numbers that belong to `sum`, within the safe integers; gone once settled. */
  whole?: number;
  /** Likewise: the most extreme whole number, which belongs to `extreme`. */
  peak?: number;
  /** sum, avg, stddev: their sum; ratio: the numerator. */
  sum?: Decimal;
  /** stddev: the sum of their squares; exact, so that the order of merging leaves no trace, as a running mean's would. */
  squares?: Decimal;
  /** ratio: the denominator. */
  of?: Decimal;
  /** min or max: the extreme. */
  extreme?: Decimal;
  /** schema: records that lack something. */
  lacking?: number;
  latest?: Latest;
  first?: Latest;
  distinct?: Distinct;
  sketch?: Sketch;
  /** session, absence: event time of the first and of the last record, ms. */
  from?: number;
  to?: number;
  /** count window, sequence: records one by one, in order. */
  rows?: readonly Row[];
  /** dedupeBy: the first record of each key; all else in the tally is of records without one. */
  kept?: Kept;
  /** Under the name of `OTHER`: which partitions there are. */
  census?: Census;
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

export function newTally(): Tally {
  return { n: 0 };
}

/** A tally with its running parts in place: what may be merged and written. */
export function settled(running: Tally, which: Extreme): Tally {
  const { whole, peak, ...tally } = running;
  if (whole !== undefined) tally.sum = add(tally.sum ?? ZERO, fromSafeInteger(whole));
  if (peak !== undefined) {
    const extreme = fromSafeInteger(peak);
    tally.extreme = tally.extreme === undefined ? extreme : moreExtreme(which, tally.extreme, extreme);
  }
  return tally;
}

/** The tally of both together, each of them settled. `which` says what `extreme` is; neither argument is changed. */
export function mergeTallies(a: Tally, b: Tally, which: Extreme): Tally {
  const merged: Tally = { n: a.n + b.n };
  set(merged, 'sum', both(a.sum, b.sum, add));
  set(merged, 'squares', both(a.squares, b.squares, add));
  set(merged, 'of', both(a.of, b.of, add));
  set(
    merged,
    'extreme',
    both(a.extreme, b.extreme, (x, y) => moreExtreme(which, x, y)),
  );
  set(
    merged,
    'lacking',
    both(a.lacking, b.lacking, (x, y) => x + y),
  );
  set(
    merged,
    'latest',
    both(a.latest, b.latest, (x, y) => (isLater(x, y) ? x : y)),
  );
  set(
    merged,
    'first',
    both(a.first, b.first, (x, y) => (isLater(x, y) ? y : x)),
  );
  set(merged, 'distinct', both(a.distinct, b.distinct, mergeDistinct));
  set(merged, 'sketch', both(a.sketch, b.sketch, mergeSketches));
  set(merged, 'from', both(a.from, b.from, Math.min));
  set(merged, 'to', both(a.to, b.to, Math.max));
  set(merged, 'rows', both(a.rows, b.rows, mergeRows));
  set(
    merged,
    'kept',
    both(a.kept, b.kept, (x, y) => mergeKept(x, y)),
  );
  set(merged, 'census', both(a.census, b.census, mergeCensuses));
  return merged;
}

function both<T>(a: T | undefined, b: T | undefined, merge: (a: T, b: T) => T): T | undefined {
  return a === undefined || b === undefined ? (a ?? b) : merge(a, b);
}

function set<K extends keyof Tally>(tally: Tally, key: K, value: Tally[K] | undefined): void {
  if (value !== undefined) tally[key] = value;
}

type WrittenLatest = [value: Literal, at: number, interval: number, file: string, row: number];

/** In this order, without what is not there; equal tallies are equal texts. */
interface Written {
  n: number;
  sum?: string;
  squares?: string;
  of?: string;
  extreme?: string;
  lacking?: number;
  latest?: WrittenLatest;
  first?: WrittenLatest;
  distinct?: WrittenDistinct;
  sketch?: WrittenSketch;
  from?: number;
  to?: number;
  rows?: WrittenRows;
  kept?: string;
  census?: WrittenCensus;
}

export function writeTally(tally: Tally): string {
  const { n, sum, squares, of, extreme, lacking, latest, first, distinct, sketch, from, to, rows, kept, census } =
    tally;
  const written: { [K in keyof Written]: Written[K] | undefined } = {
    n,
    sum: sum && format(sum),
    squares: squares && format(squares),
    of: of && format(of),
    extreme: extreme && format(extreme),
    lacking,
    latest: latest && writeLatest(latest),
    first: first && writeLatest(first),
    distinct: distinct && writeDistinct(distinct),
    sketch: sketch && writeSketch(sketch),
    from,
    to,
    rows: rows && writeRows(rows),
    kept: kept && writeKept(kept),
    census: census && writeCensus(census),
  };
  return JSON.stringify(written);
}

function writeLatest({ value, at, interval, file, row }: Latest): WrittenLatest {
  return [value, at, interval, file, row];
}

function readLatest([value, at, interval, file, row]: WrittenLatest): Latest {
  return { value, at, interval, file, row };
}

/** What `writeTally` wrote. */
export function readTally(text: string): Tally {
  const written: Written = JSON.parse(text); // only writeTally writes it
  const { n, sum, squares, of, extreme, lacking, latest, first, distinct, sketch, from, to, rows, kept, census } =
    written;
  const tally: Tally = { n };
  set(tally, 'sum', sum === undefined ? undefined : parseDecimal(sum));
  set(tally, 'squares', squares === undefined ? undefined : parseDecimal(squares));
  set(tally, 'of', of === undefined ? undefined : parseDecimal(of));
  set(tally, 'extreme', extreme === undefined ? undefined : parseDecimal(extreme));
  set(tally, 'lacking', lacking);
  set(tally, 'latest', latest && readLatest(latest));
  set(tally, 'first', first && readLatest(first));
  set(tally, 'distinct', distinct === undefined ? undefined : readDistinct(distinct));
  set(tally, 'sketch', sketch && readSketch(sketch));
  set(tally, 'from', from);
  set(tally, 'to', to);
  set(tally, 'rows', rows && readRows(rows));
  set(tally, 'kept', kept === undefined ? undefined : readKept(kept));
  set(tally, 'census', census && readCensus(census));
  return tally;
}

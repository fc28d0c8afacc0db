/**
 * A signal compiled: how a record adds to a tally, and what a tally says of a window.
 */
import { type JsonObject, type JsonValue, type Path, parsePath, valueAt } from '../stream/index.ts';
import { compare, type Decimal, decimalOf, add as decimalSum, format, times, toNumber, ZERO } from './decimal.ts';
import type { Aggregate, Signal } from './schema.ts';
import { type Extreme, isLater, moreExtreme, type Tally } from './tally.ts';
import { type Comparison, holds, inOrder, type Literal, typeOf } from './where.ts';

/** Where a record stands; decides between two latest values of the same event time. Times in ms. */
export interface Position {
  readonly at: number;
  readonly interval: number;
  readonly file: string;
  readonly row: number;
}

/** What one partition's window says. `nodata`: nothing could be measured. */
export interface Judgement {
  readonly status: 'breach' | 'ok' | 'nodata';
  /** What was measured, for people. */
  readonly value: string;
  /** For a change: this window's number, which joins the history. */
  readonly measured?: number;
}

export interface CompiledSignal {
  readonly extreme: Extreme;
  /** For people: `count >= 3`. */
  readonly threshold: string;
  /** Earlier windows `judge` wants, newest last. */
  readonly historyLength: number;
  add(tally: Tally, record: JsonObject, position: Position): void;
  judge(tally: Tally, history: readonly number[]): Judgement;
}

export const NO_DATA: Judgement = { status: 'nodata', value: 'no data' };

const symbols: Record<Comparison, string> = { eq: '=', neq: '!=', lt: '<', lte: '<=', gt: '>', gte: '>=' };

export function compileSignal(signal: Signal): CompiledSignal {
  switch (signal.kind) {
    case 'aggregate':
      return compileAggregate(signal);
    case 'change':
      return compileChange(signal);
    case 'schema':
      return compileSchema(signal);
  }
}

function judgement(breaches: boolean, value: string): Judgement {
  return { status: breaches ? 'breach' : 'ok', value };
}

function describe(aggregate: Aggregate): string {
  return aggregate.fn === 'count' ? 'count' : `${aggregate.fn}(${aggregate.path})`;
}

function compileAggregate(signal: Extract<Signal, { kind: 'aggregate' }>): CompiledSignal {
  const { aggregate, minCount = 1 } = signal;
  const { op, value: wanted } = signal.compare;
  const threshold = `${describe(aggregate)} ${symbols[op]} ${text(wanted)}`;
  const judge = judgeOf(aggregate, op, wanted);
  return {
    ...base(aggregate),
    threshold,
    historyLength: 0,
    judge: (tally) => (tally.n < minCount ? NO_DATA : judge(tally)),
  };
}

function judgeOf(aggregate: Aggregate, op: Comparison, wanted: Literal): (tally: Tally) => Judgement {
  if (aggregate.fn === 'latest') {
    return ({ latest }) =>
      latest === undefined ? NO_DATA : judgement(holds(op, latest.value, wanted), text(latest.value));
  }
  const limit = decimalOf(wanted) ?? ZERO;
  if (aggregate.fn === 'avg') {
    // sum/n against the limit without dividing: exact
    return (tally) =>
      judgement(
        inOrder(op, compare(tally.sum ?? ZERO, times(limit, tally.n))),
        String(rounded(numberOf('avg', tally))),
      );
  }
  const measure = measures[aggregate.fn];
  return (tally) => judgement(inOrder(op, compare(measure(tally), limit)), format(measure(tally)));
}

const measures: Record<'count' | 'sum' | 'min' | 'max', (tally: Tally) => Decimal> = {
  count: ({ n }) => ({ units: BigInt(n), scale: 0 }),
  sum: ({ sum = ZERO }) => sum,
  min: ({ extreme = ZERO }) => extreme,
  max: ({ extreme = ZERO }) => extreme,
};

/** The nearest double of a numeric aggregate. */
function numberOf(fn: 'count' | 'sum' | 'avg' | 'min' | 'max', tally: Tally): number {
  if (fn === 'avg') return toNumber(tally.sum ?? ZERO) / tally.n;
  return fn === 'count' ? tally.n : toNumber(measures[fn](tally));
}

function base(aggregate: Aggregate): Pick<CompiledSignal, 'extreme' | 'add'> {
  const extreme = aggregate.fn === 'min' ? 'min' : 'max';
  if (aggregate.fn === 'count') {
    return {
      extreme,
      add(tally) {
        tally.n++;
      },
    };
  }
  const path = parsePath(aggregate.path);
  if (aggregate.fn === 'latest')
    return { extreme, add: (tally, record, position) => addLatest(tally, path, record, position) };
  const combine = aggregate.fn === 'sum' || aggregate.fn === 'avg' ? addToSum : addToExtreme(extreme);
  return {
    extreme,
    add(tally, record) {
      const value = decimalOf(valueAt(record, path));
      if (value === undefined) return;
      tally.n++;
      combine(tally, value);
    },
  };
}

function addToSum(tally: Tally, value: Decimal): void {
  tally.sum = tally.sum === undefined ? value : decimalSum(tally.sum, value);
}

function addToExtreme(which: Extreme): (tally: Tally, value: Decimal) => void {
  return (tally, value) => {
    tally.extreme = tally.extreme === undefined ? value : moreExtreme(which, tally.extreme, value);
  };
}

/** Longer texts cannot be compared with a literal of the schema, and would not fit an item. */
const MAX_LATEST = 1024;

function addLatest(tally: Tally, path: Path, record: JsonObject, position: Position): void {
  const value = valueAt(record, path);
  if (value === undefined || (value !== null && typeof value === 'object')) return;
  tally.n++;
  const { at, interval, file, row } = position;
  const latest = { value: typeof value === 'string' ? value.slice(0, MAX_LATEST + 1) : value, at, interval, file, row };
  if (tally.latest === undefined || isLater(latest, tally.latest)) tally.latest = latest;
}

function compileChange(signal: Extract<Signal, { kind: 'change' }>): CompiledSignal {
  const { aggregate, direction, by, minBaseline } = signal;
  const windows = signal.against.movingAverage;
  const breaches = {
    increase: (percent: number) => percent >= by,
    decrease: (percent: number) => percent <= -by,
    either: (percent: number) => Math.abs(percent) >= by,
  }[direction];
  return {
    ...base(aggregate),
    threshold: `${describe(aggregate)} ${direction === 'either' ? 'change' : direction} >= ${by}% of the mean of ${windows} windows`,
    historyLength: windows,
    judge(tally, history) {
      if (tally.n === 0) return NO_DATA;
      const measured = numberOf(aggregate.fn, tally);
      if (history.length < windows) return { status: 'ok', value: `${rounded(measured)} (warming up)`, measured };
      const mean = history.reduce((sum, past) => sum + past, 0) / history.length;
      if (mean === 0 || Math.abs(mean) < minBaseline) {
        return { status: 'ok', value: `${rounded(measured)} (baseline ${rounded(mean)} too small)`, measured };
      }
      const percent = ((measured - mean) / Math.abs(mean)) * 100;
      const value = `${rounded(measured)} (${percent >= 0 ? '+' : ''}${percent.toFixed(1)}% against ${rounded(mean)})`;
      return { ...judgement(breaches(percent), value), measured };
    },
  };
}

function compileSchema(signal: Extract<Signal, { kind: 'schema' }>): CompiledSignal {
  const { op, value: wanted } = signal.compare;
  const required = signal.required.map(({ path, type }) => ({ path: parsePath(path), type }));
  const limit = decimalOf(wanted) ?? ZERO;
  const lacks = (value: JsonValue | undefined, type: string | undefined) =>
    value === undefined || (type !== undefined && typeOf(value) !== type);
  return {
    extreme: 'max',
    threshold: `${signal.as} of records lacking ${signal.required.map(({ path }) => path).join(', ')} ${symbols[op]} ${wanted}`,
    historyLength: 0,
    add(tally, record) {
      tally.n++;
      const lacking = required.some(({ path, type }) => lacks(valueAt(record, path), type));
      tally.lacking = (tally.lacking ?? 0) + (lacking ? 1 : 0);
    },
    judge({ n, lacking = 0 }) {
      if (n === 0) return NO_DATA;
      const of = signal.as === 'rate' ? n : 1; // lacking/n against the limit without dividing: exact
      const sign = compare({ units: BigInt(lacking), scale: 0 }, times(limit, of));
      return judgement(inOrder(op, sign), signal.as === 'rate' ? String(rounded(lacking / n)) : String(lacking));
    },
  };
}

/** To six decimals, for people. */
function rounded(value: number): number {
  return Number(value.toFixed(6));
}

function text(value: Literal): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

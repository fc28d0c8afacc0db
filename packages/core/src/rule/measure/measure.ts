/**
 * A numeric aggregate compiled: how a record adds to a tally, and what a tally measures. Comparisons with a limit are exact
 * wherever what is measured is; the number itself is the nearest double.
 */
import { milliseconds } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { readerOf, sharedOf } from '../../where/index.ts';
import type { NumericAggregate } from '../definition/schema.ts';
import {
  compare,
  type Decimal,
  decimalOf,
  add as decimalSum,
  format,
  multiply,
  subtract,
  times,
  toNumber,
  ZERO,
} from './decimal.ts';
import { addDistinct, countDistinct, newDistinct } from './distinct.ts';
import { addToSketch, newSketch, percentileOf } from './sketch.ts';
import { type Extreme, moreExtreme, type Tally } from './tally.ts';

export interface Measure {
  readonly extreme: Extreme;
  /** For people: `avg(page.load_ms)`. */
  readonly name: string;
  add(tally: Tally, record: JsonObject): void;
  /** Negative, zero or positive as a tally measures below, at or above `limit`. Of a tally with `n` > 0. */
  against(limit: Decimal): (tally: Tally) => number;
  value(tally: Tally): number;
  /** For people. */
  text(tally: Tally): string;
}

/** @param windowLength ms; what a rate is measured over. */
export function compileMeasure(aggregate: NumericAggregate, windowLength: number): Measure {
  return sharedOf(`measure ${windowLength} ${JSON.stringify(aggregate)}`, () => compile(aggregate, windowLength));
}

function compile(aggregate: NumericAggregate, windowLength: number): Measure {
  switch (aggregate.fn) {
    case 'count':
      return { ...exact('max', 'count', ({ n }) => whole(n)), add: addOne };
    case 'rate':
      return rate(milliseconds(aggregate.per), aggregate.per, windowLength);
    case 'sum':
      return {
        ...exact('max', nameOf(aggregate), ({ sum = ZERO }) => sum),
        add: addNumber(aggregate.path, addToSum, addToWhole),
      };
    case 'avg':
      return average(aggregate.path);
    case 'min':
    case 'max': {
      const measured = exact(aggregate.fn, nameOf(aggregate), ({ extreme = ZERO }) => extreme);
      return { ...measured, add: addNumber(aggregate.path, addToExtreme(aggregate.fn), addToPeak(aggregate.fn)) };
    }
    case 'stddev':
      return deviation(aggregate.path);
    case 'distinct':
      return distinct(aggregate.path);
    case 'percentile':
      return percentile(aggregate.path, aggregate.p);
  }
}

function nameOf({ fn, path }: { readonly fn: string; readonly path: string }): string {
  return `${fn}(${path})`;
}

function whole(n: number): Decimal {
  return { units: BigInt(n), scale: 0 };
}

function exact(extreme: Extreme, name: string, measured: (tally: Tally) => Decimal): Omit<Measure, 'add'> {
  return {
    extreme,
    name,
    against: (limit) => (tally) => compare(measured(tally), limit),
    value: (tally) => toNumber(measured(tally)),
    text: (tally) => format(measured(tally)),
  };
}

function approximate(
  name: string,
  value: (tally: Tally) => number,
): Pick<Measure, 'extreme' | 'name' | 'value' | 'text'> {
  return { extreme: 'max', name, value, text: (tally) => String(rounded(value(tally))) };
}

function addOne(tally: Tally): void {
  tally.n++;
}

/** @param quick takes a whole number; false where it cannot. */
function addNumber(
  path: string,
  combine: (tally: Tally, value: Decimal) => void,
  quick: (tally: Tally, value: number) => boolean = () => false,
): Measure['add'] {
  const read = readerOf(path);
  return (tally, record) => {
    const found = read(record);
    if (typeof found === 'number' && Number.isSafeInteger(found) && quick(tally, found)) {
      tally.n++;
      return;
    }
    const value = decimalOf(found);
    if (value === undefined) return;
    tally.n++;
    combine(tally, value);
  };
}

export function addToSum(tally: Tally, value: Decimal): void {
  tally.sum = tally.sum === undefined ? value : decimalSum(tally.sum, value);
}

function addToWhole(tally: Tally, value: number): boolean {
  const whole = (tally.whole ?? 0) + value;
  if (!Number.isSafeInteger(whole)) return false;
  tally.whole = whole;
  return true;
}

function addToExtreme(which: Extreme): (tally: Tally, value: Decimal) => void {
  return (tally, value) => {
    tally.extreme = tally.extreme === undefined ? value : moreExtreme(which, tally.extreme, value);
  };
}

function addToPeak(which: Extreme): (tally: Tally, value: number) => boolean {
  return (tally, value) => {
    const { peak } = tally;
    if (peak === undefined || (which === 'min' ? value < peak : value > peak)) tally.peak = value;
    return true;
  };
}

/** n/windowLength against limit/per, without dividing. */
function rate(per: number, unit: string, windowLength: number): Measure {
  return {
    ...approximate(`rate per ${unit}`, ({ n }) => (n * per) / windowLength),
    add: addOne,
    against(limit) {
      const scaled = times(limit, windowLength);
      return ({ n }) => compare(whole(n * per), scaled);
    },
  };
}

/** sum/n against the limit, without dividing. */
function average(path: string): Measure {
  return {
    ...approximate(`avg(${path})`, ({ sum = ZERO, n }) => toNumber(sum) / n),
    add: addNumber(path, addToSum, addToWhole),
    against: (limit) => (tally) => compare(tally.sum ?? ZERO, times(limit, tally.n)),
  };
}

/**
 * The population's standard deviation (as Prometheus' stddev_over_time): n²·variance = n·Σx² − (Σx)², exactly, against
 * n²·limit².
 */
function deviation(path: string): Measure {
  const scaled = ({ n, sum = ZERO, squares = ZERO }: Tally) => subtract(times(squares, n), multiply(sum, sum));
  return {
    ...approximate(`stddev(${path})`, (tally) => Math.sqrt(toNumber(scaled(tally))) / tally.n),
    add: addNumber(path, (tally, value) => {
      addToSum(tally, value);
      const square = multiply(value, value);
      tally.squares = tally.squares === undefined ? square : decimalSum(tally.squares, square);
    }),
    against(limit) {
      if (limit.units < 0n) return () => 1;
      const square = multiply(limit, limit);
      return (tally) => compare(scaled(tally), times(times(square, tally.n), tally.n));
    },
  };
}

function distinct(path: string): Measure {
  const read = readerOf(path);
  const count = (tally: Tally) => (tally.distinct === undefined ? 0 : countDistinct(tally.distinct));
  return {
    ...approximate(`distinct(${path})`, count),
    add(tally, record) {
      const value = read(record);
      if (value === undefined || (value !== null && typeof value === 'object')) return;
      tally.n++;
      tally.distinct = addDistinct(tally.distinct ?? newDistinct(), value);
    },
    against: (limit) => (tally) => compare(whole(count(tally)), limit),
  };
}

function percentile(path: string, p: number): Measure {
  const read = readerOf(path);
  const value = ({ sketch }: Tally) => (sketch === undefined ? 0 : (percentileOf(sketch, p) ?? 0));
  return {
    ...approximate(`p${p}(${path})`, value),
    add(tally, record) {
      const found = read(record);
      const number = numberOf(found);
      if (number === undefined) return;
      tally.n++;
      tally.sketch ??= newSketch();
      addToSketch(tally.sketch, number);
    },
    against: (limit) => (tally) => value(tally) - toNumber(limit),
  };
}

function numberOf(value: JsonValue | undefined): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  const decimal = decimalOf(value);
  return decimal && toNumber(decimal);
}

/** To six decimals, for people. */
export function rounded(value: number): number {
  return Number(value.toFixed(6));
}

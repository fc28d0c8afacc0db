/**
 * A window against earlier ones.
 */
import { milliseconds } from '../../runtime/index.ts';
import type { Signal } from '../definition/schema.ts';
import { type CompiledSignal, judgement, NO_DATA, type Past } from './judgement.ts';
import { compileMeasure, rounded } from './measure.ts';

type Change = Extract<Signal, { kind: 'change' }>;

/** What a window is compared with. */
interface Baseline {
  readonly mean: number;
  /** Standard deviation of the windows it is the mean of. */
  readonly spread: number;
}

/** Which windows make the baseline. */
interface Reference {
  readonly name: string;
  readonly length: number;
  /** ms */
  readonly reach?: number;
  /** Undefined where they are not there (yet). */
  of(history: readonly Past[], start: number): Baseline | undefined;
  readonly missing: string;
}

/** @param windowLength ms */
export function compileChange(signal: Change, windowLength: number): CompiledSignal {
  const { minBaseline } = signal;
  const measure = compileMeasure(signal.aggregate, windowLength);
  const reference = referenceOf(signal.against, windowLength);
  const breaches = breachOf(signal);
  const compared = comparisonOf(signal.as);
  return {
    extreme: measure.extreme,
    threshold: thresholdText(signal, measure.name, reference.name),
    historyLength: reference.length,
    ...(reference.reach === undefined ? {} : { historyReach: reference.reach }),
    add: measure.add,
    judge(tally, history, start) {
      if (tally.n === 0) return NO_DATA;
      const measured = measure.value(tally);
      const baseline = reference.of(history, start);
      const unjudged = (why: string) => ({ status: 'ok' as const, value: `${rounded(measured)} (${why})`, measured });
      if (baseline === undefined) return unjudged(reference.missing);
      if (Math.abs(baseline.mean) < minBaseline) return unjudged(`baseline ${rounded(baseline.mean)} too small`);
      const change = compared(measured, baseline);
      if (change === undefined)
        return unjudged(`baseline ${rounded(baseline.mean)} too ${signal.as === 'zscore' ? 'even' : 'small'}`);
      const value = `${rounded(measured)} (${changeText(signal.as, change)} against ${rounded(baseline.mean)})`;
      return { ...judgement(breaches(change), value), measured };
    },
  };
}

function referenceOf(against: Change['against'], windowLength: number): Reference {
  if (typeof against === 'object' && 'movingAverage' in against) {
    const length = against.movingAverage;
    const of = (history: readonly Past[]) => (history.length < length ? undefined : meanOf(history));
    return { name: `the mean of ${length} windows`, length, of, missing: 'warming up' };
  }
  const offset = against === 'previous' ? windowLength : milliseconds(against.offset);
  return {
    name: against === 'previous' ? 'the window before' : `the window ${against.offset} before`,
    length: offset / windowLength,
    reach: offset,
    of(history, start) {
      const then = history.find((past) => past.start === start - offset);
      return then && { mean: then.value, spread: 0 };
    },
    missing: 'nothing to compare with',
  };
}

/** Mean and standard deviation (of the population), in the order of the windows: the same each time. */
function meanOf(history: readonly Past[]): Baseline {
  const mean = history.reduce((sum, { value }) => sum + value, 0) / history.length;
  const squares = history.reduce((sum, { value }) => sum + (value - mean) ** 2, 0);
  return { mean, spread: Math.sqrt(squares / history.length) };
}

/** How far a number is from its baseline; undefined where that cannot be told. */
function comparisonOf(as: Change['as']): (measured: number, baseline: Baseline) => number | undefined {
  switch (as) {
    case 'absolute':
      return (measured, { mean }) => measured - mean;
    case 'percent':
      return (measured, { mean }) => (mean === 0 ? undefined : ((measured - mean) / Math.abs(mean)) * 100);
    case 'zscore':
      return (measured, { mean, spread }) => (spread === 0 ? undefined : (measured - mean) / spread);
  }
}

function breachOf({ direction, by }: Change): (change: number) => boolean {
  if (direction === 'increase') return (change) => change >= by;
  return direction === 'decrease' ? (change) => change <= -by : (change) => Math.abs(change) >= by;
}

function thresholdText({ direction, by, as }: Change, measured: string, reference: string): string {
  const what = `${measured} ${direction === 'either' ? 'change' : direction}`;
  if (as === 'percent') return `${what} >= ${by}% of ${reference}`;
  return `${what} >= ${by}${as === 'zscore' ? ' standard deviations' : ''} from ${reference}`;
}

function changeText(as: Change['as'], change: number): string {
  const sign = change >= 0 ? '+' : '';
  if (as === 'absolute') return `${sign}${rounded(change)}`;
  return as === 'percent' ? `${sign}${change.toFixed(1)}%` : `${sign}${change.toFixed(2)}σ`;
}

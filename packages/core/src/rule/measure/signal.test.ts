/**
 * What signals measure, as tables; and that their tallies merge in any order.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, parseRule, type RuleInput } from '../index.ts';
import { at, clock, rule } from '../test/rules.ts';
import { compileSignal } from './signal.ts';
import { mergeTallies, readTally, type Tally, writeTally } from './tally.ts';

type Signal = RuleInput['signal'];

/** What each window that was looked at said. */
const said = (signal: Signal, records: readonly JsonObject[], given: Partial<RuleInput> = {}) =>
  evaluateRecords(rule({ ...given, signal }), records).series[0]?.points.map(
    ({ status, value }) => `${status} ${value}`,
  );

const aggregate = (fn: object, op: string, value: unknown): Signal =>
  ({ kind: 'aggregate', aggregate: fn, compare: { op, value } }) as Signal;

const xs = (...values: unknown[]): JsonObject[] => values.map((x, n) => at(n / 100, { x: x as number }));

describe('aggregates', () => {
  it.each<[object, string, unknown, unknown[], string]>([
    [{ fn: 'rate' }, 'gte', 0.01, [1, 2, 3], 'breach 0.01'],
    [{ fn: 'rate', per: '1m' }, 'gt', 0.6, [1, 2, 3], 'ok 0.6'],
    [{ fn: 'rate', per: '1m' }, 'gte', 0.6, [1, 2, 3], 'breach 0.6'],
    [{ fn: 'rate', per: '1h' }, 'eq', 36, [1, 2, 3], 'breach 36'],
    // the example of Wikipedia's "Standard deviation": 2, 4, 4, 4, 5, 5, 7, 9 have 2
    [{ fn: 'stddev', path: 'x' }, 'eq', 2, [2, 4, 4, 4, 5, 5, 7, 9], 'breach 2'],
    [{ fn: 'stddev', path: 'x' }, 'gt', 2, [2, 4, 4, 4, 5, 5, 7, 9], 'ok 2'],
    [{ fn: 'stddev', path: 'x' }, 'eq', 0, [1e15 + 0.5, 1e15 + 0.5], 'breach 0'],
    [{ fn: 'stddev', path: 'x' }, 'gt', -1, [3], 'breach 0'],
    [{ fn: 'stddev', path: 'x' }, 'eq', 0.05, ['0.1', 0.2], 'breach 0.05'],
    [{ fn: 'first', path: 'x' }, 'eq', 'a', ['a', 'b', 'c'], 'breach a'],
    [{ fn: 'first', path: 'x' }, 'gt', 1, [1, 5], 'ok 1'],
    [{ fn: 'distinct', path: 'x' }, 'gte', 3, ['a', 'b', 'a', 1, { no: 'value' }], 'breach 3'],
    [{ fn: 'distinct', path: 'x' }, 'lt', 3, ['a', 'b', 'a', null], 'ok 3'],
    [{ fn: 'percentile', path: 'x', p: 50 }, 'lt', 102, [1, 100, 10_000], 'breach 99.814083'],
    [{ fn: 'percentile', path: 'x', p: 99 }, 'gt', 9000, [1, 100, 10_000], 'ok 99.814083'],
  ])('%j %s %j of %j', (fn, op, value, values, expected) => {
    const found = said(aggregate(fn, op, value), xs(...values));
    if (String((fn as { fn: string }).fn) === 'percentile') {
      expect(found?.[0]?.split(' ')[0]).toBe(expected.split(' ')[0]);
      expect(Number(found?.[0]?.split(' ')[1]) / 100).toBeCloseTo(1, 1);
    } else expect(found).toEqual([expected]);
  });
});

describe('ratio', () => {
  const failed = { path: 'x', op: 'eq' as const, value: 'failed' };
  const share = (given: object = {}): Signal =>
    ({
      kind: 'ratio',
      numerator: { fn: 'count', where: failed },
      denominator: { fn: 'count' },
      compare: { op: 'gte', value: 0.3 },
      ...given,
    }) as Signal;
  it.each<[string, Signal, unknown[], string | undefined]>([
    ['a share', share(), ['ok', 'ok', 'failed'], 'breach 0.333333'],
    ['exactly, though 0.3 is no double', share(), [...Array(7).fill('ok'), ...Array(3).fill('failed')], 'breach 0.3'],
    ['below', share(), [...Array(71).fill('ok'), ...Array(29).fill('failed')], 'ok 0.29'],
    ['none of some', share(), ['ok'], 'ok 0'],
    ['too few', share({ minDenominator: 4 }), ['ok', 'ok', 'failed'], 'nodata no data'],
    ['just enough', share({ minDenominator: 3 }), ['ok', 'ok', 'failed'], 'breach 0.333333'],
    [
      'over nothing',
      share({ denominator: { fn: 'count', where: { ...failed, value: 'paid' } } }),
      ['failed'],
      'nodata no data',
    ],
    [
      'of sums',
      share({ numerator: { fn: 'sum', path: 'x' }, compare: { op: 'gt', value: 2 } }),
      [1, 2, '3.5', 'no'],
      'ok 1.625',
    ],
    ['of nothing that counts', share({ denominator: { fn: 'sum', path: 'y' } }), ['ok'], undefined],
  ])('%s', (_, signal, values, expected) => {
    expect(said(signal, xs(...values))?.[0]).toBe(expected);
  });
});

describe('change', () => {
  const change = (given: object): Signal =>
    ({
      kind: 'change',
      aggregate: { fn: 'sum', path: 'x' },
      direction: 'either',
      by: 3,
      as: 'absolute',
      against: 'previous',
      ...given,
    }) as Signal;
  const windows = (...values: (number | undefined)[]) =>
    values.flatMap((x, n) => (x === undefined ? [] : [at(n * 5, { x })]));

  it.each<[string, object, (number | undefined)[], string]>([
    ['up against the window before', {}, [10, 13], 'breach 13 (+3 against 10)'],
    ['too little', {}, [10, 12.5], 'ok 12.5 (+2.5 against 10)'],
    ['from zero, where percent would be none', {}, [0, 3], 'breach 3 (+3 against 0)'],
    ['in percent of zero', { as: 'percent' }, [0, 3], 'ok 3 (baseline 0 too small)'],
    ['the window before had no data', {}, [10, undefined, 20], 'ok 20 (nothing to compare with)'],
    ['the first', {}, [10], 'ok 10 (nothing to compare with)'],
    ['against three windows before', { against: { offset: '15m' } }, [1, 50, 60, 4], 'breach 4 (+3 against 1)'],
    [
      'an offset without data',
      { against: { offset: '15m' } },
      [undefined, 50, 60, 4],
      'ok 4 (nothing to compare with)',
    ],
    [
      'a drop against a mean',
      { against: { movingAverage: 2 }, direction: 'decrease' },
      [10, 12, 8],
      'breach 8 (-3 against 11)',
    ],
    [
      'standard deviations',
      { against: { movingAverage: 8 }, as: 'zscore' },
      [2, 4, 4, 4, 5, 5, 7, 9, 11],
      'breach 11 (+3.00σ against 5)',
    ],
    [
      'fewer of them',
      { against: { movingAverage: 8 }, as: 'zscore' },
      [2, 4, 4, 4, 5, 5, 7, 9, 10.9],
      'ok 10.9 (+2.95σ against 5)',
    ],
    [
      'no spread to measure by',
      { against: { movingAverage: 3 }, as: 'zscore' },
      [5, 5, 5, 50],
      'ok 50 (baseline 5 too even)',
    ],
  ])('%s', (_, given, values, expected) => {
    expect(said(change(given), windows(...values))?.at(-1)).toBe(expected);
  });
});

describe('recover', () => {
  const busy = aggregate({ fn: 'sum', path: 'x' }, 'gte', 90);
  const episodes = (given: Partial<RuleInput>, values: readonly number[]) =>
    evaluateRecords(
      rule({ ...given, signal: busy }),
      values.map((x, n) => at(n * 5, { x })),
    ).episodes.map(({ raised, resolved }) => `${clock(raised.startedAt)}–${clock(resolved?.resolvedAt) ?? ''}`);
  it.each<[string, Partial<RuleInput>, number[], string[]]>([
    ['without it, an alert flaps about its threshold', {}, [95, 89, 95, 60], ['09:00–09:05', '09:10–09:15']],
    [
      'with it, only what is clearly fine ends it',
      { recover: { op: 'lt', value: 70 } },
      [95, 89, 95, 70, 69, 80],
      ['09:00–09:20'],
    ],
    ['it does not fire anything', { recover: { op: 'lt', value: 70 } }, [80, 80], []],
    [
      '`keepFiringFor` counts from the recovery',
      { recover: { op: 'lt', value: 70 }, keepFiringFor: '5m' },
      [95, 60, 80, 60, 60],
      ['09:00–09:20'],
    ],
  ])('%s', (_, given, values, expected) => {
    expect(episodes(given, values)).toEqual(expected);
  });
});

describe('what makes no sense is refused', () => {
  it.each<[Partial<RuleInput>, string]>([
    [{ signal: aggregate({ fn: 'percentile', path: 'x', p: 100 }, 'gt', 1) }, 'signal.aggregate.p'],
    [{ signal: aggregate({ fn: 'distinct', path: 'x' }, 'gt', 'a') }, 'signal.compare.value'],
    [{ signal: aggregate({ fn: 'first', path: 'x' }, 'gt', true) }, 'orders numbers or strings'],
    [{ recover: { op: 'lt', value: 1 }, signal: aggregate({ fn: 'first', path: 'x' }, 'eq', 'a') }, 'recover is'],
    [
      { recover: { op: 'lt', value: 1 }, partitionBy: ['p'], quantifier: 'all' },
      'partitions judged together recover together',
    ],
    [
      {
        signal: {
          kind: 'change',
          aggregate: { fn: 'count' },
          against: { offset: '7m' },
          as: 'percent',
          direction: 'either',
          by: 1,
        },
      },
      'multiple of the window',
    ],
    [
      {
        signal: {
          kind: 'change',
          aggregate: { fn: 'count' },
          against: { offset: '7d' },
          as: 'percent',
          direction: 'either',
          by: 1,
        },
      },
      'at most 288 windows',
    ],
    [
      {
        signal: {
          kind: 'change',
          aggregate: { fn: 'count' },
          against: 'previous',
          as: 'zscore',
          direction: 'either',
          by: 1,
        },
      },
      'spread of several windows',
    ],
  ])('%j', (given, expected) => {
    expect(() => parseRule({ ...rule(), ...given })).toThrow(expected);
  });
});

describe('the tallies of every signal', () => {
  const signals: Record<string, Signal> = {
    ...Object.fromEntries(
      ['sum', 'avg', 'min', 'max', 'stddev', 'distinct'].map((fn) => [fn, aggregate({ fn, path: 'x' }, 'gt', 1)]),
    ),
    count: aggregate({ fn: 'count' }, 'gt', 1),
    rate: aggregate({ fn: 'rate' }, 'gt', 1),
    percentile: aggregate({ fn: 'percentile', path: 'x', p: 95 }, 'gt', 1),
    first: aggregate({ fn: 'first', path: 'x' }, 'eq', 1),
    latest: aggregate({ fn: 'latest', path: 'x' }, 'eq', 1),
    ratio: {
      kind: 'ratio',
      numerator: { fn: 'sum', path: 'x' },
      denominator: { fn: 'count' },
      compare: { op: 'gt', value: 1 },
    },
    schema: { kind: 'schema', required: [{ path: 'x', type: 'number' }], as: 'rate', compare: { op: 'gt', value: 1 } },
  };
  const x = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom('1.10', 'a', null, '0.3'),
  );

  it.each(Object.keys(signals))(
    '%s: merge to the same bytes in any order and grouping, written and read or not',
    (name) => {
      const compiled = compileSignal(rule({ signal: signals[name] as Signal }), 300_000);
      const tallyOf = (values: readonly (string | number | null)[], from: number) => {
        const tally: Tally = { n: 0 };
        values.forEach((value, n) => {
          compiled.add(
            tally,
            { x: value },
            { at: (from + n) % 5, interval: 0, file: String(from), row: n, collection: 'c' },
          );
        });
        return tally;
      };
      const merge = (a: Tally, b: Tally) => mergeTallies(readTally(writeTally(a)), b, compiled.extreme);
      const some = fc.array(x, { maxLength: 20 });
      fc.assert(
        fc.property(some, some, some, (a, b, c) => {
          const [one, two, three] = [tallyOf(a, 0), tallyOf(b, 100), tallyOf(c, 200)];
          const whole = writeTally(merge(merge(one, two), three));
          expect(writeTally(merge(one, merge(two, three)))).toBe(whole);
          expect(writeTally(merge(merge(three, one), two))).toBe(whole);
          expect(writeTally(readTally(whole))).toBe(whole);
        }),
      );
    },
  );
});

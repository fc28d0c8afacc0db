/**
 * `dedupeBy`: what is measured where records come again.
 */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, type Rule, type RuleInput } from '../index.ts';
import { at, rule } from '../test/rules.ts';

/** What each window that was looked at said. */
const values = (given: Rule, records: readonly JsonObject[]) =>
  evaluateRecords(given, records).series[0]?.points.map(({ status, value }) => `${status} ${value}`);

const deduped = (fn: object, compare: object, dedupeBy: string | string[] = 'id', given: Partial<RuleInput> = {}) =>
  rule({ ...given, dedupeBy, signal: { kind: 'aggregate', aggregate: fn, compare } as RuleInput['signal'] });

describe('dedupeBy', () => {
  const paid = (minute: number, id: unknown, amount: number) => at(minute, { id: id as string, amount });

  it.each<[string, object, object, JsonObject[], string]>([
    ['counts each id once', { fn: 'count' }, { op: 'gte', value: 2 }, [paid(0, 'a', 1), paid(1, 'a', 1)], 'ok 1'],
    ['tells 1 from "1"', { fn: 'count' }, { op: 'gte', value: 2 }, [paid(0, 1, 1), paid(1, '1', 1)], 'breach 2'],
    [
      'sums the first of each id, by event time',
      { fn: 'sum', path: 'amount' },
      { op: 'gt', value: 7 },
      [paid(3, 'a', 100), paid(1, 'a', 0.1), paid(2, 'b', 7)],
      'breach 7.1',
    ],
    [
      'takes the first that can be measured',
      { fn: 'sum', path: 'amount' },
      { op: 'gt', value: 7 },
      [at(0, { id: 'a' }), paid(1, 'a', 8), paid(2, 'a', 9)],
      'breach 8',
    ],
    [
      'averages',
      { fn: 'avg', path: 'amount' },
      { op: 'eq', value: 3 },
      [paid(0, 'a', 2), paid(1, 'a', 2), paid(2, 'b', 4)],
      'breach 3',
    ],
    [
      'finds the greatest',
      { fn: 'max', path: 'amount' },
      { op: 'eq', value: 2 },
      [paid(0, 'a', 2), paid(1, 'a', 9)],
      'breach 2',
    ],
    [
      'finds the spread',
      { fn: 'stddev', path: 'amount' },
      { op: 'eq', value: 1 },
      [paid(0, 'a', 1), paid(1, 'b', 3), paid(2, 'b', 3)],
      'breach 1',
    ],
    [
      'ranks',
      { fn: 'percentile', path: 'amount', p: 50 },
      { op: 'lt', value: 2 },
      [paid(0, 'a', 1), paid(1, 'b', 9), paid(2, 'b', 9)],
      'breach 0.99',
    ],
    [
      'counts what differs',
      { fn: 'distinct', path: 'amount' },
      { op: 'eq', value: 2 },
      [paid(0, 'a', 1), paid(1, 'b', 2), paid(2, 'b', 3)],
      'breach 2',
    ],
  ])('%s', (_, fn, compare, records, expected) => {
    expect(values(deduped(fn, compare), records)).toEqual([expected]);
    expect(values(deduped(fn, compare), [...records, ...records].reverse())).toEqual([expected]);
  });

  it('counts what has no id by itself, each time it comes', () => {
    const counted = deduped({ fn: 'count' }, { op: 'gte', value: 4 });
    const unnamed = [paid(0, undefined, 1), paid(1, null, 1), paid(2, {}, 1)];
    expect(values(counted, [...unnamed, paid(3, 'a', 1), paid(4, 'a', 1)])).toEqual(['breach 4']);
  });

  it('tells by several paths, and anew in each window', () => {
    const two = deduped({ fn: 'count' }, { op: 'gte', value: 2 }, ['id', 'amount']);
    const records = [paid(0, 'a', 1), paid(1, 'a', 2), paid(2, 'a', 2), paid(5, 'a', 1), paid(6, 'a', 1)];
    expect(values(two, records)).toEqual(['breach 2', 'ok 1']);
  });

  it('counts a record once in a sliding window, whichever of its hops it came again in', () => {
    const window = { kind: 'sliding', size: '15m', hop: '5m' } as const;
    const sliding = deduped({ fn: 'count' }, { op: 'gte', value: 2 }, 'id', { window });
    expect(values(sliding, [paid(0, 'a', 1), paid(6, 'a', 1), paid(7, 'b', 1)])).toEqual(['ok 1', 'breach 2']);
  });

  it('counts shares and what is lacking once', () => {
    const lacking = rule({
      dedupeBy: 'id',
      signal: { kind: 'schema', required: [{ path: 'amount' }], as: 'rate', compare: { op: 'gte', value: 0.5 } },
    });
    expect(values(lacking, [at(0, { id: 'a' }), at(1, { id: 'a' }), paid(2, 'b', 1)])).toEqual(['breach 0.5']);
    const share = rule({
      dedupeBy: 'id',
      signal: {
        kind: 'ratio',
        numerator: { fn: 'count', where: { path: 'amount', op: 'gt', value: 5 } },
        denominator: { fn: 'count' },
        compare: { op: 'gte', value: 0.5 },
      },
    });
    expect(values(share, [paid(0, 'a', 9), paid(1, 'b', 1), paid(2, 'b', 1)])).toEqual(['breach 0.5']);
  });

  it('of more ids than are told apart raises what the rest cannot undo, and clears nothing', () => {
    const crowd = Array.from({ length: 2500 }, (_, n) => paid(n / 1000, `id-${n}`, 1));
    const many = deduped({ fn: 'count' }, { op: 'gte', value: 2000 });
    expect(values(many, crowd)).toEqual(['breach 2000']);
    const quiet = deduped({ fn: 'sum', path: 'amount' }, { op: 'lt', value: 5 });
    expect(values(quiet, [paid(-5, 'x', 1), ...crowd, paid(5, 'y', 9)])).toEqual([
      'breach 1',
      'keep 2000 of a part',
      'ok 9',
    ]);
    const { episodes } = evaluateRecords(quiet, [paid(-5, 'x', 1), ...crowd]);
    expect(episodes.map(({ resolved }) => resolved)).toEqual([undefined]);
  });
});

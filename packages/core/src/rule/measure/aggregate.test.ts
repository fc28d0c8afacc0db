import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, type Rule, type RuleInput } from '../index.ts';
import { at, clock, rule } from '../test/rules.ts';

/** `a 09:00–09:05` for each episode. */
function episodes(given: Rule, records: readonly JsonObject[], until?: number): string[] {
  return evaluateRecords(given, records, until === undefined ? {} : { until }).episodes.map(({ raised, resolved }) => {
    const name = Object.values(raised.partition).join('/') || '*';
    return `${name} ${clock(raised.startedAt)}–${clock(resolved?.resolvedAt) ?? ''}`;
  });
}

/** What each window that was looked at said. */
const values = (given: Rule, records: readonly JsonObject[], until?: number) =>
  evaluateRecords(given, records, until === undefined ? {} : { until }).series[0]?.points.map(
    ({ status: said, value }) => `${said} ${value}`,
  );

const aggregate = (fn: object, compare: object, given: Partial<RuleInput> = {}, minCount?: number) =>
  rule({
    ...given,
    signal: { kind: 'aggregate', aggregate: fn, compare, ...(minCount ? { minCount } : {}) } as RuleInput['signal'],
  });

const amounts = (...all: unknown[]) => all.map((amount) => at(1, { amount: amount as string }));

describe('aggregates', () => {
  it.each<[object, object, unknown[], string]>([
    [{ fn: 'count' }, { op: 'gte', value: 2 }, [1, 'x'], 'breach 2'],
    [{ fn: 'sum', path: 'amount' }, { op: 'eq', value: 0.3 }, [0.1, 0.2], 'breach 0.3'],
    [{ fn: 'sum', path: 'amount' }, { op: 'gt', value: 100 }, ['49.98', '50.02'], 'ok 100'],
    [{ fn: 'sum', path: 'amount' }, { op: 'gte', value: 100 }, ['49.98', '50.02'], 'breach 100'],
    [{ fn: 'sum', path: 'amount' }, { op: 'lt', value: 0 }, [-1, true, 'x', null], 'breach -1'],
    [{ fn: 'avg', path: 'amount' }, { op: 'gt', value: 2 }, [1, 2, 3], 'ok 2'],
    [{ fn: 'avg', path: 'amount' }, { op: 'gte', value: 2 }, [1, 2, 3], 'breach 2'],
    [{ fn: 'avg', path: 'amount' }, { op: 'eq', value: 0.1 }, [0.1, 0.1, 0.1], 'breach 0.1'],
    [{ fn: 'min', path: 'amount' }, { op: 'lt', value: 2 }, [3, '1.5', 2], 'breach 1.5'],
    [{ fn: 'max', path: 'amount' }, { op: 'lte', value: 3 }, [3, 1, -5], 'breach 3'],
    [{ fn: 'latest', path: 'amount' }, { op: 'eq', value: 'b' }, ['a', 'b'], 'breach b'],
    [{ fn: 'latest', path: 'amount' }, { op: 'neq', value: 'b' }, ['a', 'b'], 'ok b'],
    [{ fn: 'latest', path: 'amount' }, { op: 'gt', value: 4 }, [1, 5, { not: 'a literal' }], 'breach 5'],
    [{ fn: 'latest', path: 'amount' }, { op: 'eq', value: null }, [1, null], 'breach null'],
  ])('%j %j of %j', (fn, compare, all, expected) => {
    expect(values(aggregate(fn, compare), amounts(...all))).toEqual([expected]);
  });

  it('say nothing where nothing could be measured, or too little', () => {
    const sum = { fn: 'sum', path: 'amount' };
    expect(values(aggregate(sum, { op: 'eq', value: 0 }), amounts('x', {}))).toBeUndefined();
    expect(values(aggregate(sum, { op: 'gt', value: 0 }, {}, 3), amounts(1, 2))).toEqual(['nodata no data']);
    expect(values(aggregate(sum, { op: 'gt', value: 0 }, {}, 3), amounts(1, 2, 3))).toEqual(['breach 6']);
  });

  it('take as latest what has the later event time, not what comes later', () => {
    const latest = aggregate({ fn: 'latest', path: 's' }, { op: 'eq', value: 'b' });
    expect(values(latest, [at(3, { s: 'b' }), at(2, { s: 'a' })])).toEqual(['breach b']);
    expect(values(latest, [at(3, { s: 'b' }), at(3, { s: 'a' })])).toEqual(['ok a']);
  });

  it('measure a window from its start to before its end', () => {
    const counted = aggregate({ fn: 'count' }, { op: 'gte', value: 1 });
    expect(episodes(counted, [at(5), at(9.999), at(10)])).toEqual(['* 09:05–']);
    expect(values(counted, [at(5), at(9.999), at(10)])).toEqual(['breach 2', 'breach 1']);
  });
});

describe('schema', () => {
  const schema = (as: 'count' | 'rate', value: number) =>
    rule({
      signal: {
        kind: 'schema',
        required: [{ path: 'order.total' }, { path: 'n', type: 'number' }],
        as,
        compare: { op: 'gte', value },
      },
    });
  const records = [
    at(0, { order: { total: '1' }, n: 1 }),
    at(1, { order: {}, n: 1 }),
    at(2, { order: { total: null }, n: 1 }), // null is there
    at(3, { order: { total: '1' }, n: '1' }),
  ];

  it.each([
    ['count', 2, 'breach 2'],
    ['count', 3, 'ok 2'],
    ['rate', 0.5, 'breach 0.5'],
    ['rate', 0.51, 'ok 0.5'],
  ] as const)('%s >= %d: %s', (as, value, expected) => {
    expect(values(schema(as, value), records)).toEqual([expected]);
  });
});

describe('change', () => {
  const traffic = (...counts: number[]) => counts.flatMap((count, n) => Array.from({ length: count }, () => at(n * 5)));
  const change = (given: object = {}) =>
    rule({
      signal: {
        kind: 'change',
        aggregate: { fn: 'count' },
        against: { movingAverage: 3 },
        as: 'percent',
        direction: 'decrease',
        by: 50,
        ...given,
      } as RuleInput['signal'],
    });

  it('warms up, then compares with the mean of the windows before the one under test', () => {
    expect(values(change(), traffic(10, 12, 2, 4, 3))).toEqual([
      'ok 10 (warming up)',
      'ok 12 (warming up)',
      'ok 2 (warming up)',
      'breach 4 (-50.0% against 8)',
      'breach 3 (-50.0% against 6)',
    ]);
  });

  it('leaves empty windows out of the baseline', () => {
    expect(values(change(), [...traffic(10, 10, 10), ...Array.from({ length: 5 }, () => at(100))])).toEqual([
      'ok 10 (warming up)',
      'ok 10 (warming up)',
      'ok 10 (warming up)',
      'nodata no data',
      'breach 5 (-50.0% against 10)',
    ]);
  });

  it.each([
    ['decrease', [10, 10, 10, 5], 'breach 5 (-50.0% against 10)'],
    ['decrease', [10, 10, 10, 6], 'ok 6 (-40.0% against 10)'],
    ['decrease', [10, 10, 10, 20], 'ok 20 (+100.0% against 10)'],
    ['increase', [10, 10, 10, 15], 'breach 15 (+50.0% against 10)'],
    ['increase', [10, 10, 10, 5], 'ok 5 (-50.0% against 10)'],
    ['either', [10, 10, 10, 5], 'breach 5 (-50.0% against 10)'],
    ['either', [10, 10, 10, 15], 'breach 15 (+50.0% against 10)'],
  ] as const)('%s %j', (direction, counts, expected) => {
    expect(values(change({ direction }), traffic(...counts))?.at(-1)).toBe(expected);
  });

  it('does not judge by a baseline that is too small', () => {
    expect(values(change({ minBaseline: 11 }), traffic(10, 10, 10, 1))?.at(-1)).toBe('ok 1 (baseline 10 too small)');
    const sum = change({ aggregate: { fn: 'sum', path: 'x' } });
    expect(
      values(
        sum,
        [0, 0, 0, 5].map((x, n) => at(n * 5, { x })),
      )?.at(-1),
    ).toBe('ok 5 (baseline 0 too small)');
  });
});

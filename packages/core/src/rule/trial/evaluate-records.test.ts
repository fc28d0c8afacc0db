/**
 * What rules say of records: every quantifier and treatment of missing data, as tables.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecordFiles, evaluateRecords, type Rule, type RuleInput } from '../index.ts';
import { at, clock, machines, minutes, rule, status } from '../test/rules.ts';

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

describe('quantifiers', () => {
  const stops = [
    ...['a', 'b', 'c', 'd'].map((id) => status(0, id, 'running')),
    status(5, 'a', 'stopped'),
    status(10, 'b', 'stopped'),
    status(15, 'c', 'stopped'),
    status(20, 'd', 'stopped'),
    status(25, 'd', 'running'),
    ...['a', 'b', 'c'].map((id) => status(30, id, 'running')),
  ];

  it.each<[RuleInput['quantifier'], string[]]>([
    ['any', ['* 09:05–09:30']],
    ['all', ['* 09:20–09:25']],
    [{ atLeast: 2 }, ['* 09:10–09:30']],
    [{ percent: 75 }, ['* 09:15–09:30']],
    [{ percent: 76 }, ['* 09:20–09:25']],
    ['each', ['a 09:05–09:30', 'b 09:10–09:30', 'c 09:15–09:30', 'd 09:20–09:25']],
  ])('%j of machines that stop one after the other', (quantifier, expected) => {
    expect(episodes(machines(quantifier), stops)).toEqual(expected);
  });

  it('count in a window only the partitions that have data there', () => {
    const all = aggregate({ fn: 'count' }, { op: 'gte', value: 2 }, { partitionBy: ['p'], quantifier: 'all' });
    expect(
      values(all, [at(0, { p: 'a' }), at(0, { p: 'b' }), at(0, { p: 'b' }), at(5, { p: 'b' }), at(6, { p: 'b' })]),
    ).toEqual(['ok 1 of 2', 'breach 1 of 1']);
  });

  it('take “all” of no partitions for false', () => {
    expect(values(machines('all'), [status(0, 'a', 'stopped')], minutes(0) + 8 * DAY)).toEqual([
      'breach 1 of 1',
      'breach 1 of 1',
      'nodata no data',
      'nodata no data',
    ]);
    expect(episodes(machines('all'), [status(0, 'a', 'stopped')], minutes(0) + 8 * DAY)).toHaveLength(1);
  });

  it('leave out records that name no partition', () => {
    const records = [at(0, { eventType: 'machineStatusChange', state: 'running' }), status(0, 'a', 'stopped')];
    expect(values(machines('all'), records)).toEqual(['breach 1 of 1']);
  });

  it('tell partitions of several paths apart, numbers as their text', () => {
    const each = aggregate({ fn: 'count' }, { op: 'gte', value: 1 }, { partitionBy: ['a', 'b'] });
    const records = [
      at(0, { a: 'x', b: 'y/z' }),
      at(0, { a: 'x/y', b: 'z' }),
      at(0, { a: 1, b: true }),
      at(0, { a: '1', b: 'true' }),
    ];
    expect(evaluateRecords(each, records).series.map(({ values: named }) => named)).toEqual([
      ['1', 'true'],
      ['x', 'y/z'],
      ['x/y', 'z'],
    ]);
    const long = evaluateRecords(each, [at(0, { a: 'é'.repeat(65), b: 'b' })]).episodes[0]?.raised.partition.a;
    expect(long).toMatch(/^#[0-9a-z]{26}$/);
  });
});

describe('missing data', () => {
  const sparse = [0, 1, 2, 20, 40, 41, 42].map((minute) => at(minute));
  it.each<[RuleInput['noData'], string[]]>([
    ['ok', ['* 09:00–09:05', '* 09:40–09:45']],
    ['nodata', ['* 09:00–09:05', '* 09:40–09:45']],
    ['keep', ['* 09:00–09:20', '* 09:40–']],
    ['firing', ['* 09:00–09:20', '* 09:25–']],
  ])('%s', (noData, expected) => {
    expect(episodes(rule({ ...(noData ? { noData } : {}) }), sparse, minutes(60))).toEqual(expected);
  });

  it('costs nothing while nothing changes: a silent century is a few steps', () => {
    const { series } = evaluateRecords(rule({ noData: 'firing', for: '7d' }), [at(0)], {
      until: minutes(0) + 36_500 * DAY,
    });
    expect(series[0]?.points.length).toBeLessThan(6);
  });

  it('lets `for` and keepFiringFor run out', () => {
    expect(episodes(rule({ noData: 'firing', for: '1h' }), [at(0)], minutes(64))).toEqual([]);
    expect(episodes(rule({ noData: 'firing', for: '1h' }), [at(0)], minutes(70))).toEqual(['* 09:05–']);
    const kept = rule({ keepFiringFor: '1h' });
    expect(episodes(kept, [at(0), at(1), at(2)], minutes(65))).toEqual(['* 09:00–']);
    expect(episodes(kept, [at(0), at(1), at(2)], minutes(70))).toEqual(['* 09:00–10:05']);
  });
});

describe('an episode', () => {
  it('says what was measured, against what, and for whom', () => {
    const given = rule({
      name: 'Busy',
      partitionBy: ['p.id'],
      labels: { team: 'web' },
      template: '{name} {partition.p.id}: {value} ({threshold}), {labels.team}, {start}–{end}',
    });
    const { episodes: found } = evaluateRecords(
      given,
      [1, 2, 3].map((n) => at(n, { p: { id: 'x' } })),
      { until: minutes(10) },
    );
    expect(found).toHaveLength(1);
    expect(found[0]?.raised).toMatchObject({
      sequence: 1,
      rule: { id: 'rule', version: 1, name: 'Busy' },
      partition: { 'p.id': 'x' },
      startedAt: '2026-03-02T09:00:00.000Z',
      window: { start: '2026-03-02T09:00:00.000Z', end: '2026-03-02T09:05:00.000Z' },
      value: '3',
      threshold: 'count >= 3',
      summary: 'Busy x: 3 (count >= 3), web, 2026-03-02T09:00:00.000Z–2026-03-02T09:05:00.000Z',
    });
    expect(found[0]?.resolved).toMatchObject({ sequence: 2, resolvedAt: '2026-03-02T09:05:00.000Z', value: 'no data' });
    expect(found[0]?.resolved?.episode).toBe(found[0]?.raised.episode);
  });
});

describe('the same records', () => {
  const record = fc.record({
    minute: fc.integer({ min: 0, max: 60 }),
    machine: fc.constantFrom('a', 'b', 'c'),
    state: fc.constantFrom('running', 'stopped'),
    ms: fc.oneof(fc.integer({ min: -9, max: 99 }), fc.double({ min: 0, max: 9, noNaN: true }), fc.constant('1.10')),
  });
  const rules = [
    machines('all'),
    machines('each', { for: '10m', noData: 'keep' }),
    aggregate(
      { fn: 'sum', path: 'ms' },
      { op: 'gt', value: 50 },
      { source: { collections: ['events'] }, keepFiringFor: '10m' },
    ),
    aggregate({ fn: 'avg', path: 'ms' }, { op: 'gt', value: 20 }, { partitionBy: ['machineId'], noData: 'firing' }),
    aggregate({ fn: 'min', path: 'ms' }, { op: 'lt', value: 0 }, { partitionBy: ['machineId'], quantifier: 'any' }),
    rule({
      signal: {
        kind: 'change',
        aggregate: { fn: 'sum', path: 'ms' },
        against: { movingAverage: 2 },
        as: 'percent',
        direction: 'either',
        by: 30,
      },
    }),
  ];

  it('give the same, however they are cut into files, and in whatever order those come', () => {
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.array(fc.nat({ max: 4 })),
        fc.constantFrom(...rules),
        (all, cuts, given) => {
          // A machine says one thing at a time: of two at once, which is the later would be a matter of files.
          const seen = new Set<string>();
          const records = all
            .filter(({ minute, machine }) => !seen.has(`${minute} ${machine}`) && seen.add(`${minute} ${machine}`))
            .map(({ minute, machine, state, ms }) =>
              at(minute, { eventType: 'machineStatusChange', machineId: machine, state, ms }),
            );
          const parts: JsonObject[][] = [[], [], [], [], []];
          for (const [n, one] of records.entries()) parts[cuts[n] ?? 0]?.push(one);
          const whole = evaluateRecordFiles(given, [{ records }], { until: minutes(120) });
          const cut = evaluateRecordFiles(given, parts.map((held) => ({ records: held })).reverse(), {
            until: minutes(120),
          });
          expect(cut).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });
});

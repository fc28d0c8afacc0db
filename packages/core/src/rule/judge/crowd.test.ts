/**
 * More partitions in a window than a rule may have: those whose hashes are least are judged as ever; of the others nothing is
 * cleared, and nothing raised that what is missing could undo.
 */
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { partitionKey } from '../collect/group-name.ts';
import type { Rule, RuleInput } from '../definition/schema.ts';
import { hashOfPartition } from '../measure/census.ts';
import { at, clock, machines, minutes, rule, status } from '../test/rules.ts';
import { evaluateRecordFiles, type RecordFile } from '../trial/evaluate-records.ts';

const LIMIT = 20;
const inOrder = Array.from({ length: 200 }, (_, n) => `m${n}`).sort(
  (a, b) => hashOfPartition(partitionKey([a])) - hashOfPartition(partitionKey([b])),
);
/** One that is judged however many there are, one that is not, and a crowd between them. */
const [FIRST = '', ...others] = inOrder;
const LAST = others.pop() ?? '';
const everyone = [FIRST, ...others, LAST];

const files = (...given: (readonly JsonObject[])[]): RecordFile[] =>
  given.map((records, n) => ({ records, interval: minutes(5 * n), receivedAt: minutes(5 * n + 6) }));

/** `m7 09:00–09:10` for each episode of the first and the last partition, or of the whole rule. */
function told(given: Rule, all: readonly RecordFile[], until = 60): string[] {
  return evaluateRecordFiles(given, all, { until: minutes(until), maxPartitions: LIMIT })
    .episodes.map(({ raised, resolved }) => {
      const [name] = Object.values(raised.partition);
      const who = name === FIRST ? 'first' : name === LAST ? 'last' : (name ?? 'all');
      return `${who} ${clock(raised.startedAt)}–${clock(resolved?.resolvedAt) ?? ''}`;
    })
    .filter((line) => /^(first|last|all) /.test(line))
    .sort();
}

const each = (given: Partial<RuleInput> = {}) => rule({ partitionBy: ['p'], ...given });
const of = (minute: number, names: readonly string[], properties: JsonObject = {}) =>
  names.map((p) => at(minute, { p, ...properties }));
const both = [FIRST, LAST];
const thrice = (minute: number, names: readonly string[]) => [0, 1, 2].flatMap((n) => of(minute + n / 10, names));

describe('a partition beyond those a rule may have', () => {
  it.each(['ok', 'nodata', 'keep', 'firing'] as const)(
    'is not cleared where nothing of it is known (noData %s)',
    (noData) => {
      const quiet = everyone.filter((name) => !both.includes(name));
      const said = told(each({ noData }), files(thrice(0, both), of(5, quiet), of(10, both)));
      expect(said).toContain('last 09:00–09:10');
      const clears = noData === 'ok' || noData === 'nodata';
      expect(said).toContain(`first 09:00–${clears ? '09:05' : '09:10'}`);
    },
  );

  it('is not raised by what might be a part', () => {
    expect(told(each(), files(thrice(0, everyone), of(5, both)))).toEqual(['first 09:00–09:05']);
    const few = each({ signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'lt', value: 2 } } });
    expect(told(few, files(of(0, everyone), thrice(5, both)))).toEqual(['first 09:00–09:05']);
  });

  it('is raised early by what more records cannot undo, in a file that had room for it', () => {
    const early = each({ early: true, window: { kind: 'tumbling', size: '10m' } });
    expect(told(early, files(thrice(0, both), of(5, everyone), of(10, both)))).toEqual([
      'first 09:00–09:10',
      'last 09:00–09:10',
    ]);
  });

  it('keeps its alert in every sliding window that reaches into the crowd', () => {
    const sliding = each({ window: { kind: 'sliding', size: '15m', hop: '5m' } });
    const quiet = everyone.filter((name) => !both.includes(name));
    expect(told(sliding, files(thrice(0, both), of(5, quiet), [], [], []))).toEqual([
      'first 08:50–09:15',
      'last 08:50–09:20',
    ]);
  });

  it('begins its session, its newest records and its sequence anew', () => {
    const session = each({ window: { kind: 'session', gap: '10m', max: '1h' } });
    expect(told(session, files([...of(0, both), ...of(1, both)], of(5, everyone), []))).toEqual(['first 09:00–09:15']);
    const count = each({
      window: { kind: 'count', n: 3, maxAge: '1d' },
      signal: { kind: 'aggregate', aggregate: { fn: 'sum', path: 'x' }, compare: { op: 'gte', value: 3 } },
    });
    const x = { x: 1 };
    expect(told(count, files(of(0, both, x), of(5, everyone, x), of(10, both, x), of(15, both, x)))).toEqual([
      'first 09:00–',
    ]);
    const { window: _, ...plain } = each();
    const unpaid = rule({
      ...plain,
      window: undefined,
      signal: {
        kind: 'sequence',
        within: '10m',
        ordered: true,
        steps: [
          { id: 'order', source: { where: { path: 'type', op: 'eq', value: 'order' } } },
          { id: 'payment', source: { where: { path: 'type', op: 'eq', value: 'payment' } }, absent: true },
        ],
      },
    });
    const paid = files(of(0, both, { type: 'order' }), of(5, everyone, { type: 'payment' }), [], []);
    expect(told(unpaid, paid)).toEqual([]);
    expect(told(unpaid, files(of(0, both, { type: 'order' }), of(5, both), [], []))).toHaveLength(2);
  });

  it('is not missed, nor forgotten, where it may have come', () => {
    const seen = each({ signal: { kind: 'absence', expect: { seenWithin: '1d' } } });
    const quiet = everyone.filter((name) => !both.includes(name));
    expect(told(seen, files(of(0, both), of(5, quiet), of(10, both)), 15)).toEqual(['first 09:05–09:10']);
    const named = each({ signal: { kind: 'absence', expect: { values: [FIRST, LAST] } } });
    expect(told(named, files(of(0, everyone), of(5, quiet), of(10, everyone)), 15)).toEqual(['all 09:05–09:10']);
  });

  it('may be expected for longer than is known', () => {
    const seen = each({ signal: { kind: 'absence', expect: { seenWithin: '20m' } } });
    const quiet = everyone.filter((name) => !both.includes(name));
    // the last one: seen at 09:00, missed at 09:05; it may have come at 09:10, and be expected until 09:35
    const said = files(
      of(0, both),
      quiet.slice(0, 10).map((p) => at(6, { p })),
      of(10, quiet),
    );
    expect(told(seen, said, 40)).toEqual(['first 09:05–09:15', 'last 09:05–09:30']);
  });

  it('lets a latest value stand for nothing that may be newer', () => {
    const stopped = machines('each');
    const crowd = everyone.map((name) => status(5, name, 'running'));
    const running = status(10, LAST, 'running');
    const before = both.map((name) => status(0, name, 'stopped'));
    expect(told(stopped, files(before, crowd, []))).toEqual(['first 09:00–09:05', 'last 09:00–']);
    expect(told(stopped, files(before, crowd, [running]))).toEqual(['first 09:00–09:05', 'last 09:00–09:10']);
  });
});

describe('partitions that are judged together', () => {
  const stopped = (names: readonly string[], minute: number) => names.map((name) => status(minute, name, 'stopped'));

  it('do not complete an all, nor clear an any, that others could undo', () => {
    expect(told(machines('all'), files(stopped(everyone, 0)))).toEqual([]);
    expect(told(machines('any'), files(stopped(everyone, 0)))).toEqual(['all 09:00–']);
    const running = everyone.map((name) => status(5, name, 'running'));
    expect(told(machines('any'), files(stopped(everyone, 0), running))).toEqual(['all 09:00–']);
  });

  it('say nothing of a sliding window by the part of it in which there was no crowd', () => {
    const low = each({
      quantifier: 'any',
      window: { kind: 'sliding', size: '10m', hop: '5m' },
      signal: { kind: 'aggregate', aggregate: { fn: 'max', path: 'x' }, compare: { op: 'lt', value: 5 } },
    });
    const after = [...of(10, [FIRST], { x: 9 }), ...of(10, [LAST], { x: 1 })];
    expect(told(low, files([], of(5, everyone, { x: 9 }), after), 15)).toEqual([]);
  });

  it('keep the alert they have as more come than are judged', () => {
    const spread = Array.from({ length: 10 }, (_, n) => stopped(everyone.slice(n * 20, n * 20 + 20), n * 5));
    expect(told(machines('all'), files(...spread))).toEqual(['all 09:00–']);
  });

  it('are complete again once what was not known is too old', () => {
    const short = machines('all', {
      signal: {
        kind: 'aggregate',
        aggregate: { fn: 'latest', path: 'state', maxAge: '1h' },
        compare: { op: 'eq', value: 'stopped' },
      },
    });
    const later = { records: stopped(['m1', 'm2'], 90), interval: minutes(90), receivedAt: minutes(96) };
    expect(told(short, [...files(stopped(everyone, 0)), later], 100)).toEqual(['all 10:30–']);
  });
});

describe('a crowd over several files', () => {
  const count = each({ window: { kind: 'tumbling', size: '1h' } });
  const shares = [0, 1, 2, 3].map((n) => everyone.filter((_, k) => k % 4 === n).concat(both));
  const crowd: RecordFile[] = shares.map((names, n) => ({
    records: thrice(5 * n, [...new Set(names)]),
    interval: minutes(5 * n),
    receivedAt: minutes(5 * n + 6),
  }));
  const episodes = (all: readonly RecordFile[], maxPartitions: number) =>
    evaluateRecordFiles(count, all, { until: minutes(0) + 2 * HOUR, maxPartitions, intervalLength: 5 * MINUTE })
      .episodes.map(({ raised }) => raised.partition.p ?? '')
      .sort();

  it('is cut at some as many partitions as the rule may have, the same ones in whatever order', () => {
    const judged = episodes(crowd, 100);
    const expected = inOrder.slice(0, judged.length).sort();
    expect(judged).toEqual(expected);
    expect(judged.length).toBeGreaterThanOrEqual(50);
    expect(judged.length).toBeLessThan(180);
    expect(episodes(crowd.toReversed(), 100)).toEqual(judged);
  });

  it('is not one where the rule may have as many', () => {
    expect(episodes(crowd, 10_000)).toEqual([...everyone].sort());
  });
});

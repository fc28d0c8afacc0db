/**
 * Windows that are more than one after the other, at their edges; absence, and sequences.
 */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../../runtime/index.ts';
import type { JsonObject } from '../../../stream/index.ts';
import { evaluateRecordFiles, evaluateRecords, type RuleInput } from '../../index.ts';
import { at, clock, minutes, rule } from '../../test/rules.ts';

const aggregate = (fn: object, value: number, op = 'gte') =>
  ({ kind: 'aggregate', aggregate: fn, compare: { op, value } }) as RuleInput['signal'];
const count = (value: number) => aggregate({ fn: 'count' }, value);
const sum = (value: number) => aggregate({ fn: 'sum', path: 'x' }, value);
const options = (until: number) => ({ until: minutes(until), intervalLength: MINUTE });

/** `09:00–09:10 3` of each window that said something. */
function said(given: Partial<RuleInput>, records: readonly JsonObject[], until = 120): string[] {
  const { series } = evaluateRecords(rule(given), records, options(until));
  return series.flatMap(({ points }) =>
    points
      .filter(({ status }) => status === 'breach' || status === 'ok')
      .map(({ window: { start, end }, status, value }) => {
        const [from, to] = [start, end].map((time) => clock(new Date(time).toISOString()));
        return `${from}–${to} ${value}${status === 'breach' ? '!' : ''}`;
      }),
  );
}

/** `warning 09:05–09:10` for each episode. */
function told(given: Partial<RuleInput>, records: readonly JsonObject[], until = 120): string[] {
  return evaluateRecords(rule(given), records, options(until))
    .episodes.map(({ raised, resolved }) => {
      const name = Object.values(raised.partition).join() || raised.severity;
      return `${name} ${clock(raised.startedAt)}–${clock(resolved?.resolvedAt) ?? ''}`;
    })
    .sort();
}

describe('a sliding window', () => {
  const window = { kind: 'sliding', size: '10m', hop: '2m' } as const;

  it('begins before its start and not at its end, once every hop', () => {
    const records = [at(0), at(9.999), at(10)];
    expect(said({ window, signal: count(3) }, records).filter((line) => /^09:0[02]/.test(line))).toEqual([
      '09:00–09:10 2',
      '09:02–09:12 2',
    ]);
    expect(said({ window, signal: count(3) }, [at(0), at(9.999)]).slice(0, 6)).toEqual([
      '08:52–09:02 1',
      '08:54–09:04 1',
      '08:56–09:06 1',
      '08:58–09:08 1',
      '09:00–09:10 2',
      '09:02–09:12 1',
    ]);
  });

  it('sees what no tumbling window would, and is over when enough have left it', () => {
    const records = [at(8), at(9), at(11)];
    expect(told({ window, signal: count(3) }, records)).toEqual(['warning 09:02–09:18']);
    expect(told({ window: { kind: 'tumbling', size: '10m' }, signal: count(3) }, records)).toEqual([]);
  });
});

describe('a session', () => {
  const window = { kind: 'session', gap: '5m', max: '20m' } as const;
  const minutesOf = (...all: number[]) => all.map((minute) => at(minute));

  it.each<[string, number[], string[]]>([
    ['ends where none has come for the gap', [1, 4, 8.5], ['09:01–09:13 3!']],
    ['goes on to before the gap is over', [1, 5.99], ['09:01–09:10 2']],
    ['is another one after it', [1, 6], ['09:01–09:06 1', '09:06–09:11 1']],
    ['is cut when it gets too long', [0, 4, 8, 12, 16, 20, 24], ['09:00–09:20 5!', '09:20–09:29 2']],
  ])('%s', (_, records, expected) => {
    expect(said({ window, signal: count(3) }, minutesOf(...records))).toEqual(expected);
  });

  it('raises when it is over, and resolves when a fine one or nothing comes', () => {
    expect(told({ window, signal: count(3) }, minutesOf(1, 2, 3))).toEqual(['warning 09:01–09:08']);
    expect(told({ window, signal: count(3), noData: 'keep' }, minutesOf(1, 2, 3, 30))).toEqual(['warning 09:01–09:34']);
  });

  it('waits for a gap longer than an interval', () => {
    const long = { kind: 'session', gap: '30m', max: '2h' } as const;
    expect(said({ window: long, signal: count(3) }, minutesOf(1, 20, 45), 75)).toEqual(['09:01–10:15 3!']);
    expect(said({ window: long, signal: count(3) }, minutesOf(1, 20, 45), 74)).toEqual([]);
  });
});

describe('a count window', () => {
  const window = { kind: 'count', n: 3, maxAge: '30m' } as const;
  const x = (...all: [minute: number, x: number][]) => all.map(([minute, value]) => at(minute, { x: value }));

  it('is the newest n, once there are so many', () => {
    expect(said({ window, signal: sum(10) }, x([0, 1], [1, 2]), 10)).toEqual([]);
    expect(said({ window, signal: sum(10) }, x([0, 1], [1, 2], [2, 4], [3, 8]), 4)).toEqual([
      '09:00–09:03 7',
      '09:01–09:04 14!',
    ]);
  });

  it('counts what can be measured, and no record older than its age', () => {
    const records = [...x([0, 1], [1, 2], [2, 4]), at(3, { x: 'none' })];
    expect(told({ window, signal: sum(7) }, records)).toEqual(['warning 09:00–09:30']);
  });

  it('takes records in the order of their times, whatever files they come in', () => {
    const given = rule({ window, signal: aggregate({ fn: 'min', path: 'x' }, 2) });
    const files = [x([2, 9], [4, 9]), x([1, 1], [3, 9])].map((records) => ({ records }));
    const { series } = evaluateRecordFiles(given, files, options(5));
    expect(series[0]?.points.map(({ status, value }) => `${status} ${value}`)).toEqual([
      'nodata no data',
      'nodata no data',
      'ok 1',
      'breach 9',
    ]);
  });
});

describe('an absence', () => {
  const window = { kind: 'tumbling', size: '10m' } as const;

  it('of any record: begins with the first, ends with the next', () => {
    const silent = { window, signal: { kind: 'absence', expect: 'any' } } as const;
    expect(told(silent, [at(1), at(12), at(45), at(55)], 60)).toEqual(['warning 09:20–09:40']);
    expect(told({ ...silent, for: '10m' }, [at(1), at(12), at(25), at(55)], 60)).toEqual(['warning 09:30–09:50']);
  });

  it('of values that are expected, seen or not', () => {
    const expected: RuleInput['signal'] = { kind: 'absence', expect: { values: ['a', 'b', 'c'] } };
    const given = { window, signal: expected, partitionBy: ['m'] };
    const all = ['a', 'b', 'c'].map((m) => at(12, { m }));
    expect(said(given, [at(1, { m: 'a' }), ...all], 20)).toEqual([
      '09:00–09:10 none of b, c!',
      '09:10–09:20 all are there',
    ]);
    expect(told(given, [at(1, { m: 'a' }), ...all], 20)).toEqual(['warning 09:00–09:10']);
  });

  it('of what was seen: of each partition, until it is forgotten', () => {
    const signal = { kind: 'absence', expect: { seenWithin: '1h' } } as const;
    const records = [at(1, { m: 'a' }), at(5, { m: 'b' }), at(35, { m: 'a' })];
    expect(told({ window, signal, partitionBy: ['m'] }, records, 180)).toEqual([
      'a 09:10–09:30',
      'a 09:40–10:30',
      'b 09:10–10:00',
    ]);
  });
});

describe('a sequence', () => {
  it('tells its steps apart by collection', () => {
    const { window: _, ...plain } = rule({ source: { collections: ['views', 'orders'] } });
    const given = {
      ...plain,
      signal: {
        kind: 'sequence' as const,
        within: '10m' as const,
        ordered: true,
        steps: ['views', 'orders'].map((id) => ({ id, source: { collections: [id] } })),
      },
    };
    const files = [
      { collection: 'orders', records: [at(0), at(5)] },
      { collection: 'views', records: [at(2), at(7)] },
    ];
    const { episodes } = evaluateRecordFiles(given, files, options(20));
    expect(episodes.map(({ raised: { startedAt, value, threshold } }) => [clock(startedAt), value, threshold])).toEqual(
      [['09:02', 'views → orders', 'views → orders within 10m']],
    );
  });
});

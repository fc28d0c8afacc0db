/**
 * Windows and grace as Apache Flink and ksqlDB publish them, by their own examples.
 */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, type RuleInput } from '../index.ts';
import { at, clock, minutes, rule } from '../test/rules.ts';

const time = (ms: number) => clock(new Date(ms).toISOString());

/** `08:00–08:10 breach 11` for each window that was looked at, by partition. */
function windows(given: Partial<RuleInput>, records: readonly JsonObject[], until: number): string[] {
  const { series } = evaluateRecords(rule(given), records, { until, intervalLength: MINUTE });
  return series.flatMap(({ values, points }) =>
    points
      .filter(({ status }) => status === 'breach' || status === 'ok')
      .map(({ window, value }) => [...values, `${time(window.start)}–${time(window.end)} ${value}`].join(' ')),
  );
}

const sum = { kind: 'aggregate', aggregate: { fn: 'sum', path: 'price' }, compare: { op: 'gt', value: 0 } } as const;
const bid = (clockTime: string, price: string, item: string): JsonObject => ({
  keen: { timestamp: `2020-04-15T${clockTime}:00.000Z` },
  price,
  item,
});

/**
 * https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/queries/window-tvf/: the table `Bid`, its sums by `TUMBLE` and `HOP`,
 * and the windows of `SESSION(TABLE Bid PARTITION BY item, …, INTERVAL '5' MINUTES)`.
 */
describe('Apache Flink, windowing table-valued functions', () => {
  const bids = [
    bid('08:05', '4.00', 'C'),
    bid('08:07', '2.00', 'A'),
    bid('08:09', '5.00', 'D'),
    bid('08:11', '3.00', 'B'),
    bid('08:13', '1.00', 'E'),
    bid('08:17', '6.00', 'F'),
  ];
  const end = Date.parse('2020-04-15T09:00:00Z');

  it('TUMBLE, 10 minutes', () => {
    const window = { kind: 'tumbling', size: '10m' } as const;
    expect(windows({ window, signal: sum }, bids, end)).toEqual(['08:00–08:10 11', '08:10–08:20 10']);
  });

  it('HOP, every 5 minutes over 10', () => {
    const window = { kind: 'sliding', size: '10m', hop: '5m' } as const;
    expect(windows({ window, signal: sum }, bids, end)).toEqual([
      '08:00–08:10 11',
      '08:05–08:15 15',
      '08:10–08:20 10',
      '08:15–08:25 6',
    ]);
  });

  it('SESSION by item, with a gap of 5 minutes', () => {
    const window = { kind: 'session', gap: '5m', max: '1h' } as const;
    const records = [
      bid('08:07', '4.00', 'A'),
      bid('08:06', '2.00', 'A'),
      bid('08:09', '5.00', 'B'),
      bid('08:08', '3.00', 'A'),
      bid('08:17', '1.00', 'B'),
    ];
    expect(windows({ window, signal: sum, partitionBy: ['item'] }, records, end)).toEqual([
      'A 08:06–08:13 9',
      'B 08:09–08:14 5',
      'B 08:17–08:22 1',
    ]);
  });
});

/**
 * https://docs.ksqldb.io/en/latest/concepts/time-and-windows-in-ksqldb-queries/, "Late arriving events": events are accepted for up to
 * two hours after the end of a `TUMBLING (SIZE 1 HOUR, GRACE PERIOD 2 HOURS)` window; those that come later are dropped.
 */
describe('ksqlDB, grace period', () => {
  const order = (second: number) => at(second / 60);
  /** A late record comes when stream time has come to `now` (minutes). */
  const counted = (now: number) => {
    const given = rule({
      window: { kind: 'tumbling', size: '1h' },
      signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } },
      time: { grace: '2h' },
    });
    const records = [order(0), order(30), at(now - 1), order(59)];
    const intervals = [minutes(0), minutes(0), minutes(now - 1), minutes(now)];
    const { episodes } = evaluateRecords(given, records, { intervals, intervalLength: MINUTE, until: minutes(400) });
    return [episodes[0]?.raised.value, episodes[0]?.revised?.map(({ value }) => value) ?? []];
  };

  it.each([
    ['within the window', 50, ['4', []]],
    ['after its end, within grace', 100, ['2', ['3']]],
    ['at the last moment of grace', 179, ['2', ['3']]],
    ['when grace is over', 180, ['2', []]],
  ])('%s', (_, now, expected) => {
    expect(counted(now)).toEqual(expected);
  });
});

/**
 * Windows and grace as Apache Flink and ksqlDB publish them, by their own examples.
 */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, type RuleInput } from '../index.ts';
import { windowStart } from '../judge/window.ts';
import { at, BASE, clock, minutes, rule } from '../test/rules.ts';

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
 * https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/queries/window-tvf/ (docs/content/docs/dev/table/sql/queries/
 * window-tvf.md in apache/flink): the table `Bid`, its sums by `TUMBLE` and `HOP`, "Window Offset", and the windows of
 * `SESSION(TABLE Bid PARTITION BY item, …, INTERVAL '5' MINUTES)`.
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

  it('TUMBLE, 10 minutes with an offset of 1', () => {
    const window = { kind: 'tumbling', size: '10m', offset: '1m' } as const;
    expect(windows({ window, signal: sum }, bids, end)).toEqual(['08:01–08:11 11', '08:11–08:21 10']);
  });

  it.each([
    [-16, '23:54', '00:04'],
    [-6, '23:54', '00:04'],
    [-4, '23:56', '00:06'],
    [0, '00:00', '00:10'],
    [4, '23:54', '00:04'],
    [6, '23:56', '00:06'],
    [16, '23:56', '00:06'],
  ])('Window Offset: with %i minutes, 00:00:04 is in [%s, %s)', (offset, from, to) => {
    const start = windowStart({ size: 10 * MINUTE, offset: offset * MINUTE }, Date.parse('2021-06-30T00:00:04Z'));
    expect([time(start), time(start + 10 * MINUTE)]).toEqual([from, to]);
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
 * https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/datastream/operators/windows/ (docs/content/docs/dev/datastream/operators/
 * windows.md), "Window Lifecycle": the window of 5 minutes from 12:00, with an allowed lateness of 1 minute, is removed when the
 * watermark passes 12:06. "Tumbling Windows": hours with an offset of 15 minutes are 1:15 to 2:15 and so on.
 */
describe('Apache Flink, windows of a stream', () => {
  const noon = Date.parse('2026-03-02T12:00:00Z');
  const minuteOf = (n: number) => noon + n * MINUTE;
  const record = (n: number): JsonObject => ({ keen: { timestamp: new Date(minuteOf(n)).toISOString() } });

  it.each([
    ['12:05', 5, [['3', '4']]],
    ['12:06', 6, [['2']]],
  ])('a late record that finds the watermark at %s', (_, watermark, told) => {
    const given = rule({
      signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 2 } },
      time: { grace: '1m' },
    });
    const records = [record(0), record(1), record(watermark - 1), record(2)];
    const intervals = [0, 1, watermark - 1, watermark].map(minuteOf);
    const { episodes } = evaluateRecords(given, records, { intervals, intervalLength: MINUTE, until: minuteOf(60) });
    const said = episodes.map(({ raised, revised = [] }) => [raised, ...revised].map(({ value }) => value));
    expect(said).toEqual(told);
  });

  it('hours with an offset of 15 minutes', () => {
    const window = { kind: 'tumbling', size: '1h', offset: '15m' } as const;
    const count = { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } } as const;
    const records = [at(15 - 8 * 60), at(74.999 - 8 * 60), at(75 - 8 * 60)]; // 1:15, just before 2:15, 2:15
    expect(windows({ window, signal: count }, records, BASE)).toEqual(['01:15–02:15 2', '02:15–03:15 1']);
  });
});

/**
 * https://docs.ksqldb.io/en/latest/concepts/time-and-windows-in-ksqldb-queries/ (docs/concepts/time-and-windows-in-ksqldb-queries.md in
 * confluentinc/ksql). "Out-of-order events": events are accepted for up to two hours after the end of a `TUMBLING (SIZE 1 HOUR,
 * GRACE PERIOD 2 HOURS)` window; those that come later are dropped. "Window emission": six orders in the order in which they come,
 * with the fifth out of order, counted by `TUMBLING (SIZE 5 minute, GRACE PERIOD 1 minute)`. "Tumbling window": windows of 5 s are
 * [0;5000), [5000;10000) and so on. "Session window": `SESSION (60 SECONDS)`.
 */
describe('ksqlDB, windows and grace period', () => {
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

  const orders = [
    ['94041', 180 + 2 / 60],
    ['94041', 181 + 23 / 60],
    ['94041', 183],
    ['94041', 185.5],
    ['94041', 184], // out of order
    ['98041', 186 + 10 / 60],
  ] as const;
  const came = [180, 181, 183, 185, 185, 186].map(minutes);
  const orderCounts = (given: Partial<RuleInput>) => {
    const counts = rule({
      ...given,
      signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } },
      time: { grace: '1m' },
    });
    const records = orders.map(([order_zipcode, minute]) => at(minute, { order_zipcode }));
    const options = { intervals: came, intervalLength: MINUTE, until: minutes(240) };
    return evaluateRecords(counts, records, options).series.flatMap(({ values, points }) =>
      points
        .filter(({ status }) => status === 'breach')
        .map(({ window, value }) => [...values, `${time(window.start)}–${time(window.end)} ${value}`].join(' ')),
    );
  };

  // The published table groups by zip code, yet counts the sixth order (98041) with the fourth (94041): 2, as without grouping.
  it('counts six orders, of which the fifth is out of order', () => {
    expect(orderCounts({})).toEqual(['12:00–12:05 4', '12:05–12:10 2']);
    expect(orderCounts({ partitionBy: ['order_zipcode'] })).toEqual([
      '94041 12:00–12:05 4',
      '94041 12:05–12:10 1',
      '98041 12:05–12:10 1',
    ]);
  });

  it.each([
    [0, 0],
    [4999, 0],
    [5000, 5000],
    [9999, 5000],
    [10_000, 10_000],
  ])('windows of 5000 ms: %i is in that of %i', (ms, start) => {
    expect(windowStart({ size: 5000, offset: 0 }, ms)).toBe(start);
  });

  it('sessions of each region: a record within the gap joins, one after it begins another', () => {
    const views = [
      [0, 'Region_1'],
      [59, 'Region_1'],
      [120, 'Region_1'],
      [30, 'Region_6'],
    ].map(([second, regionid]) => at(Number(second) / 60, { regionid: String(regionid) }));
    const window = { kind: 'session', gap: '60s', max: '1h' } as const;
    const signal = { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } } as const;
    expect(windows({ window, signal, partitionBy: ['regionid'] }, views, minutes(10))).toEqual([
      'Region_1 09:00–09:01 2',
      'Region_1 09:02–09:03 1',
      'Region_6 09:00–09:01 1',
    ]);
  });
});

/**
 * Behaviour that published systems define, by their own published examples. Each table names its source; the cases are
 * written from the documentation.
 */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, type RuleInput } from '../index.ts';
import { judgeRecent, type PointOf, rangeOf } from '../judge/m-of-n.ts';
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

/** https://nightlies.apache.org/flink/flink-docs-stable/docs/dev/table/sql/queries/window-tvf/ */
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

/** https://docs.ksqldb.io/en/latest/concepts/time-and-windows-in-ksqldb-queries/#late-arriving-events */
describe('ksqlDB, grace period', () => {
  const sale = (second: number) => at(second / 60);
  /** SIZE 1 HOUR, GRACE PERIOD 10 MINUTES; a late record comes when stream time has come to `now`. */
  const counted = (now: number) => {
    const given = rule({
      window: { kind: 'tumbling', size: '1h' },
      signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } },
      time: { grace: '10m' },
    });
    const records = [sale(0), sale(30), at(now - 1), sale(59)];
    const intervals = [minutes(0), minutes(0), minutes(now - 1), minutes(now)];
    const { episodes } = evaluateRecords(given, records, { intervals, intervalLength: MINUTE, until: minutes(300) });
    return [episodes[0]?.raised.value, episodes[0]?.revised?.map(({ value }) => value) ?? []];
  };

  it.each([
    ['within the window', 50, ['4', []]],
    ['after its end, within grace', 65, ['2', ['3']]],
    ['at the last moment of grace', 69, ['2', ['3']]],
    ['when grace is over', 70, ['2', []]],
  ])('%s', (_, now, expected) => {
    expect(counted(now)).toEqual(expected);
  });
});

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: the two tables of "How alarm
 * state is evaluated when data is missing", and what "Avoiding premature transitions" adds. `-` missing, `0` within, `X` beyond the
 * threshold, the newest last; then the state by treatment: missing, ignore, breaching, notBreaching.
 */
describe('Amazon CloudWatch, M out of N with missing data', () => {
  const treatments = ['nodata', 'keep', 'firing', 'ok'] as const;
  const states = { breach: 'ALARM', ok: 'OK', nodata: 'INSUFFICIENT_DATA', keep: 'retain' } as const;
  const judged = (points: string, m: number) => {
    const letters = points.split(' ');
    const real = letters.flatMap((letter, n): PointOf[] =>
      letter === '-' ? [] : [{ start: n * MINUTE, breaching: letter === 'X' }],
    );
    const newest = { start: (letters.length - 1) * MINUTE, size: MINUTE };
    return treatments.map((noData) => states[judgeRecent(real, newest, { m, n: 3 }, noData)]).join(' ');
  };

  it('looks at 5 points for 3', () => expect(rangeOf(3)).toBe(5));

  it.each([
    ['0 - X - X', 'OK OK OK OK'],
    ['- - - - 0', 'OK OK OK OK'],
    ['- - - - -', 'INSUFFICIENT_DATA retain ALARM OK'],
    ['0 X X - X', 'ALARM ALARM ALARM ALARM'],
    ['- - X - -', 'ALARM retain ALARM OK'],
  ])('3 of 3: %s', (points, expected) => {
    expect(judged(points, 3)).toBe(expected);
  });

  it.each([
    ['0 - X - X', 'ALARM ALARM ALARM ALARM'],
    ['0 0 X 0 X', 'ALARM ALARM ALARM ALARM'],
    ['0 - X - -', 'OK OK ALARM OK'],
    ['- - - - 0', 'OK OK ALARM OK'],
    ['- - - X -', 'ALARM retain ALARM OK'],
  ])('2 of 3: %s', (points, expected) => {
    expect(judged(points, 2)).toBe(expected);
  });

  it.each([
    ['- - - - X', 'OK'],
    ['- - - X -', 'OK'],
    ['- - X - -', 'ALARM'],
  ])('is not premature: 3 of 3, missing as missing, %s', (points, expected) => {
    expect(judged(points, 3).split(' ')[0]).toBe(expected);
  });

  it('over windows of records', () => {
    const given = (noData: RuleInput['noData']) => {
      const slow = rule({
        window: { kind: 'tumbling', size: '1m' },
        signal: { kind: 'aggregate', aggregate: { fn: 'max', path: 'ms' }, compare: { op: 'gt', value: 100 } },
        mOfN: { m: 2, n: 3 },
        noData,
      });
      const records = [
        [0, 900],
        [2, 900],
        [3, 1],
        [4, 1],
      ].map(([minute = 0, ms = 0]) => at(minute, { ms }));
      const { episodes } = evaluateRecords(slow, records, { until: minutes(20) });
      return episodes.map(({ raised, resolved }) => `${clock(raised.window.end)}–${clock(resolved?.resolvedAt) ?? ''}`);
    };
    expect(given('ok')).toEqual(['09:03–09:04']);
    expect(given('keep')).toEqual(['09:03–09:04']);
    expect(given('firing')).toEqual(['09:01–09:04', '09:09–']); // before the first window there is none, either
  });
});

/**
 * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ (InstanceDown: `up == 0`, `for: 5m`, evaluated each
 * minute) and https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ (`keep_firing_for`).
 */
describe('Prometheus, alerting rules', () => {
  const down = (given: Partial<RuleInput>, values: string) => {
    const instance = rule({
      window: { kind: 'tumbling', size: '1m' },
      signal: { kind: 'aggregate', aggregate: { fn: 'max', path: 'up' }, compare: { op: 'eq', value: 0 } },
      ...given,
    });
    const records = values.split(' ').map((up, n) => at(n, { up: Number(up) }));
    const { episodes } = evaluateRecords(instance, records, { until: minutes(records.length) });
    return episodes.map(({ raised, resolved }) => `${clock(raised.window.end)}–${clock(resolved?.window.end) ?? ''}`);
  };

  it('is pending for `for`, then fires', () => {
    expect(down({ for: '5m' }, '0 0 0 0 0')).toEqual([]);
    expect(down({ for: '5m' }, '0 0 0 0 0 0 0 0 0 0')).toEqual(['09:06–']);
  });

  it('starts over when the condition clears while it is pending', () => {
    expect(down({ for: '5m' }, '0 0 0 0 1 0 0 0 0 0')).toEqual([]);
  });

  it('keeps firing for `keep_firing_for` after the condition cleared, so that it does not flap', () => {
    expect(down({ for: '1m' }, '0 0 1 0 0 1 1 1')).toEqual(['09:02–09:03', '09:05–09:06']);
    expect(down({ for: '1m', keepFiringFor: '2m' }, '0 0 1 0 0 1 1 1')).toEqual(['09:02–09:08']);
  });
});

const followed = (steps: object[], within: string, ordered = true) =>
  ({
    window: undefined,
    signal: { kind: 'sequence', steps, within, ordered },
  }) as unknown as Partial<RuleInput>;
const step = (id: string, more: object = {}) => ({
  id: id.toLowerCase(),
  source: { where: { path: 'type', op: 'eq', value: id } },
  ...more,
});

/** The minutes (from 09:00) in which a sequence was matched, of events one a minute: `A1 B1 C1`. */
function matches(given: Partial<RuleInput>, events: string, until?: number): number[] {
  const records = events.split(' ').flatMap((event, n) => (event === '.' ? [] : [at(n, { type: event[0] ?? '' })]));
  const { window: _, ...windowless } = rule();
  const options = { until: minutes(until ?? events.split(' ').length), intervalLength: MINUTE };
  const { series } = evaluateRecords({ ...windowless, ...given } as ReturnType<typeof rule>, records, options);
  return (series[0]?.points ?? [])
    .filter(({ status }) => status === 'breach')
    .map(({ window }) => (window.end - minutes(0)) / MINUTE - 1);
}

/**
 * http://esper.espertech.com/release-8.9.0/reference-esper/html/event_patterns.html, "Every": the stream A1 B1 C1 B2 A2 D1 A3 B3 E1
 * A4 F1 B4, in which `every (A -> B)` fires at B1, B3 and B4. "timer:within" and "and not" bound it and ask for what does not follow.
 */
describe('Esper, followed-by and not-followed-by', () => {
  const stream = 'A B C B A D A B E A F B';

  it('every (A -> B)', () => {
    expect(matches(followed([step('A'), step('B')], '1h'), stream)).toEqual([1, 7, 11]);
  });

  it('every (A -> B where timer:within(2 min))', () => {
    expect(matches(followed([step('A'), step('B')], '2m'), stream)).toEqual([1, 7]);
  });

  it('every (A -> (B and not C))', () => {
    expect(matches(followed([step('A'), step('C', { absent: true }), step('B')], '1h'), 'A C B A B')).toEqual([4]);
  });

  it('every A -> (timer:interval(3 min) and not B)', () => {
    const missing = followed([step('A'), step('B', { absent: true })], '3m');
    expect(matches(missing, 'A . B . A . . . .', 9)).toEqual([6]);
    expect(matches(missing, 'A B A B', 20)).toEqual([]);
    expect(matches(missing, 'A', 20)).toEqual([2]);
  });

  it('A -> B -> C', () => {
    expect(matches(followed([step('A'), step('B'), step('C')], '1h'), 'A C B A C')).toEqual([4]);
  });
});

/** https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html, the correlation types. */
describe('Sigma, correlation types', () => {
  const login = (minute: number, user: string, more: JsonObject = {}) => at(minute, { user, ...more });
  const raisedFor = (given: Partial<RuleInput>, records: readonly JsonObject[]) => {
    const { window: _, ...plain } = rule();
    const whole = 'window' in given && given.window === undefined ? { ...plain, ...given } : rule(given);
    return evaluateRecords(whole as ReturnType<typeof rule>, records, { until: minutes(30), intervalLength: MINUTE })
      .episodes.map(({ raised }) => Object.values(raised.partition).join())
      .filter((name, n, all) => all.indexOf(name) === n)
      .sort();
  };
  const by: Partial<RuleInput> = { partitionBy: ['user'], window: { kind: 'sliding', size: '5m', hop: '1m' } };
  const aggregate = (fn: object, value: number) =>
    ({ kind: 'aggregate', aggregate: fn, compare: { op: 'gte', value } }) as RuleInput['signal'];
  const ten = Array.from({ length: 10 }, (_, n) => n);

  it('event_count: 10 failed logins of a user in 5 minutes', () => {
    const records = [...ten.map((n) => login(3 + n / 3, 'a')), ...ten.map((n) => login(n, 'b'))];
    expect(raisedFor({ ...by, signal: aggregate({ fn: 'count' }, 10) }, records)).toEqual(['a']);
  });

  it('value_count: one source, many users', () => {
    const records = [
      ...ten.map((n) => login(n / 3, 'a', { host: `h${n}` })),
      ...ten.map((n) => login(n / 3, 'b', { host: 'h' })),
    ];
    expect(raisedFor({ ...by, signal: aggregate({ fn: 'distinct', path: 'host' }, 10) }, records)).toEqual(['a']);
  });

  it.each([
    ['value_sum', { fn: 'sum', path: 'bytes' }, 450],
    ['value_avg', { fn: 'avg', path: 'bytes' }, 45],
    ['value_percentile', { fn: 'percentile', path: 'bytes', p: 90 }, 79],
  ])('%s', (_, fn, value) => {
    const records = ten.flatMap((n) => [login(1, 'a', { bytes: n * 10 }), login(1, 'b', { bytes: n })]);
    expect(raisedFor({ ...by, signal: aggregate(fn, value) }, records)).toEqual(['a']);
  });

  const steps = [step('A'), step('B')];
  const event = (minute: number, user: string, type: string) => login(minute, user, { type });
  const three = [
    ...[event(1, 'a', 'A'), event(2, 'a', 'B')],
    ...[event(1, 'b', 'B'), event(2, 'b', 'A')],
    ...[event(1, 'c', 'A'), event(9, 'c', 'B')],
  ];

  it('temporal: all of them in 5 minutes, in any order', () => {
    expect(raisedFor({ ...followed(steps, '5m', false), partitionBy: ['user'] }, three)).toEqual(['a', 'b']);
  });

  it('temporal_ordered: in that order', () => {
    expect(raisedFor({ ...followed(steps, '5m'), partitionBy: ['user'] }, three)).toEqual(['a']);
  });

  it('temporal_ordered: many failures, then a success', () => {
    const brute = [step('F', { count: 5 }), step('S')];
    const records = [
      ...ten.map((n) => event(n / 4, 'a', 'F')),
      event(3, 'a', 'S'),
      ...ten.slice(0, 4).map((n) => event(n / 4, 'b', 'F')),
      event(3, 'b', 'S'),
    ];
    expect(raisedFor({ ...followed(brute, '5m'), partitionBy: ['user'] }, records)).toEqual(['a']);
  });
});

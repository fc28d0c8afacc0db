/**
 * Patterns of records as Esper and Sigma publish them, by their own examples.
 */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, type RuleInput } from '../index.ts';
import { at, minutes, rule } from '../test/rules.ts';

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
 * http://esper.espertech.com/release-8.9.0/reference-esper/html/event_patterns.html (esper/doc/reference/src/main/docbook/en-US/modules/
 * event_pattern.xml in the history of espertechinc/esper), the chapter on patterns. "Every": the stream A1 B1 C1 B2 A2 D1 A3 B3 E1 A4
 * F1 B4, in which `every (A -> B)` fires at B1, B3 and B4. "Limiting Subexpression Lifetime", "Every Operator Example", "Sensor
 * Example", "And", "Not", "Followed-By", "The timer:within Pattern Guard" and "Interval" are named where they are used. Esper tells
 * each combination of records; a rule tells that there is one, so of `every A -> B` it is when, not how often.
 */
describe('Esper, followed-by and not-followed-by', () => {
  const stream = 'A B C B A D A B E A F B';

  it('every (A -> B)', () => {
    expect(matches(followed([step('A'), step('B')], '1h'), stream)).toEqual([1, 7, 11]);
  });

  it('Every: every A -> B fires when B1, B3 and B4 come, too', () => {
    expect(matches(followed([step('A'), step('B')], '1h'), stream)).toEqual([1, 7, 11]);
  });

  it('Every: every (A -> B -> C) ignores an A between B and C', () => {
    expect(matches(followed([step('A'), step('B'), step('C')], '1h'), 'A B A C')).toEqual([3]);
  });

  it('Every Operator Example: every A -> (B -> C) within 1 hour, of A1 A2 B1 C1 B2 C2, is complete at C1', () => {
    const steps = [step('A'), step('B'), step('C')];
    expect(matches(followed(steps, '1h'), 'A A B C B C')).toEqual([3]);
    expect(matches(followed(steps, '3m'), 'A . . B C')).toEqual([]);
  });

  it('Every Operator Example: of records with the same id, A1 B1 C1 and A2 B2 C2', () => {
    const given = { ...followed([step('A'), step('B'), step('C')], '1h'), partitionBy: ['id'] };
    const { window: _, ...plain } = rule();
    const records = ['A1', 'A2', 'B1', 'C1', 'B2', 'C2'].map((one, n) =>
      at(n, { type: one[0] ?? '', id: one.slice(1) }),
    );
    const found = evaluateRecords({ ...plain, ...given } as ReturnType<typeof rule>, records, {
      until: minutes(10),
      intervalLength: MINUTE,
    }).series.map(({ values, points }) => [
      ...values,
      points.filter(({ status }) => status === 'breach').map(({ window }) => (window.end - minutes(0)) / MINUTE - 1),
    ]);
    expect(found).toEqual([
      ['1', [3]],
      ['2', [5]],
    ]);
  });

  it.each([
    ['three in a row', 'H . H . H', [4]],
    ['one that is not, between them', 'H C H . H', []],
    ['three in a row after one that is not', 'H C H . H . H', [6]],
    ['the third after 90 seconds', 'H . H . . . H', []],
  ])(
    'Sensor Example: 3 samples above 50 degrees, uninterrupted, within 90 seconds (here a minute is 18 s): %s',
    (_, samples, expected) => {
      const hot = (id: string) => ({ ...step('H'), id });
      const cold = (id: string) => ({ ...step('C', { absent: true }), id });
      const steps = [hot('first'), cold('none'), hot('second'), cold('none-again'), hot('third')];
      expect(matches(followed(steps, '5m'), samples)).toEqual(expected);
    },
  );

  it('And: A and B, when the later of them comes', () => {
    expect(matches(followed([step('A'), step('B')], '1h', false), 'B . A')).toEqual([2]);
    expect(matches(followed([step('A'), step('B')], '1h', false), 'A . B')).toEqual([2]);
  });

  it('And: A -> A and [2] A, after two of them', () => {
    const again = { ...step('A'), id: 'again' };
    expect(matches(followed([step('A'), again], '1h'), 'A . A . A A')).toEqual([2, 5]);
    expect(matches(followed([step('A', { count: 2 }), { ...step('B') }], '1h'), 'A . A B')).toEqual([3]);
  });

  it('Not: A -> (D and not (B or C))', () => {
    const either = { id: 'either', source: { where: { path: 'type', op: 'in', values: ['B', 'C'] } }, absent: true };
    const given = followed([step('A'), either, step('D')], '1h');
    expect(matches(given, 'A D')).toEqual([1]);
    expect(matches(given, 'A B D')).toEqual([]);
    expect(matches(given, 'A C D')).toEqual([]);
  });

  it('Not: every (timer:interval(10 min) and not A), each interval without an A', () => {
    const silent = rule({ window: { kind: 'tumbling', size: '10m' }, signal: { kind: 'absence', expect: 'any' } });
    const { series } = evaluateRecords(silent, [at(1), at(25), at(45)], { until: minutes(60), intervalLength: MINUTE });
    const without = series[0]?.points.filter(({ status }) => status === 'breach');
    expect(without?.map(({ window }) => (window.start - minutes(0)) / MINUTE)).toEqual([10, 30, 50]);
  });

  it('The timer:within Pattern Guard: every (error -> error within 10 min)', () => {
    const again = { ...step('E'), id: 'again' };
    const given = followed([step('E'), again], '10m');
    expect(matches(given, 'E . . . . . . . . E')).toEqual([9]);
    expect(matches(given, 'E . . . . . . . . . E')).toEqual([]); // `within` ends before its last moment
  });

  it('Limiting Subexpression Lifetime: every A -> (B and not A), of A1 A2 B1, is A2 B1: the latest counts that may begin a match', () => {
    expect(matches(followed([step('A'), step('B')], '2m'), 'A . A B')).toEqual([3]);
  });

  it('every (A -> B where timer:within(2 min))', () => {
    expect(matches(followed([step('A'), step('B')], '2m'), stream)).toEqual([1, 7]);
  });

  it('every (A -> (B and not C))', () => {
    expect(matches(followed([step('A'), step('C', { absent: true }), step('B')], '1h'), 'A C B A B')).toEqual([4]);
  });

  it('Followed-By, Interval: every A -> (timer:interval(3 min) and not B)', () => {
    const missing = followed([step('A'), step('B', { absent: true })], '3m');
    expect(matches(missing, 'A . B . A . . . .', 9)).toEqual([6]);
    expect(matches(missing, 'A B A B', 20)).toEqual([]);
    expect(matches(missing, 'A', 20)).toEqual([2]);
  });

  it('A -> B -> C', () => {
    expect(matches(followed([step('A'), step('B'), step('C')], '1h'), 'A C B A C')).toEqual([4]);
  });
});

/**
 * https://sigmahq.io/sigma-specification/specification/sigma-correlation-rules-specification.html (specification/
 * sigma-correlation-rules-specification.md 2.1.0 of 2025-08-02 in SigmaHQ/sigma-specification), "Correlation Types", all seven, each by
 * its own example; `group-by` is `partitionBy`, `timespan` the window. What is published is met by windows that move on each minute.
 * The example of value_percentile asks how rare a text is, which no percentile of numbers says; here it is one of numbers. Then
 * "Condition", and "Failed Logins Followed by Successful Login".
 */
describe('Sigma, correlation types', () => {
  const raisedFor = (given: Partial<RuleInput>, records: readonly JsonObject[]) => {
    const { window: _, ...plain } = rule();
    const whole = 'window' in given && given.window === undefined ? { ...plain, ...given } : rule(given);
    return evaluateRecords(whole as ReturnType<typeof rule>, records, { until: minutes(200), intervalLength: MINUTE })
      .episodes.map(({ raised }) => Object.values(raised.partition).join())
      .filter((name, n, all) => all.indexOf(name) === n)
      .sort();
  };
  const sliding = (size: `${number}${'h' | 'd'}`, hop: `${number}m`): Partial<RuleInput> => ({
    window: { kind: 'sliding', size, hop },
  });
  const aggregate = (fn: object, value: number, op = 'gte') =>
    ({ kind: 'aggregate', aggregate: fn, compare: { op, value } }) as RuleInput['signal'];
  const many = (n: number) => Array.from({ length: n }, (_, index) => index);

  it('event_count: 100 failed logins or more to a destination in an hour', () => {
    const records = [
      ...many(100).map((n) => at(n / 2, { ComputerName: 'a' })),
      ...many(100).map((n) => at(n, { ComputerName: 'b' })), // over 100 minutes
      ...many(99).map((n) => at(n / 2, { ComputerName: 'c' })),
    ];
    const given = { ...sliding('1h', '1m'), partitionBy: ['ComputerName'], signal: aggregate({ fn: 'count' }, 100) };
    expect(raisedFor(given, records)).toEqual(['a']);
  });

  it('value_count: 100 different users or more by source and destination in a day (beyond 64 an estimate)', () => {
    const records = many(110).flatMap((n) => [
      at(n, { ComputerName: 'a', WorkstationName: 'w', User: `u${n}` }),
      at(n, { ComputerName: 'a', WorkstationName: 'x', User: `u${n % 90}` }),
    ]);
    const given = { ...sliding('1d', '30m'), partitionBy: ['ComputerName', 'WorkstationName'] };
    const signal = aggregate({ fn: 'distinct', path: 'User' }, 100);
    expect(raisedFor({ ...given, signal }, records)).toEqual(['a,w']);
  });

  it('value_sum: more than 1,000,000 bytes sent by source and user in an hour', () => {
    const sent = (User: string, bytes: number) =>
      many(10).map((n) => at(n, { SourceIP: 's', User, bytes_sent: bytes }));
    const given = { ...sliding('1h', '5m'), partitionBy: ['SourceIP', 'User'] };
    const signal = aggregate({ fn: 'sum', path: 'bytes_sent' }, 1_000_000, 'gt');
    expect(raisedFor({ ...given, signal }, [...sent('a', 100_001), ...sent('b', 100_000)])).toEqual(['s,a']);
  });

  it('value_avg: more than 500 bytes on average by source and user in a day', () => {
    const sent = (User: string, bytes: number) =>
      [0, bytes].map((BytesOut, n) => at(n, { SourceIP: 's', User, BytesOut }));
    const given = { ...sliding('1d', '30m'), partitionBy: ['SourceIP', 'User'] };
    const signal = aggregate({ fn: 'avg', path: 'BytesOut' }, 500, 'gt');
    expect(raisedFor({ ...given, signal }, [...sent('a', 1001), ...sent('b', 1000)])).toEqual(['s,a']);
  });

  it('value_percentile: a percentile of a field against a limit', () => {
    const records = many(100).flatMap((n) => [
      at(1, { ComputerName: 'a', x: n }),
      at(1, { ComputerName: 'b', x: n / 10 }),
    ]);
    const given = { ...sliding('1d', '30m'), partitionBy: ['ComputerName'] };
    expect(raisedFor({ ...given, signal: aggregate({ fn: 'percentile', path: 'x', p: 90 }, 50) }, records)).toEqual([
      'a',
    ]);
  });

  const commands = [step('A'), step('B'), step('C')];
  const event = (minute: number, User: string, type: string) => at(minute, { ComputerName: 'c', User, type });
  const invoked = [
    ...[event(1, 'inOrder', 'A'), event(2, 'inOrder', 'B'), event(3, 'inOrder', 'C')],
    ...[event(1, 'anyOrder', 'C'), event(2, 'anyOrder', 'A'), event(3, 'anyOrder', 'B')],
    ...[event(1, 'tooSlow', 'A'), event(2, 'tooSlow', 'B'), event(9, 'tooSlow', 'C')],
    ...[event(1, 'notAll', 'A'), event(2, 'notAll', 'B')],
  ];
  const bySystemAndUser = { partitionBy: ['ComputerName', 'User'] };

  it('temporal: three commands within 5 minutes, in any order', () => {
    const given = { ...followed(commands, '5m', false), ...bySystemAndUser };
    expect(raisedFor(given, invoked)).toEqual(['c,anyOrder', 'c,inOrder']);
  });

  it('temporal_ordered: in that order', () => {
    expect(raisedFor({ ...followed(commands, '5m'), ...bySystemAndUser }, invoked)).toEqual(['c,inOrder']);
  });

  it('temporal_ordered: many failed logins, then a successful one of the same user within an hour', () => {
    const given = { ...followed([step('F', { count: 32 }), step('S')], '1h'), partitionBy: ['User'] };
    const failed = (User: string, n: number) => many(n).map((index) => event(index, User, 'F'));
    const records = [
      ...failed('a', 32),
      event(40, 'a', 'S'),
      ...failed('b', 31),
      event(40, 'b', 'S'),
      ...failed('c', 40),
    ];
    expect(raisedFor(given, records)).toEqual(['a']);
  });

  it.each([
    ['gt', 3, ['4', '5']],
    ['gte', 4, ['4', '5']],
    ['lt', 3, ['1', '2']],
    ['lte', 3, ['1', '2', '3']],
    ['eq', 3, ['3']],
    ['neq', 3, ['1', '2', '4', '5']],
  ])('Condition %s %i of a count', (op, value, expected) => {
    const records = [1, 2, 3, 4, 5].flatMap((n) => many(n).map(() => at(1, { host: String(n) })));
    expect(raisedFor({ partitionBy: ['host'], signal: aggregate({ fn: 'count' }, value, op) }, records)).toEqual(
      expected,
    );
  });

  it('Failed Logins Followed by Successful Login: 10 within 10 minutes, then one that succeeds', () => {
    const logins = followed([step('F', { count: 10 }), step('S')], '10m');
    const failed = (User: string, n: number, apart: number) => many(n).map((index) => event(index * apart, User, 'F'));
    const records = [
      ...[...failed('brute', 10, 0.5), event(6, 'brute', 'S')],
      ...[...failed('nine', 9, 0.5), event(6, 'nine', 'S')],
      ...[...failed('slow', 10, 2), event(20, 'slow', 'S')],
      ...failed('never', 12, 0.5),
    ];
    expect(raisedFor({ ...logins, partitionBy: ['User'] }, records)).toEqual(['brute']);
  });
});

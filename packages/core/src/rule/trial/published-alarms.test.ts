/**
 * States of alarms as Amazon CloudWatch and Prometheus publish them, by their own examples.
 */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { evaluateRecords, type RuleInput } from '../index.ts';
import { judgeRecent, type PointOf, rangeOf } from '../judge/m-of-n.ts';
import { at, clock, minutes, rule } from '../test/rules.ts';

/**
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: every row of the two tables of "How alarm
 * state is evaluated when data is missing", as in the edition of 2023 (doc_source/AlarmThatSendsEmail.md in
 * awsdocs/amazon-cloudwatch-user-guide; later ones write the first table's second row `- - - - 0`), what "Avoiding premature
 * transitions to alarm state" adds, and the figure of "Evaluating an alarm". `-` missing, `0` within, `X` beyond the
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
    ['0 - - - -', 'OK OK OK OK'],
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
    ['- - - X 0', 'OK'],
    ['- - X - 0', 'OK'],
  ])('is not premature: 3 of 3, missing as missing, %s', (points, expected) => {
    expect(judged(points, 3).split(' ')[0]).toBe(expected);
  });

  it('3 of 3 above a threshold: ALARM at the fifth period, OK at the sixth, and one breach later is none', () => {
    const busy = rule({
      window: { kind: 'tumbling', size: '1m' },
      signal: { kind: 'aggregate', aggregate: { fn: 'max', path: 'units' }, compare: { op: 'gt', value: 3 } },
      mOfN: { m: 3, n: 3 },
    });
    const records = [2, 3, 4, 5, 4, 2, 1, 2, 4, 2].map((units, n) => at(n, { units }));
    const { episodes } = evaluateRecords(busy, records, { until: minutes(records.length) });
    expect(episodes.map(({ raised, resolved }) => [clock(raised.window.end), clock(resolved?.window.end)])).toEqual([
      ['09:05', '09:06'],
    ]);
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
 * https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/ (docs/configuration/unit_testing_rules.md in
 * prometheus/prometheus), "Example": of InstanceDown (`up == 0`, `for: 5m`, evaluated each minute) the instance that is down from the
 * start fires after 10 minutes, the one that is down from the seventh does not yet.
 * https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/ (docs/configuration/alerting_rules.md), "Defining alerting
 * rules": what `for` and `keep_firing_for` do; and the two cases Prometheus holds itself to, TestKeepFiringFor and
 * TestPendingAndKeepFiringFor (rules/alerting_test.go): `http_requests > 50` with both at one minute.
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

  it('of the example, fires for the instance that is down from the start', () => {
    const evaluatedAt10 = 11;
    const values = (series: string) => series.split(' ').slice(0, evaluatedAt10).join(' ');
    expect(down({ for: '5m' }, values('0 0 0 0 0 0 0 0 0 0 0 0 0 0 0'))).toEqual(['09:06–']);
    expect(down({ for: '5m' }, values('1 1 1 1 1 1 1 0 0 0 0 0 0 0 0'))).toEqual([]);
    expect(down({ for: '10m' }, values('0 0 0 0 0 0 0 0 0 0 0 0 0 0 0'))).toEqual(['09:11–']); // AnotherInstanceDown
  });

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

  const requests = (values: string) => {
    const high = rule({
      window: { kind: 'tumbling', size: '1m' },
      signal: { kind: 'aggregate', aggregate: { fn: 'max', path: 'rate' }, compare: { op: 'gt', value: 50 } },
      for: '1m',
      keepFiringFor: '1m',
    });
    const records = values.split(' ').map((rate, n) => at(n, { rate: Number(rate) }));
    const { episodes } = evaluateRecords(high, records, { until: minutes(records.length) });
    return episodes.map(({ raised, resolved }) => [clock(raised.window.end), clock(resolved?.window.end)]);
  };

  it('of TestKeepFiringFor: pending, firing three times, kept once, then gone', () => {
    expect(requests('75 85 70 70 10')).toEqual([['09:02', undefined]]);
    expect(requests('75 85 70 70 10 10 10')).toEqual([['09:02', '09:06']]);
  });

  it('of TestPendingAndKeepFiringFor: what was only pending is not kept', () => {
    expect(requests('75 10 10 10 10')).toEqual([]);
  });

  it('without `for` fires on the first evaluation, without `keep_firing_for` resolves on the first that does not meet it', () => {
    expect(down({}, '1 0 0 1 0')).toEqual(['09:02–09:04', '09:05–']);
  });
});

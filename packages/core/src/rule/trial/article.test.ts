/**
 * The rules of "Streaming Alerts using AWS Lambda, Kinesis, and DynamoDB" (https://lessthandot.z19.web.core.windows.net, 2018), of its
 * prototype and of the examples it links to: all of them can be said. Its `where` of `'*'` is a property that is there and not null,
 * its `evaluate … having` a quantifier over an aggregate, its client a project.
 */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../stream/index.ts';
import { evaluateRecords, parseRule, type RuleInput } from '../index.ts';
import { at, clock, minutes, rule } from '../test/rules.ts';

const { window: _, ...plain } = rule();
const latestState = (value: string): RuleInput['signal'] => ({
  kind: 'aggregate',
  aggregate: { fn: 'latest', path: 'state' },
  compare: { op: 'eq', value },
});
const given = (path: string) => ({ all: [{ path, op: 'exists' }, { not: { path, op: 'null' } }] });

const heard = (input: object, records: readonly JsonObject[]) =>
  evaluateRecords(parseRule({ ...plain, ...input }), records, { until: minutes(60) }).episodes.map(
    ({ raised, resolved }) =>
      [...Object.values(raised.partition), `${clock(raised.startedAt)}–${clock(resolved?.resolvedAt) ?? ''}`].join(' '),
  );

const change = (minute: number, machineId: string | null, state: string) =>
  at(minute, { eventType: 'machineStatusChange', state, clientId: 'client-01', machineId });

/** Five machines warm up, run, and stop one after the other; the first runs again. */
const machines = [1, 2, 3, 4, 5].map((n) => `machine-0${n}`);
const day = [
  ...machines.map((machine) => change(1, machine, 'warming up')),
  ...machines.map((machine) => change(6, machine, 'running')),
  ...machines.map((machine, n) => change(11 + n * 5, machine, 'stopped')),
  change(41, 'machine-01', 'running'),
];

describe('evaluate … having latest', () => {
  const where = given('machineId');
  it.each<[string, object, string[]]>([
    ['all stopped (hardcoded-rule-02)', { quantifier: 'all', signal: latestState('stopped') }, ['09:30–09:40']],
    ['any stopped', { quantifier: 'any', signal: latestState('stopped') }, ['09:10–']],
    ['all running', { quantifier: 'all', signal: latestState('running') }, ['09:05–09:10']],
    ['any warming up', { quantifier: 'any', signal: latestState('warming up') }, ['09:00–09:05']],
    [
      'each stopped for ten minutes',
      { signal: latestState('stopped'), for: '10m', quantifier: 'each' },
      ['machine-01 09:10–09:40', ...['02 09:15', '03 09:20', '04 09:25', '05 09:30'].map((one) => `machine-${one}–`)],
    ],
  ])('%s', (_name, input, expected) => {
    const source = { collections: ['events'], where };
    expect(heard({ source, partitionBy: ['machineId'], ...input }, day)).toEqual(expected);
  });
});

describe('where', () => {
  const eq = (path: string, value: string) => ({ path, op: 'eq', value });
  it.each<[string, object, boolean]>([
    ['one property', eq('eventType', 'machineStatusChange'), true],
    ['another value', eq('eventType', 'somethingElse'), false],
    ['all of several', { all: [eq('eventType', 'machineStatusChange'), eq('machineId', 'machine-00')] }, true],
    ['not all of several', { all: [eq('eventType', 'somethingElse'), eq('machineId', 'machine-00')] }, false],
    ['* of a property that is there', given('machineId'), true],
    ['* of one that is not', given('aNonexistentFieldForEvent'), false],
    ['* of one that is null', given('nothing'), false],
  ])('%s', (_name, where, applies) => {
    const event = at(1, { eventType: 'machineStatusChange', machineId: 'machine-00', nothing: null });
    const input = { source: { collections: ['events'], where }, signal: { kind: 'match' } };
    expect(heard(input, [event])).toEqual(applies ? ['09:00–09:05'] : []);
  });

  it('leaves out events of no machine', () => {
    const input = { source: { collections: ['events'], where: given('machineId') }, signal: latestState('stopped') };
    const all = { ...input, partitionBy: ['machineId'], quantifier: 'all' };
    expect(heard(all, [change(1, null, 'running'), change(1, 'machine-01', 'stopped')])).toEqual(['09:00–']);
  });
});

describe('the examples it links to', () => {
  it('PropertyChangeCountOverTime: a machine that changes its state four times in a quarter of an hour', () => {
    const flapping = {
      window: { kind: 'sliding', size: '15m', hop: '5m' },
      partitionBy: ['machineId'],
      signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 4 } },
    };
    const restless = [21, 24, 27, 30].map((minute, n) => change(minute, 'machine-09', n % 2 ? 'running' : 'stopped'));
    expect(heard(flapping, [...day, ...restless])).toEqual(['machine-09 09:20–09:35']);
  });

  it('Kinesis Analytics: the price of a share changes by more than 1 %', () => {
    const jump = {
      window: { kind: 'tumbling', size: '1m' },
      partitionBy: ['ticker'],
      signal: {
        kind: 'change',
        aggregate: { fn: 'max', path: 'price' },
        ...{ against: 'previous', as: 'percent', direction: 'either', by: 1 },
      },
    };
    const prices = { TBV: [100, 100.5, 102, 102], QAZ: [50, 50.4, 50.4, 50.1] };
    const records = Object.entries(prices).flatMap(([ticker, all]) => all.map((price, n) => at(n, { ticker, price })));
    expect(heard(jump, records)).toEqual(['TBV 09:02–09:03']);
  });

  it('Azure Stream Analytics: a SIM in two places within five seconds', () => {
    const fraud = {
      window: { kind: 'sliding', size: '5s', hop: '1s' },
      partitionBy: ['CallingIMSI'],
      signal: { kind: 'aggregate', aggregate: { fn: 'distinct', path: 'SwitchNum' }, compare: { op: 'gte', value: 2 } },
    };
    const call = (second: number, CallingIMSI: string, SwitchNum: string) =>
      at(second / 60, { CallingIMSI, SwitchNum });
    const calls = [
      ...[call(0, 'copied', 'US'), call(4, 'copied', 'China')],
      ...[call(0, 'travels', 'US'), call(30, 'travels', 'China')],
      ...[call(0, 'stays', 'US'), call(2, 'stays', 'US')],
    ];
    expect(heard(fraud, calls)).toEqual(['copied 09:00–09:00']);
  });
});

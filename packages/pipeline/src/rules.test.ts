/**
 * The rules as teams mean them: the alerts they must raise, and those they must not.
 */
import { evaluateRecords, type Rule, testRule } from '@millrace/core/rule';
import type { JsonObject } from '@millrace/core/stream';
import { describe, expect, it } from 'vitest';
import { routes } from './routes.ts';
import { rules } from './rules.ts';
import { streams } from './streams.ts';

const BASE = Date.parse('2026-03-02T09:00:00.000Z');
const at = (minute: number, properties: JsonObject): JsonObject => ({
  keen: { timestamp: new Date(BASE + minute * 60_000).toISOString() },
  ...properties,
});
const status = (minute: number, machine: number, state: string) =>
  at(minute, { eventType: 'machineStatusChange', machineId: `machine-0${machine}`, state });
const find = (id: string): Rule => {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) throw new Error(`no rule ${id}`);
  return rule;
};
const told = (id: string, records: readonly JsonObject[]) =>
  evaluateRecords(find(id), records, { until: BASE + 3 * 3_600_000 }).episodes.map(
    ({ raised, resolved }) =>
      `${raised.startedAt.slice(11, 16)}–${resolved?.resolvedAt?.slice(11, 16) ?? ''} ${raised.summary}`,
  );

const five = [1, 2, 3, 4, 5];
const running = five.map((machine) => status(1, machine, 'running'));

describe('machines-all-stopped', () => {
  it('is raised once, by the fifth machine, and resolved by the first that restarts', () => {
    const stopping = five.map((machine) => status(machine * 6, machine, 'stopped'));
    const restarting = five.map((machine) => status(40 + machine, machine, 'running'));
    expect(told('machines-all-stopped', [...running, ...stopping, ...restarting])).toEqual([
      '09:30–09:40 All machines of client-01 are stopped (5 of 5)',
    ]);
  });

  it('is not raised while one runs, however often the others stop', () => {
    const stopping = five
      .slice(1)
      .flatMap((machine) => [10, 20, 30].map((minute) => status(minute, machine, 'stopped')));
    expect(told('machines-all-stopped', [...running, ...stopping])).toEqual([]);
  });

  it('is not raised by other events about machines', () => {
    const temperatures = five.map((machine) =>
      at(9, { eventType: 'temperature', machineId: `machine-0${machine}`, state: 'stopped' }),
    );
    expect(told('machines-all-stopped', [...running, ...temperatures])).toEqual([]);
  });
});

describe('machine-any-stopped', () => {
  it('is raised by the first and resolved when all run again', () => {
    const records = [
      ...running,
      status(6, 1, 'stopped'),
      status(11, 2, 'stopped'),
      status(16, 1, 'running'),
      status(21, 2, 'warming'),
    ];
    expect(told('machine-any-stopped', records)).toEqual(['09:05–09:20 A machine of client-02 is stopped (1 of 5)']);
  });

  it('is not raised while they warm up and run', () => {
    expect(told('machine-any-stopped', [...running, ...five.map((machine) => status(7, machine, 'warming'))])).toEqual(
      [],
    );
  });
});

describe('the shop’s rules', () => {
  const purchase = (minute: number, order: JsonObject, payment = 'ok') =>
    at(minute, { order, payment: { status: payment } });
  const order = { id: 'o-1', total: '1999.99', currency: 'EUR' };

  it('hear of failing payments, missing properties and a good quarter of an hour', () => {
    const records = [
      ...[0, 1, 2].map((minute) => purchase(minute, order, 'failed')),
      ...[5, 6, 7].map((minute) => purchase(minute, order)),
      ...[10, 11].map((minute) => purchase(minute, { id: 'o-2', currency: 'EUR' })),
    ];
    expect(told('payments-failed', records)).toEqual([
      '09:00–09:05 Payments fail: 3 in the five minutes to 2026-03-02T09:05:00.000Z',
    ]);
    expect(told('purchases-incomplete', records)).toEqual([
      '09:10–09:15 Purchases lack properties (order.id, order.total or order.currency): 2 in the five minutes to 2026-03-02T09:15:00.000Z',
    ]);
    expect(told('revenue-high', records)).toEqual([
      '09:00–09:15 A very good quarter of an hour: 5999.97 EUR sold in the quarter of an hour to 2026-03-02T09:15:00.000Z',
    ]);
    expect(told('payments-failed', records.slice(1))).toEqual([]);
  });

  it('hear of pageviews that drop or take long', () => {
    const views = (minute: number, count: number, ms = 500) =>
      Array.from({ length: count }, () => at(minute, { page: { load_ms: ms } }));
    const steady = [0, 5, 10, 15, 20, 25].flatMap((minute) => views(minute, 10));
    const records = [...steady, ...views(30, 4), ...views(35, 10, 4000), ...views(40, 10)];
    expect(told('pageviews-drop', records)).toEqual([
      '09:30–09:35 Pageviews dropped: 4 (-60.0% against 10) in the five minutes to 2026-03-02T09:35:00.000Z',
    ]);
    expect(told('page-load-slow', records)).toEqual([
      '09:35–09:40 Pages load slowly: 4000 ms on average in the five minutes to 2026-03-02T09:40:00.000Z',
    ]);
  });
});

describe('every rule', () => {
  it.each(rules.map((rule) => [rule.id, rule] as const))('%s passes the tests it carries', (_, rule) => {
    expect(testRule(rule, streams.layout).filter(({ problems }) => problems.length > 0)).toEqual([]);
  });

  it.each(rules.map((rule) => [rule.id, rule] as const))('%s notifies routes that exist', (_, rule) => {
    for (const name of rule.notify.routes) expect([...routes.keys()]).toContain(name);
  });
});

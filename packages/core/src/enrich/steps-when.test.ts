/**
 * Which records a step is for, and what becomes of a record when it fails on it.
 */
import { describe, expect, it } from 'vitest';
import { runSteps, scope } from './test/run-steps.ts';

const upper = { kind: 'transform', at: ['a', 'b'], apply: ['uppercase'] };

describe('when', () => {
  it.each<[object, string, string]>([
    [{ collections: ['purchases'] }, '{"a":"x"}', '{"a":"X"}'],
    [{ collections: ['sign*', 'purch*'] }, '{"a":"x"}', '{"a":"X"}'],
    [{ collections: ['signups'] }, '{"a":"x"}', '{"a":"x"}'],
    [{ where: { path: 'a', op: 'eq', value: 'x' } }, '{"a":"x"}', '{"a":"X"}'],
    [{ where: { path: 'a', op: 'eq', value: 'y' } }, '{"a":"x"}', '{"a":"x"}'],
    [{ collections: ['purchases'], where: { path: 'b', op: 'missing' } }, '{"a":"x","b":"x"}', '{"a":"x","b":"x"}'],
    [{ where: { path: '__proto__.a', op: 'exists' } }, '{"a":"x"}', '{"a":"x"}'],
  ])('%j of %s', async (when, before, after) => {
    expect((await runSteps([{ ...upper, when }], before)).json).toBe(after);
  });

  it('sees what the steps before have made', async () => {
    const where = { path: 'a', op: 'eq', value: 'X' };
    const steps = [
      { ...upper, at: ['a'], when: { where: { path: 'a', op: 'eq', value: 'x' } } },
      { ...upper, at: ['b'], when: { where } },
      { kind: 'function', apply: () => 'no', into: 'c', when: { where: { path: 'a', op: 'eq', value: 'x' } } },
    ];
    expect((await runSteps(steps, '{"a":"x","b":"y"}')).json).toBe('{"a":"X","b":"Y"}');
  });

  it('asks nobody about records that are not meant', async () => {
    const asked: string[] = [];
    const from = {
      open: async () => async (ids: ReadonlySet<string>) => {
        asked.push(...ids);
        return { found: new Map(), failed: new Set() };
      },
    };
    const where = { path: 'wanted', op: 'eq', value: true };
    await runSteps([{ kind: 'lookup', from, at: 'id', when: { where } }], '{"id":"1","wanted":false}');
    expect(asked).toEqual([]);
    await runSteps([{ kind: 'lookup', from, at: 'id', when: { where } }], '{"id":"1","wanted":true}');
    expect(asked).toEqual(['1']);
  });
});

describe('a step that quarantines', () => {
  const from = { open: async () => async () => ({ found: new Map([['1', '"one"']]), failed: new Set(['2']) }) };
  const lookup = { kind: 'lookup', from, at: 'id', onFailure: 'quarantine' };
  it.each([
    ['1', undefined],
    ['2', { reason: 'lookup_failed', message: 'enrichment step 1 failed at id' }],
    ['3', { reason: 'not_found', message: 'enrichment step 1 failed at id' }],
  ])('after it was asked about %s', async (id, rejection) => {
    expect((await runSteps([lookup], JSON.stringify({ id }))).rejection).toEqual(rejection);
  });

  it('is the last one of its record', async () => {
    const { json, rejection } = await runSteps([lookup, { ...upper, at: ['id', 'a'] }], '{"id":"3","a":"x"}');
    expect(rejection?.reason).toBe('not_found');
    expect(json).toBe('{"id":"3","a":"x"}');
  });
});

describe('currency', () => {
  const rates = new Map(
    Object.entries({ USD: '1.25', GBP: '"0.8"', JPY: '160', BAD: '"x"', NIL: '0', '2026-03-02/USD': '1.6' }),
  );
  const from = { open: async () => async () => ({ found: rates, failed: new Set(['DWN']) }) };
  const step = { kind: 'currency', from, at: 'total', into: 'total_eur', currency: 'currency', to: 'EUR' };
  it.each<[object, string, unknown, string[]]>([
    [{}, '{"total":10,"currency":"USD"}', 8, []],
    [{}, '{"total":"19.99","currency":" gbp "}', 24.99, []],
    [{}, '{"total":1000,"currency":"JPY"}', 6.25, []],
    [{}, '{"total":-10,"currency":"USD"}', -8, []],
    [{}, '{"total":10,"currency":"EUR"}', 10, []],
    [{ to: 'USD' }, '{"total":10,"currency":"EUR"}', 12.5, []],
    [{ to: 'JPY' }, '{"total":9.99,"currency":"EUR"}', 1598, []],
    [{ to: 'GBP' }, '{"total":10,"currency":"USD"}', 6.4, []],
    [{ to: 'GBP', base: 'USD' }, '{"total":10,"currency":"USD"}', 8, []],
    [{ day: 'at' }, '{"total":16,"currency":"USD","at":"2026-03-02T23:30:00-00:00"}', 10, []],
    [{ day: 'at' }, '{"total":16,"currency":"USD","at":"2026-03-03T00:30:00+01:00"}', 10, []],
    [{ day: 'at' }, '{"total":16,"currency":"USD","at":"2026-03-03"}', undefined, ['total no_rate']],
    [{ day: 'at' }, '{"total":16,"currency":"USD"}', undefined, ['total not_a_time']],
    [{}, '{"total":10,"currency":"CHF"}', undefined, ['total no_rate']],
    [{}, '{"total":10,"currency":"BAD"}', undefined, ['total no_rate']],
    [{}, '{"total":10,"currency":"DWN"}', undefined, ['total lookup_failed']],
    [{}, '{"total":10,"currency":"dollars"}', undefined, ['total not_a_currency']],
    [{}, '{"total":10}', undefined, ['total not_a_currency']],
    [{}, '{"total":10,"currency":"ZERO"}', undefined, ['total not_a_currency']],
    [{}, '{"total":10,"currency":"NIL"}', undefined, ['total no_rate']],
    [{ to: 'CHF' }, '{"total":10,"currency":"USD"}', undefined, ['total no_rate']],
    [{}, '{"total":10,"currency":"__proto__"}', undefined, ['total not_a_currency']],
    [{}, '{"total":10,"currency":["USD"]}', undefined, ['total not_a_currency']],
    [{}, `{"total":10,"currency":"${'USD'.repeat(4_000)}"}`, undefined, ['total not_a_currency']],
    [{}, `{"total":"${'1'.repeat(10_240)}","currency":"USD"}`, undefined, ['total not_a_number']],
    [{}, '{"total":"javascript:alert(1)","currency":"USD"}', undefined, ['total not_a_number']],
    [{}, '{"total":[10],"currency":"USD"}', undefined, ['total not_a_number']],
    [{}, '{"total":0,"currency":"USD"}', 0, []],
    [{ day: 'at' }, '{"total":16,"currency":"USD","at":"1969-12-31"}', undefined, ['total no_rate']],
    [{}, '{"total":"free","currency":"USD"}', undefined, ['total not_a_number']],
    [{}, '{"total":"1e999","currency":"USD"}', undefined, ['total not_a_number']],
    [{}, '{"total":null,"currency":"USD"}', undefined, []],
    [{}, '{"__proto__":{"total":1,"currency":"USD"}}', undefined, []],
  ])('%j of %s', async (more, json, expected, notes) => {
    const result = await runSteps([{ ...step, ...more }], json);
    expect([result.record.total_eur, result.notes]).toEqual([expected, notes]);
  });

  it('goes into arrays', async () => {
    const { record } = await runSteps(
      [{ ...step, at: 'items.*.price', into: 'items.*.eur' }],
      '{"currency":"USD","items":[{"price":1.25},{"price":"2.5"},{}]}',
    );
    expect(record.items).toEqual([{ price: 1.25, eur: 1 }, { price: '2.5', eur: 2 }, {}]);
  });
});

describe('series', () => {
  const opened: unknown[] = [];
  const series = {
    open: async (query: unknown) => {
      opened.push(query);
      return {
        partitionOf: ({ who }: Record<string, unknown>) => (typeof who === 'string' ? who : undefined),
        read: async () => new Map([['ada', '3']]),
      };
    },
  };
  const step = { kind: 'series', from: series, rule: 'clicks', over: '1h', into: 'clicks_before' };
  it.each([
    ['{"who":"ada"}', '{"who":"ada","clicks_before":3}'],
    ['{"who":"bob"}', '{"who":"bob"}'],
    ['{}', '{}'],
  ])('%s becomes %s', async (before, after) => {
    expect((await runSteps([step], before, scope)).json).toBe(after);
  });

  it('asks for what ended by the beginning of the file', () => {
    const until = Date.parse('2026-03-02T09:00:00.000Z');
    expect(opened[0]).toEqual({ project: 'shop', rule: 'clicks', from: until - 3_600_000, until });
  });
});

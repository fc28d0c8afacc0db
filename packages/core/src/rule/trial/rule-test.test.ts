import { describe, expect, it } from 'vitest';
import { parseRule, type RuleInput, testRule } from '../index.ts';
import { at, rule } from '../test/rules.ts';

const records = [at(0), at(1), at(2)];
const episode = { startedAt: '2026-03-02T09:00:00Z' };
type Test = NonNullable<RuleInput['tests']>[number];
const problems = (given: Partial<Test>) =>
  testRule(rule({ tests: [{ name: 'a test', records, episodes: [episode], ...given }] })).map(
    (result) => result.problems,
  );

describe('the tests of a rule', () => {
  it.each<[string, Partial<Test>, string[]]>([
    ['pass', {}, []],
    [
      'pass with all that can be said',
      {
        episodes: [
          {
            startedAt: '2026-03-02T10:00:00+01:00',
            resolvedAt: null,
            value: '3',
            severity: 'warning',
            summary: 'Rule: 3 (count >= 3)',
            partition: {},
          },
        ],
      },
      [],
    ],
    [
      'pass where it resolves',
      { until: '2026-03-02T09:10:00Z', episodes: [{ ...episode, resolvedAt: '2026-03-02T09:05:00Z' }] },
      [],
    ],
    [
      'tell a wrong end',
      { episodes: [{ ...episode, resolvedAt: '2026-03-02T09:05:00Z' }] },
      ['episode 1: resolvedAt is not there, not 2026-03-02T09:05:00.000Z'],
    ],
    ['tell a wrong value', { episodes: [{ ...episode, value: '4' }] }, ['episode 1: value is "3", not "4"']],
    ['tell an episode that is missing', { records: [at(0)] }, ['episode 1 from 2026-03-02T09:00:00Z is missing']],
    [
      'tell an episode nobody expected',
      { episodes: [] },
      ['nobody expected the episode from 2026-03-02T09:00:00.000Z: Rule: 3 (count >= 3)'],
    ],
  ])('%s', (_, given, expected) => {
    expect(problems(given)).toEqual([expected]);
  });

  it('name the collection of a record, where a rule reads several', () => {
    const { window: _, ...windowless } = rule();
    const unpaid = (orders: string, payments: string) => ({
      ...windowless,
      source: { collections: ['orders', 'payments'] },
      partitionBy: ['order'],
      signal: {
        kind: 'sequence',
        within: '1h',
        steps: [
          { id: 'ordered', source: { collections: ['orders'] } },
          { id: 'paid', source: { collections: ['payments'] }, absent: true },
        ],
      },
      tests: [
        {
          name: 'an order that is never paid',
          records: { [orders]: [at(0, { order: 'a' }), at(1, { order: 'b' })], [payments]: [at(9, { order: 'a' })] },
          until: '2026-03-02T11:00:00Z',
          episodes: [{ startedAt: '2026-03-02T09:01:00Z', partition: { order: 'b' } }],
        },
      ],
    });
    expect(testRule(parseRule(unpaid('orders', 'payments')))).toEqual([
      { name: 'an order that is never paid', problems: [] },
    ]);
    expect(testRule(parseRule(unpaid('payments', 'orders')))[0]?.problems).toHaveLength(2);
    expect(() => parseRule(unpaid('orders', 'refunds'))).toThrow('tests.0.records is');
    expect(() => parseRule(unpaid('orders', 'refunds'))).toThrow('the rule does not read refunds');
  });

  it('are part of the rule, within bounds', () => {
    const test = { name: 'x', records: [{}], episodes: [] };
    expect(() => parseRule({ ...rule(), tests: Array.from({ length: 21 }, () => test) })).toThrow('tests is');
    expect(() => parseRule({ ...rule(), tests: [{ ...test, records: [] }] })).toThrow('tests.0.records');
    expect(rule({ tests: [test] }).tests).toEqual([test]);
  });
});

/**
 * What expires, and when: nothing that may still matter, and in the end all but configuration. The tests delete what has
 * expired the moment it has, where DynamoDB takes some days.
 */
import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { deleteAll, table } from '../../table/index.ts';
import { applyRules, type Rule, type RuleInput } from '../index.ts';
import { at, machines, minutes, rule } from '../test/rules.ts';
import { announced, clear, connect, dump, evaluate, line, put, receive, tickAt } from '../test/stack.ts';

await connect();

const days = (n: number) => n * 24 * 60;

/** Deletes what has expired at `now`, ms. */
async function expire(now: number): Promise<void> {
  const gone = (await dump()).filter((item) => Number(item.expiresAt) * 1000 <= now);
  await deleteAll(
    gone.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
    table(),
  );
}

/** A file of the interval that begins at `minute`, taken in as it comes. */
async function deliver(minute: number, records: readonly JsonObject[]): Promise<void> {
  const event = await put({ project: 'shop', collection: 'events', interval: minutes(minute), records });
  await receive(event);
  await evaluate(event, minutes(minute + 6));
}

const sum = { kind: 'aggregate', aggregate: { fn: 'sum', path: 'x' }, compare: { op: 'gte', value: 3 } } as const;
const three = (minute: number) => [at(minute), at(minute + 1), at(minute + 2)];

it('an episode that stays open for 200 days without a record is there to be resolved', async () => {
  await applyRules([rule({ id: 'kept', noData: 'keep' })]);
  await deliver(0, three(0));
  await tickAt(minutes(20));
  expect(announced()).toEqual(['raised kept * 09:00']);
  for (const day of [30, 61, 120, 200]) {
    await tickAt(minutes(days(day)));
    await expire(minutes(days(day)));
  }
  expect((await dump('rulePartition')).length).toBe(1);
  await deliver(days(200), [at(days(200))]);
  await tickAt(minutes(days(200) + 30));
  expect(announced()).toEqual(['raised kept * 09:00', 'resolved kept * 09:00']);
});

it('news that could not be told is kept until it is', async () => {
  await applyRules([rule({ id: 'many' })]);
  line.bus = false;
  const event = await put({ project: 'shop', collection: 'events', interval: minutes(0), records: three(0) });
  await receive(event);
  await evaluate(event, minutes(16)).catch(() => undefined);
  const [state] = await dump('rulePartition');
  expect(JSON.parse(String(state?.outbox))).toHaveLength(1);
  await tickAt(minutes(30)).catch(() => undefined);
  await expire(minutes(days(100)));
  expect(await dump('rulePartition')).toHaveLength(1);
});

const windowless = (given: Partial<RuleInput>): Rule => {
  const { window: _, ...plain } = rule(given);
  return plain as Rule; // checked by `rule`, but for the window that it has by default
};

describe('rules that remember for long', () => {
  const rules: Rule[] = [
    rule({ id: 'sliding', window: { kind: 'sliding', size: '7d', hop: '12h' }, signal: sum }),
    rule({ id: 'count', window: { kind: 'count', n: 2, maxAge: '7d' }, signal: sum }),
    rule({ id: 'tumbling', window: { kind: 'tumbling', size: '7d' }, signal: sum, noData: 'keep' }),
    machines('all', { project: 'shop', source: { collections: ['events'] } }),
    rule({ id: 'seen', partitionBy: ['machineId'], signal: { kind: 'absence', expect: { seenWithin: '7d' } } }),
  ];

  async function run(expiring: boolean): Promise<string[]> {
    await clear();
    await applyRules(rules);
    for (let day = 0; day <= 20; day += 5) {
      const state = day % 10 === 0 ? 'stopped' : 'running';
      await deliver(days(day), [
        at(days(day), { x: 2, eventType: 'machineStatusChange', machineId: 'a', state }),
        at(days(day) + 1, { x: day % 3, eventType: 'machineStatusChange', machineId: 'b', state: 'stopped' }),
      ]);
      await tickAt(minutes(days(day) + 30));
      if (expiring) await expire(minutes(days(day) + 30));
    }
    for (const day of [23, 28, 45, 150]) {
      await tickAt(minutes(days(day)));
      if (expiring) await expire(minutes(days(day)));
    }
    return announced();
  }

  it('say the same whether what has expired is deleted at once or never', async () => {
    const kept = await run(false);
    expect(kept.length).toBeGreaterThan(5);
    expect(await run(true)).toEqual(kept);
  });
});

it('once all is over nothing is left but configuration', async () => {
  const over = [
    rule({ id: 'many' }),
    rule({ id: 'each', partitionBy: ['p'], keepFiringFor: '10m' }),
    rule({ id: 'sliding', window: { kind: 'sliding', size: '2h', hop: '5m' } }),
    windowless({ id: 'match', signal: { kind: 'match' } }),
  ];
  await applyRules(over);
  for (let minute = 0; minute < 30; minute += 5)
    await deliver(
      minute,
      three(minute).map((one) => ({ ...one, p: 'a' })),
    );
  for (const minute of [60, days(1), days(8)]) await tickAt(minutes(minute));
  const live = new Set((await dump()).map((item) => String(item.__edb_e__)));
  expect([...live].sort()).toEqual(
    expect.arrayContaining(['ruleContribution', 'ruleIntake', 'ruleMark', 'rulePartition']),
  );
  expect((await dump('rulePartition')).map(({ opened }) => opened)).toEqual([0, 0, 0, 0]);
  await expire(minutes(0) + 120 * DAY + 5 * MINUTE);
  expect(new Set((await dump()).map((item) => String(item.__edb_e__)))).toEqual(new Set(['rule', 'ruleRevision']));
});

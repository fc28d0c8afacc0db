/**
 * Rules that change, are switched off or fail, over table, bucket and bus.
 */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, enableRule, planRules, type Rule, ruleHistory } from '../index.ts';
import { at, clock, machines, minutes, rule, status } from '../test/rules.ts';
import { clear, connect, dump, evaluate, line, mend, put, receive, tickAt } from '../test/stack.ts';

await connect();

/** `raised many@1 09:00 3 [ops]` for each event, each id once, in order. */
function announced(): string[] {
  const byId = new Map(line.published.map((event) => [event.id, event]));
  return [...byId.values()].map(({ type, detail }) => {
    const { properties: episode } = JSON.parse(detail);
    const when = clock(type === 'rule.alert_resolved' ? episode.resolvedAt : episode.startedAt);
    const { id, version } = episode.rule;
    return `${type.slice('rule.alert_'.length)} ${id}@${version} ${when} ${episode.value} [${episode.routes}]`;
  });
}

async function deliver(interval: number, records: readonly JsonObject[], collection = 'events'): Promise<void> {
  const event = await put({ project: 'shop', collection, interval: minutes(interval), records });
  await receive(event);
  await evaluate(event, minutes(interval + 16));
}

const three = (minute: number) => [at(minute), at(minute + 1), at(minute + 2)];
const many = (given: Parameters<typeof rule>[0] = {}) => rule({ id: 'many', ...given });
const apply = (rules: readonly Rule[], minute: number, prune = false) =>
  applyRules(rules, { prune, now: () => minutes(minute) });

describe('a version that is no longer in force', () => {
  const raised = 'raised many@1 09:00 3 [ops]';

  it.each<[string, () => Promise<unknown>, string]>([
    ['replaced', () => apply([many({ for: '5m' })], 30), 'the rule was replaced by its version 2'],
    ['disabled', () => enableRule('shop', 'many', false, { now: () => minutes(30) }), 'the rule was disabled'],
    ['disabled in code', () => apply([many({ enabled: false })], 30), 'the rule was disabled'],
    ['retired', () => apply([rule({ id: 'other' })], 30, true), 'the rule was retired'],
    ['staged', () => apply([many({ stage: 'staging' })], 30), 'the rule was replaced by its version 2'],
  ])('%s: its open episodes resolve at once, each once', async (_, change, reason) => {
    await apply([many()], 0);
    await deliver(0, three(0));
    expect(announced()).toEqual([raised]);
    await change();
    await Promise.all([tickAt(minutes(30)), tickAt(minutes(30))]);
    const resolved = `resolved many@1 09:30 ${reason} [ops]`;
    expect(announced()).toEqual([raised, resolved]);
    for (const minute of [31, 40, 46]) await tickAt(minutes(minute));
    expect(await dump('ruleClosing')).toEqual([]);
    expect(announced()).toEqual([raised, resolved]);
  });

  it('raises nothing any more, though a function that does not know it yet goes on', async () => {
    await apply([many()], 0);
    await deliver(0, three(0));
    const event = await put({ project: 'shop', collection: 'events', interval: minutes(5), records: three(5) });
    await receive(event);
    await enableRule('shop', 'many', false, { now: () => minutes(20) });
    const [stored] = await dump('rule');
    expect(JSON.parse(String(stored?.json)).enabled).toBe(false);
    await tickAt(minutes(21));
    await evaluate(event, minutes(21));
    expect(announced()).toEqual([raised, 'resolved many@1 09:20 the rule was disabled [ops]']);
    const back = await enableRule('shop', 'many', true, { now: () => minutes(22) });
    expect([back.change, back.version]).toEqual(['enabled', 2]);
    await deliver(10, three(10));
    expect(announced().slice(2)).toEqual(['raised many@2 09:10 3 [ops]']);
  });

  it('is closed by the next tick after a crash anywhere', async () => {
    for (let writes = 0; ; writes++) {
      mend();
      await clear();
      await apply([many()], 0);
      await deliver(0, three(0));
      line.left = writes;
      await apply([many({ for: '5m' })], 30).catch(() => undefined);
      await tickAt(minutes(30)).catch(() => undefined);
      const died = line.dead;
      mend();
      await apply([many({ for: '5m' })], 30);
      for (const minute of [31, 32, 33]) await tickAt(minutes(minute));
      expect({ writes, announced: announced() }).toEqual({
        writes,
        announced: [raised, 'resolved many@1 09:30 the rule was replaced by its version 2 [ops]'],
      });
      if (!died) break;
    }
  });
});

describe('a staging rule', () => {
  it('evaluates and records, and tells nobody', async () => {
    await apply([many({ stage: 'staging' })], 0);
    await deliver(0, three(0));
    expect(announced()).toEqual(['raised many@1 09:00 3 []']);
  });
});

describe('a rule that fails at run time', () => {
  /** Values that no compression helps: the latest of each machine does not fit one item together. */
  const crowd = (minute: number, state: () => string) =>
    Array.from({ length: 900 }, (_, n) => status(minute, `machine-${n}`, state()));
  const failing = machines('all', { project: 'shop' });
  const fine = rule({ id: 'fine', source: { collections: ['machines'] } });

  it('raises an alert of its own, touches no other, and resolves when it works again', {
    timeout: 120_000,
  }, async () => {
    await apply([failing, fine], 0);
    const random = () => randomBytes(500).toString('hex');
    await deliver(0, crowd(1, random), 'machines');
    await deliver(
      10,
      crowd(11, () => 'stopped'),
      'machines',
    );
    expect(announced().sort()).toEqual([
      'raised fine@1 09:00 900 [ops]',
      'raised fine@1 09:10 900 [ops]',
      'raised machines-all@1 09:10 900 of 900 [ops]',
      'resolved fine@1 09:05 no data [ops]',
    ]);
    line.published.length = 0;
    // An hour later the first window is folded into the state, which then holds 900 KB.
    await deliver(60, [], 'machines');
    expect(announced()).toEqual([
      'resolved fine@1 09:15 no data [ops]',
      expect.stringMatching(/^raised machines-all@1 10:00 it cannot be evaluated: .*[Ii]tem size/),
    ]);
    expect(await dump('fileProgress')).toHaveLength(3);
    for (const minute of [65, 70, 75, 80, 85]) await deliver(minute, [], 'machines');
    expect(announced().slice(2)).toEqual(['resolved machines-all@1 10:25 no data [ops]']);
  });
});

describe('the history of a rule', () => {
  it('has every form it had', async () => {
    await apply([many()], 0);
    await apply([many({ name: 'New' })], 1);
    await apply([many({ name: 'New', for: '5m' })], 2);
    await enableRule('shop', 'many', false, { now: () => minutes(3) });
    await apply([many({ name: 'New', for: '5m' })], 4);
    await apply([rule({ id: 'other' })], 5, true);
    await apply([many({ name: 'New', for: '5m' })], 6);
    const history = (await ruleHistory('shop', 'many')).map(
      ({ revision, version, change, at: when }) => `${revision} v${version} ${change} ${(when - minutes(0)) / MINUTE}`,
    );
    expect(history).toEqual([
      '1 v1 created 0',
      '2 v1 changed 1',
      '3 v2 changed 2',
      '4 v2 disabled 3',
      '5 v3 enabled 4',
      '6 v3 retired 5',
      '7 v4 enabled 6',
    ]);
  });

  it('is the plan first', async () => {
    await apply([many(), rule({ id: 'gone' })], 0);
    const changed = many({
      severity: 'critical',
      signal: { ...many().signal, compare: { op: 'gte', value: 4 } } as never,
    });
    const plan = await planRules([changed, rule({ id: 'new' })], { prune: true });
    expect(plan.map(({ id, change, version, ends }) => `${id} ${change} v${version} ${ends ?? '-'}`)).toEqual([
      'many changed v2 1',
      'new created v1 -',
      'gone retired v1 1',
    ]);
    expect(plan[0]?.differences).toEqual([
      { path: 'signal.compare.value', before: 3, after: 4 },
      { path: 'severity', before: 'warning', after: 'critical' },
    ]);
    expect((await dump('rule')).length).toBe(2);
  });

  it('refuses a change that does not know of the last', async () => {
    await apply([many()], 0);
    const both = await Promise.allSettled([apply([many({ name: 'A' })], 1), apply([many({ name: 'B' })], 1)]);
    const failed = both.filter(({ status: came }) => came === 'rejected');
    expect(failed.length).toBeLessThanOrEqual(1);
    expect((await ruleHistory('shop', 'many')).length).toBe(failed.length === 1 ? 2 : 3);
  });
});

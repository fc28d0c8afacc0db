/** Groups and digests over time, to a Slack of our own; killed at any write, and in any order. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../runtime/index.ts';
import { defineRoutes, deliveryQueue, listDeliveries } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import { Channel } from '../test/channel.ts';
import { effectsOf, killsOf } from '../test/effects.ts';
import { clearTable, items } from '../test/stack.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const slackRoute = { kind: 'slack', secret: 'SlackWebhookUrl' } as const;
const routes = defineRoutes({
  grouped: { ...slackRoute, group: { by: ['rule', 'client'] }, repeat: '4h' },
  digest: { ...slackRoute, digest: '1h' },
});
const start = Date.parse('2026-03-02T10:10:00.000Z');
const channel = new Channel({ slack, routes, start });
beforeEach(async () => await channel.begin());

const route = (event: ReturnType<typeof raised>) => channel.route(event);
const tick = () => channel.tick();
const send = () => channel.send();
const heard = async () => {
  await tick();
  return await channel.heard();
};
const of = (machine: string, given: { client?: string; sendResolved?: boolean } = {}) => ({
  routes: ['grouped'],
  episode: `eps_${machine}`,
  partition: { client: given.client ?? 'c-1', machine },
  summary: `${machine} stopped`,
  sendResolved: given.sendResolved ?? true,
});

describe('a group', () => {
  it('is told once for all that came in its wait; then, after its interval, what is new and what ended', async () => {
    for (const machine of ['m-1', 'm-2', 'm-3']) await route(raised(of(machine), channel.project));
    channel.now = start + 29 * SECOND;
    expect(await heard()).toEqual([]);
    channel.now = start + 30 * SECOND;
    expect(await heard()).toEqual(['🔴 3 firing: rule: payments-failed, client: c-1: m-1 stopped, …']);
    await route(raised(of('m-4'), channel.project));
    await route(resolved(of('m-1'), channel.project));
    channel.now = start + 5 * MINUTE;
    expect(await heard()).toEqual([]);
    channel.now = start + 5 * MINUTE + 30 * SECOND;
    expect(await heard()).toEqual(['🔴 3 firing, 1 resolved: rule: payments-failed, client: c-1: m-2 stopped, …']);
    for (const machine of ['m-2', 'm-3', 'm-4']) await route(resolved(of(machine), channel.project));
    channel.now = start + 11 * MINUTE;
    expect(await heard()).toEqual(['✅ 3 resolved: rule: payments-failed, client: c-1: m-2 stopped, …']);
    channel.now = start + 9 * HOUR;
    expect(await heard()).toEqual([]);
    const left = (await channel.entities()).filter((name) => ['alertGroupMember', 'alertDeadline'].includes(name));
    expect(left).toEqual([]);
  });

  it('is one for each value of what it is grouped by', async () => {
    await route(raised(of('m-1'), channel.project));
    await route(raised(of('m-2', { client: 'c-2' }), channel.project));
    channel.now = start + MINUTE;
    expect((await heard()).toSorted()).toEqual([
      '🔴 1 firing: rule: payments-failed, client: c-1: m-1 stopped',
      '🔴 1 firing: rule: payments-failed, client: c-2: m-2 stopped',
    ]);
  });

  it('says nothing of what came and went in its wait, nor of an end without a raise', async () => {
    await route(raised(of('m-1'), channel.project));
    await route(resolved(of('m-1'), channel.project));
    await route(resolved(of('m-2'), channel.project));
    channel.now = start + MINUTE;
    expect(await heard()).toEqual([]);
    channel.now = start + HOUR;
    await route(raised(of('m-3'), channel.project));
    channel.now = start + HOUR + 30 * SECOND;
    expect(await heard()).toHaveLength(1);
  });

  it('ends in silence where no rule wants ends told, and begins anew', async () => {
    await route(raised(of('m-1', { sendResolved: false }), channel.project));
    channel.now = start + MINUTE;
    expect(await heard()).toHaveLength(1);
    await route(resolved(of('m-1', { sendResolved: false }), channel.project));
    channel.now = start + 10 * MINUTE;
    expect(await heard()).toEqual([]);
    await route(raised(of('m-2'), channel.project));
    channel.now = start + 11 * MINUTE;
    expect(await heard()).toEqual(['🔴 1 firing: rule: payments-failed, client: c-1: m-2 stopped']);
  });

  it('is told again after the repeat interval while it fires', async () => {
    await route(raised(of('m-1'), channel.project));
    channel.now = start + 30 * SECOND;
    expect(await heard()).toHaveLength(1);
    channel.now += 4 * HOUR - SECOND;
    expect(await heard()).toEqual([]);
    channel.now += SECOND;
    expect(await heard()).toEqual(['🔴 1 still firing: rule: payments-failed, client: c-1: m-1 stopped']);
    channel.now += 4 * HOUR;
    expect(await heard()).toHaveLength(1);
  });

  it('shows its first ten members, worst first, and how many there are', async () => {
    const texts: string[] = [];
    slack.onPayload = (payload) => void texts.push(JSON.stringify(payload));
    for (let n = 10; n < 24; n++) await route(raised(of(`m-${n}`), channel.project));
    channel.now = start + MINUTE;
    expect(await heard()).toEqual(['🔴 14 firing: rule: payments-failed, client: c-1: m-10 stopped, …']);
    slack.onPayload = undefined;
    expect(texts[0]).toContain('and 4 more');
    expect(texts[0]?.match(/machine: m-\d+/g)).toEqual(Array.from({ length: 10 }, (_, n) => `machine: m-${n + 10}`));
  });

  it('comes once from three tickers at once', async () => {
    await route(raised(of('m-1'), channel.project));
    channel.now = start + MINUTE;
    await Promise.all([tick(), tick(), tick()]);
    expect(await heard()).toHaveLength(1);
  });

  it('leaves the same bytes after five deliveries in any order and at once as after one', async () => {
    const machines = ['m-1', 'm-2', 'm-3'];
    const events = [...machines.map((one) => raised(of(one), channel.project)), resolved(of('m-2'), channel.project)];
    for (const event of events) await route(event);
    const joined = JSON.stringify(await items(channel.project));
    channel.now = start + MINUTE;
    await tick();
    await send();
    const told = JSON.stringify(await items(channel.project));
    const five = events.flatMap((event) => Array.from({ length: 5 }, () => event));
    const shuffled = fc.shuffledSubarray(five, { minLength: five.length });
    for (const order of fc.sample(shuffled, { numRuns: 3, seed: 7 })) {
      await clearTable();
      channel.now = start;
      await Promise.all(order.map(route));
      expect(JSON.stringify(await items(channel.project))).toBe(joined);
      channel.now = start + MINUTE;
      await tick();
      await send();
      expect(JSON.stringify(await items(channel.project))).toBe(told);
    }
  });

  it('sees what joins while it is being told', async () => {
    await route(raised(of('m-1'), channel.project));
    channel.now = start + 30 * SECOND;
    let joined = false;
    const queue: typeof deliveryQueue = {
      async send(messages, delay) {
        if (!joined) await route(raised(of('m-2'), channel.project));
        joined = true;
        await deliveryQueue.send(messages, delay);
      },
    };
    await channel.tick(queue);
    await send();
    channel.now = start + 6 * MINUTE;
    await tick();
    await send();
    expect(slack.messages).toHaveLength(2);
    expect(slack.messages[1]).toContain('2 firing');
  });
});

describe('a digest', () => {
  const digested = (machine: string) => ({ ...of(machine), routes: ['digest'] });

  it('comes at whole hours, tells even what came and went, and nothing where nothing happened', async () => {
    await route(raised(digested('m-1'), channel.project));
    await route(raised(digested('m-2'), channel.project));
    await route(resolved(digested('m-2'), channel.project));
    channel.now = Date.parse('2026-03-02T10:59:59.000Z');
    expect(await heard()).toEqual([]);
    channel.now = Date.parse('2026-03-02T11:00:00.000Z');
    expect(await heard()).toEqual([`🔴 Digest: 1 firing, 1 resolved: ${channel.project}: m-1 stopped, …`]);
    await route(resolved(digested('m-2'), channel.project)); // again, and told already
    channel.now += HOUR;
    expect(await heard()).toEqual([]);
    await route(resolved(digested('m-1'), channel.project));
    channel.now += HOUR;
    expect(await heard()).toEqual([`✅ Digest: 1 resolved: ${channel.project}: m-1 stopped`]);
  });
});

describe('a ticker killed at any effect', () => {
  const prepare = async () => {
    await channel.clear();
    await route(raised(of('m-1'), channel.project));
    await route(raised(of('m-2'), channel.project));
    await route(resolved(of('m-3'), channel.project));
    channel.now = start + 30 * SECOND;
  };
  const work = tick;

  it('tells the group once all the same, and leaves the same ledger', async () => {
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // what the ticker logs of its death
    await prepare();
    const { effects } = await effectsOf(work);
    expect(effects.length).toBeGreaterThan(6);
    for (const kill of killsOf(effects)) {
      await prepare();
      await effectsOf(work, kill);
      channel.now += 3 * MINUTE;
      await tick();
      await send();
      await tick();
      expect(slack.messages, JSON.stringify(kill)).toEqual([
        '🔴 2 firing: rule: payments-failed, client: c-1: m-1 stopped, …',
      ]);
      const ledger = (await listDeliveries(channel.project)).map(({ state }) => state).toSorted();
      expect(ledger, JSON.stringify(kill)).toEqual(['grouped', 'grouped', 'sent']);
    }
  });
});

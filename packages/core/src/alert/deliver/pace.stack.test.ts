/** Slack's rate, and an hour in which Slack is down; in simulated time, over real HTTP. */
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../runtime/index.ts';
import { defineRoutes, listDeliveries } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import { countRequests } from '../test/requests.ts';
import { SimulatedQueue } from '../test/simulated-queue.ts';
import { clearTable, routeEvent, subscribeTopic, told } from '../test/stack.ts';
import { takeTurn } from './pace.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const routes = defineRoutes({
  'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl', perMinute: 60 },
  'ops-sns': { kind: 'sns', topic: 'Alerts' },
});
const start = Date.parse('2026-03-02T10:00:00.000Z');
let queue = new SimulatedQueue(routes, start);
let project = '';
let count = 0;
let topic = '';
/** Simulated times at which Slack was asked, and at which it took a message. */
let asked: number[] = [];
let taken: number[] = [];

beforeAll(async () => {
  topic = await subscribeTopic();
});
beforeEach(async () => {
  project = `shop-${++count}`;
  queue = new SimulatedQueue(routes, start);
  slack.forget();
  [asked, taken] = [[], []];
  slack.onPayload = () => {
    asked.push(queue.now);
    if (slack.always === undefined && slack.answers.length === 0) taken.push(queue.now);
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // the log lines of failures that are meant
  await clearTable();
});

const route = (event: ReturnType<typeof raised>) => routeEvent(event, { routes, queue, now: queue.clock });
const gaps = (times: readonly number[]) => times.slice(1).map((time, n) => time - (times[n] ?? 0));
const raiseMany = async (number: number, given = {}) => {
  for (let n = 0; n < number; n++)
    await route(raised({ episode: `eps_${n}`, summary: `number ${n}`, ...given }, project));
};
const only = { routes: ['ops-slack'] };

describe('the pace of a destination', () => {
  it('gives turns a second apart to all who ask at once', async () => {
    const pace = { name: 'any', interval: SECOND };
    const turns = await Promise.all(Array.from({ length: 8 }, () => takeTurn(pace, undefined, start)));
    expect(turns.map(({ at }) => at - start).toSorted((a, b) => a - b)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * SECOND),
    );
  });

  it('is kept by a burst of alerts; SNS has all of it at once', async () => {
    await raiseMany(40);
    await queue.runUntil(start + SECOND);
    expect(await told(topic)).toHaveLength(40);
    await queue.runUntil(start + MINUTE);
    expect(slack.messages).toHaveLength(40);
    expect(taken.at(-1)).toBeGreaterThanOrEqual(start + 39 * SECOND - 300);
    expect(Math.min(...gaps(taken))).toBeGreaterThanOrEqual(700);
    expect(queue.failures).toEqual([]);
  });

  it('is Retry-After for all of it, exactly', async () => {
    slack.answers.push({ status: 429, headers: { 'retry-after': '30' } });
    await raiseMany(5, only);
    await queue.runUntil(start + 2 * MINUTE);
    expect(slack.messages).toHaveLength(5);
    expect(asked).toHaveLength(6);
    expect(gaps(asked)[0]).toBeGreaterThanOrEqual(30 * SECOND);
    expect(gaps(asked)[0]).toBeLessThan(32 * SECOND);
  });

  it('brings a delivery back by the ticker whose turn is further off than a queue can wait', async () => {
    await takeTurn({ name: 'slack SlackWebhookUrl', interval: 40 * MINUTE }, undefined, start);
    await raiseMany(1, only);
    await queue.runUntil(start + 37 * MINUTE);
    expect(queue.runs).toBe(1);
    await queue.runUntil(start + 39 * MINUTE);
    expect(slack.messages).toEqual([]);
    await queue.runUntil(start + 42 * MINUTE);
    expect(slack.messages).toHaveLength(1);
  });
});

describe('Slack down for an hour', () => {
  it('with many episodes raised: SNS has each once and on time; Slack each once when it is back, in order, at its rate', async () => {
    slack.always = { status: 503, body: 'down' };
    const episodes = Number(process.env.MILLRACE_TEST_EPISODES ?? 100); // with 1000 it takes two minutes
    const ended = episodes / 10;
    const heard = new Map<string, number>();
    const hear = async () => {
      for (const one of await told(topic)) heard.set(one, (heard.get(one) ?? 0) + 1);
    };
    for (let n = 0; n < episodes; n++) {
      queue.now = Math.max(queue.now, start + Math.floor((n * 50 * MINUTE) / episodes));
      await queue.runUntil(queue.now + 1);
      await route(raised({ episode: `eps_${n}`, summary: `number ${n}.` }, project));
      if (n < ended) await route(resolved({ episode: `eps_${n}`, summary: `number ${n}.` }, project));
      if ((n + 1) % ended > 0) continue;
      await queue.runUntil(queue.now + 2 * SECOND);
      await hear();
      expect(heard.size).toBe(n + 1 + ended); // on time: a resolve waits for its raise, and a queue counts whole seconds
    }
    await queue.runUntil(start + HOUR);
    await hear();
    expect(heard.size).toBe(episodes + ended);
    expect(new Set(heard.values())).toEqual(new Set([1]));
    expect(slack.messages).toEqual([]);
    const probes = asked.length;
    expect(probes).toBeLessThan(100); // it is left alone

    slack.always = undefined;
    await queue.runUntil(start + HOUR + 45 * MINUTE);
    expect(slack.messages).toHaveLength(episodes + ended);
    expect(new Set(slack.messages).size).toBe(episodes + ended);
    for (let n = 0; n < ended; n++) {
      const own = slack.messages.filter((text) => text.endsWith(`number ${n}.`));
      expect(own.map((text) => text.slice(0, 2).trim())).toEqual(['🔴', '✅']);
    }
    expect(Math.min(...gaps(taken))).toBeGreaterThanOrEqual(700);
    const perMinute = taken.map((time) => taken.filter((other) => other >= time && other < time + MINUTE).length);
    expect(Math.max(...perMinute)).toBeLessThanOrEqual(61);
    expect(await told(topic)).toEqual([]);
    expect(queue.failures).toEqual([]);
    expect(queue.size).toBe(0);
    expect(new Set((await listDeliveries(project)).map(({ state }) => state))).toEqual(new Set(['sent']));
    process.stderr.write(
      `Slack down for an hour: ${probes} probes, all told ${Math.round(((taken.at(-1) ?? 0) - start - HOUR) / MINUTE)} min after, ${queue.runs} runs\n`,
    );
  }, 540_000);
});

describe('a backlog', () => {
  // of 100,000: pnpm bench backlog
  it('costs the same for each delivery, however long it is, and no scan', async () => {
    const costs: number[] = [];
    const fast = defineRoutes({ 'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl', perMinute: 6000 } });
    for (const pending of [100, 300]) {
      await clearTable();
      slack.forget();
      queue = new SimulatedQueue(fast, start);
      await raiseMany(pending, only);
      const { requests, scans } = await countRequests(() => queue.runUntil(start + 5 * MINUTE));
      expect(slack.messages).toHaveLength(pending);
      expect(scans).toBe(0);
      costs.push(requests / pending);
      process.stderr.write(
        `${pending} pending: ${(requests / pending).toFixed(2)} requests and ${(queue.runs / pending).toFixed(2)} runs each\n`,
      );
    }
    const [few = 0, many = 0] = costs;
    expect(many).toBeLessThan(few * 1.5);
  }, 3_000_000);
});

/** Reminders of what still fires, to a Slack of our own. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE } from '../../runtime/index.ts';
import { acknowledge, defineRoutes, listDeliveries } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import { Channel } from '../test/channel.ts';
import { effectsOf, killsOf } from '../test/effects.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const routes = defineRoutes({ repeating: { kind: 'slack', secret: 'SlackWebhookUrl', repeat: '4h' } });
const start = Date.parse('2026-03-02T10:00:00.000Z');
const channel = new Channel({ slack, routes, start });
beforeEach(async () => await channel.begin());

const route = (event: ReturnType<typeof raised>) => channel.route(event);
/** The titles of the messages since the last look. */
const heard = async () => (await channel.heard()).map((text) => text.replace(/: .*$/, ''));
const states = async () =>
  (await listDeliveries(channel.project)).map(({ sequence, state }) => `${sequence} ${state}`).sort();
const deadlines = async () => (await channel.entities()).filter((name) => name === 'alertDeadline').length;

const repeating = { routes: ['repeating'] };
const RAISED = '🔴 Critical';
const STILL = '🔴 Critical, still firing';
const RESOLVED = '✅ Resolved (critical)';

describe('a reminder', () => {
  it('comes after each repeat interval while it fires', async () => {
    await route(raised(repeating, channel.project));
    expect(await heard()).toEqual([RAISED]);
    channel.now = start + 4 * HOUR - 2 * MINUTE;
    await channel.pass(4 * HOUR - MINUTE);
    expect(await heard()).toEqual([]);
    await channel.pass(4 * HOUR + 2 * MINUTE);
    expect(await heard()).toEqual([STILL]);
    channel.now = start + 8 * HOUR - MINUTE;
    await channel.pass(8 * HOUR + 3 * MINUTE);
    expect(await heard()).toEqual([STILL]);
    await route(resolved(repeating, channel.project));
    expect(await heard()).toEqual([RESOLVED]);
    channel.now = start + 12 * HOUR - MINUTE;
    await channel.pass(12 * HOUR + 5 * MINUTE);
    expect(await heard()).toEqual([]);
    expect(await deadlines()).toBe(0);
  });

  it('does not come once somebody has acknowledged', async () => {
    await route(raised(repeating, channel.project));
    expect(await heard()).toEqual([RAISED]);
    await acknowledge({ project: channel.project, episode: 'eps_1' }, { by: 'kim', at: channel.now });
    channel.now = start + 4 * HOUR - MINUTE;
    await channel.pass(4 * HOUR + 5 * MINUTE);
    expect(await heard()).toEqual([]);
    await route(resolved(repeating, channel.project));
    expect(await heard()).toEqual([RESOLVED]);
  });

  it('waits while Slack has not even taken the first message', async () => {
    slack.always = { status: 503 };
    await route(raised(repeating, channel.project));
    await channel.send();
    channel.now = start + 4 * HOUR;
    await channel.pass(4 * HOUR + 5 * MINUTE);
    expect(await states()).toEqual(['1 pending']);
  });

  it('of what ended meanwhile says nothing', async () => {
    await route(raised(repeating, channel.project));
    expect(await heard()).toEqual([RAISED]);
    channel.now = start + 4 * HOUR;
    await channel.tick();
    await route(resolved(repeating, channel.project));
    expect(await heard()).toEqual([RESOLVED]);
    expect(await states()).toEqual(['1 sent', '1 suppressed', '2 sent']);
  });

  it('comes once from two tickers at once', async () => {
    await route(raised(repeating, channel.project));
    expect(await heard()).toEqual([RAISED]);
    channel.now = start + 4 * HOUR;
    const tick = () => channel.tick();
    await Promise.all([tick(), tick(), tick()]);
    expect(await heard()).toEqual([STILL]);
  });

  it('comes once from a ticker that is killed at any effect, too', async () => {
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // what the ticker logs of its death
    const work = () => channel.tick();
    const prepare = async () => {
      await channel.clear();
      await route(raised(repeating, channel.project));
      expect(await heard()).toEqual([RAISED]);
      channel.now = start + 4 * HOUR;
    };
    await prepare();
    const { effects } = await effectsOf(work);
    expect(effects).toEqual(['UpdateCommand', 'PutCommand', 'SendMessageBatchCommand', 'UpdateCommand']);
    for (const kill of killsOf(effects)) {
      await prepare();
      await effectsOf(work, kill);
      channel.now += 3 * MINUTE;
      await work();
      expect(await heard(), JSON.stringify(kill)).toEqual([STILL]);
    }
  });
});

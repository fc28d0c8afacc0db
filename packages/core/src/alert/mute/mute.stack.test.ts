/** Silences, inhibition, hours and cooldown over time, to a Slack of our own. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { HOUR, MINUTE } from '../../runtime/index.ts';
import { createSilence, defineInhibitions, defineRoutes, endSilence, listDeliveries, parseMatcher } from '../index.ts';
import { raised, resolved, revised } from '../test/announcements.ts';
import { Channel } from '../test/channel.ts';
import { effectsOf, killsOf } from '../test/effects.ts';
import { items } from '../test/stack.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const slackRoute = { kind: 'slack', secret: 'SlackWebhookUrl' } as const;
const routes = defineRoutes({
  plain: slackRoute,
  repeating: { ...slackRoute, repeat: '4h' },
  calm: { ...slackRoute, cooldown: '30m' },
  office: { ...slackRoute, hours: { from: '09:00', to: '17:00' } },
  critical: { ...slackRoute, match: ['severity=critical', 'team!=web'] },
});
const inhibitions = defineInhibitions([
  { source: ['severity=critical'], target: ['severity=warning'], equal: ['client'] },
]);
const start = Date.parse('2026-03-02T10:00:00.000Z'); // a Monday
const channel = new Channel({ slack, routes, inhibitions, start });
beforeEach(async () => await channel.begin());

const route = (event: ReturnType<typeof raised>) => channel.route(event);
/** The titles of the messages since the last look. */
const heard = async () => (await channel.heard()).map((text) => text.replace(/: .*$/, ''));
const states = async () =>
  (await listDeliveries(channel.project)).map(({ sequence, state }) => `${sequence} ${state}`).sort();
const on = (name: string) => ({ routes: [name] });
const silence = (to: number, matchers = ['rule=payments-failed']) =>
  createSilence({
    project: channel.project,
    matchers: matchers.map(parseMatcher),
    from: start,
    to: start + to,
    by: 'kim',
    comment: '',
  });

const RAISED = '🔴 Critical';
const RESOLVED = '✅ Resolved (critical)';
const deadlines = async () => (await channel.entities()).filter((name) => name === 'alertDeadline').length;

describe('a silence', () => {
  it('hides an alert; one that still fires when it ends is told then, and so is its end', async () => {
    await silence(30 * MINUTE);
    await route(raised(on('plain'), channel.project));
    await channel.pass(29 * MINUTE);
    expect(await heard()).toEqual([]);
    expect(await states()).toEqual(['1 suppressed']);
    expect((await listDeliveries(channel.project))[0]?.reason).toMatch(/silenced by kim, sil_/);
    await channel.pass(32 * MINUTE);
    expect(await heard()).toEqual([RAISED]);
    await route(resolved(on('plain'), channel.project));
    expect(await heard()).toEqual([RESOLVED]);
    expect(await states()).toEqual(['1 sent', '1 suppressed', '2 sent']);
    expect(await deadlines()).toBe(0);
  });

  it('hides for good what begins and ends in it', async () => {
    await silence(30 * MINUTE);
    await route(raised(on('plain'), channel.project));
    await route(resolved(on('plain'), channel.project));
    await channel.pass(40 * MINUTE);
    expect(await heard()).toEqual([]);
    expect(await states()).toEqual(['1 suppressed', '2 suppressed']);
  });

  it('hides for good what begins in it and ends after it, before anybody looked', async () => {
    await silence(30 * MINUTE);
    await route(raised(on('plain'), channel.project));
    channel.now = start + 31 * MINUTE;
    await route(resolved(on('plain'), channel.project));
    await channel.pass(40 * MINUTE);
    expect(await heard()).toEqual([]);
    expect(await states()).toEqual(['1 suppressed', '2 suppressed']);
  });

  it('that comes late hides the end of what was told, as in Alertmanager', async () => {
    await route(raised(on('plain'), channel.project));
    expect(await heard()).toEqual([RAISED]);
    await silence(30 * MINUTE);
    await route(resolved(on('plain'), channel.project));
    await channel.pass(40 * MINUTE);
    expect(await heard()).toEqual([]);
  });

  it('that is lengthened by another hides until the last ends', async () => {
    await silence(10 * MINUTE);
    await route(raised(on('plain'), channel.project));
    await silence(20 * MINUTE, ['severity=critical']);
    await channel.pass(15 * MINUTE);
    expect(await heard()).toEqual([]);
    await channel.pass(25 * MINUTE);
    expect(await heard()).toEqual([RAISED]);
  });

  it('can be ended; it does not hide what it does not match, or another project', async () => {
    const { id } = await silence(30 * MINUTE);
    await route(raised({ ...on('plain'), rule: { id: 'other', version: 1, name: 'Other' } }, channel.project));
    expect(await heard()).toEqual([RAISED]);
    expect(await endSilence(channel.project, id, start)).toBe(true);
    expect(await endSilence(channel.project, id, start)).toBe(false);
    await route(raised({ ...on('plain'), episode: 'eps_2' }, channel.project));
    expect(await heard()).toEqual([RAISED]);
  });

  it('is one when asked for twice, and refuses what is none', async () => {
    expect((await silence(HOUR)).id).toBe((await silence(HOUR)).id);
    await expect(silence(0)).rejects.toThrow(/ends after it begins/);
    await expect(silence(400 * 24 * HOUR)).rejects.toThrow(/a year/);
    await expect(silence(HOUR, [])).rejects.toThrow(/at least one matcher/);
  });

  it('leaves the same bytes after five deliveries in any order as after one', async () => {
    await silence(30 * MINUTE);
    const events = [
      raised(on('repeating'), channel.project),
      revised('firing', { ...on('repeating'), sequence: 1 }, channel.project),
    ];
    for (const event of events) await route(event);
    const once = JSON.stringify(await items(channel.project));
    await Promise.all([...events, ...events.toReversed(), ...events].map(route));
    expect(JSON.stringify(await items(channel.project))).toBe(once);
  });
});

describe('inhibition', () => {
  const of = (severity: 'critical' | 'warning', client: string) => ({
    ...on('plain'),
    severity,
    episode: `eps_${severity}_${client}`,
    partition: { client },
  });

  it('hides a warning while a critical alert with equal labels fires, and tells it after', async () => {
    await route(raised(of('critical', 'c-1'), channel.project));
    await route(raised(of('warning', 'c-1'), channel.project));
    await route(raised(of('warning', 'c-2'), channel.project));
    expect(await heard()).toEqual([RAISED, '🟠 Warning']); // that of c-2
    await channel.pass(20 * MINUTE);
    await route(resolved(of('critical', 'c-1'), channel.project));
    expect(await heard()).toEqual([RESOLVED]);
    await channel.pass(30 * MINUTE);
    expect(await heard()).toEqual(['🟠 Warning']);
  });

  it('hides nothing by an alert that is over, though its raise comes again', async () => {
    for (const event of [resolved, raised]) await route(event(of('critical', 'c-1'), channel.project));
    await route(raised(of('warning', 'c-1'), channel.project));
    expect((await heard()).toSorted()).toEqual([RESOLVED, RAISED, '🟠 Warning'].toSorted());
  });
});

describe('a route', () => {
  it('takes what matches', async () => {
    await route(raised(on('critical'), channel.project));
    await route(raised({ ...on('critical'), episode: 'eps_2', severity: 'warning' }, channel.project));
    await route(raised({ ...on('critical'), episode: 'eps_3', labels: { team: 'web' } }, channel.project));
    expect(await heard()).toEqual([RAISED]);
    expect(await states()).toEqual(['1 sent']);
  });

  it('with hours tells what still fires when they begin', async () => {
    channel.now = start - 3 * HOUR; // 07:00
    await route(raised(on('office'), channel.project));
    await route(raised({ ...on('office'), episode: 'eps_2' }, channel.project));
    channel.now = start - 2 * HOUR;
    await route(resolved({ ...on('office'), episode: 'eps_2' }, channel.project));
    expect(await heard()).toEqual([]);
    channel.now = start - HOUR; // 09:00
    await channel.pass(0);
    await channel.pass(2 * MINUTE);
    expect(await heard()).toEqual([RAISED]);
  });

  it('with a cooldown tells the same alert once in a while', async () => {
    await route(raised(on('calm'), channel.project));
    await route(resolved(on('calm'), channel.project));
    await route(raised({ ...on('calm'), episode: 'eps_other', partition: { country: 'FR' } }, channel.project));
    channel.now = start + 5 * MINUTE;
    await route(raised({ ...on('calm'), episode: 'eps_2' }, channel.project)); // flaps
    await route(resolved({ ...on('calm'), episode: 'eps_2' }, channel.project));
    channel.now = start + 10 * MINUTE;
    await route(raised({ ...on('calm'), episode: 'eps_3' }, channel.project)); // and stays
    expect(await heard()).toEqual([RAISED, RAISED, RESOLVED]);
    channel.now = start + 29 * MINUTE;
    await channel.pass(29 * MINUTE);
    expect(await heard()).toEqual([]);
    await channel.pass(33 * MINUTE);
    expect(await heard()).toEqual([RAISED]);
  });
});

it('a router killed at any effect leaves the same ledger, deadlines and cooldowns when its event comes again', async () => {
  const siblings = [{ episode: 'eps_w', severity: 'warning' as const, startedAt: '2026-03-02T10:05:00.000Z' }];
  const own = { notify: { repeat: HOUR, cooldown: HOUR }, siblings };
  const event = raised({ routes: ['calm', 'repeating', 'office'], severity: 'critical', ...own }, channel.project);
  const prepare = async () => {
    await channel.clear();
    await silence(30 * MINUTE, ['country=FR']);
  };
  await prepare();
  const { effects } = await effectsOf(() => route(event));
  const whole = JSON.stringify(await items(channel.project));
  expect(effects.length).toBeGreaterThan(7);
  for (const kill of killsOf(effects)) {
    await prepare();
    expect((await effectsOf(() => route(event), kill)).killed).toBe(true);
    await route(event);
    expect(JSON.stringify(await items(channel.project)), JSON.stringify(kill)).toBe(whole);
    expect(await heard(), JSON.stringify(kill)).toEqual([RAISED, RAISED, RAISED]);
  }
});

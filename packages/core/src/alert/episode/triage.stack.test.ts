/** What people do with an episode and its deliveries. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import {
  acknowledge,
  assign,
  comment,
  defineRoutes,
  deliveryQueue,
  listComments,
  listDeliveries,
  listEpisodes,
  readEpisode,
  retryDeliveries,
} from '../index.ts';
import { raised, resolved, revised } from '../test/announcements.ts';
import { clearTable, drain, outcomes, pump, routeEvent, subscribeOutcomes } from '../test/stack.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const project = 'shop';
const key = { project, episode: 'eps_1' };
const only = { routes: ['ops-slack'] };
const routes = defineRoutes({ 'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' } });
const at = Date.parse('2026-03-02T10:20:00.000Z');

beforeEach(async () => {
  slack.forget();
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // the log lines of failures that are meant
  await Promise.all([drain(deliveriesQueueUrl()), clearTable()]);
});

describe('acknowledge, assign and comment', () => {
  it('survive replay, retry, revision and an edit of the rule', async () => {
    await routeEvent(raised(only));
    await acknowledge(key, { by: 'kim', at });
    await acknowledge(key, { by: 'lee', at: at + 1 }); // too late
    await assign(key, 'lee');
    await comment(key, { at: at + 2, by: 'lee', text: 'the bank is down' });
    await comment(key, { at: at + 2, by: 'lee', text: 'the bank is down' });
    await comment(key, { at: at + 1, by: 'kim', text: 'looking' });
    const edited = { ...only, rule: { id: 'payments-failed', version: 4, name: 'Payments fail' } };
    for (const event of [raised(only), revised('firing', { ...only, sequence: 1 }), resolved(edited), raised(only)]) {
      await routeEvent(event);
    }
    expect(await readEpisode(key)).toMatchObject({
      status: 'resolved',
      acknowledged: { by: 'kim', at },
      assignee: 'lee',
      alert: { rule: { version: 4 } },
    });
    expect(await listEpisodes(project)).toMatchObject([{ acknowledged: { by: 'kim' }, assignee: 'lee' }]);
    expect(await listComments(key)).toEqual([
      { at: at + 1, by: 'kim', text: 'looking' },
      { at: at + 2, by: 'lee', text: 'the bank is down' },
    ]);
  });

  it('are for episodes there are', async () => {
    const unknown = { code: 'unknown_episode', retryable: false };
    await expect(acknowledge(key, { by: 'kim', at })).rejects.toMatchObject(unknown);
    await expect(assign(key, 'kim')).rejects.toMatchObject(unknown);
    await expect(comment(key, { at, by: 'kim', text: 'x' })).rejects.toMatchObject(unknown);
    await expect(comment(key, { at, by: 'kim', text: ' ' })).rejects.toMatchObject({ code: 'invalid_comment' });
    expect(await listEpisodes(project)).toEqual([]);
  });
});

describe('retryDeliveries', () => {
  it('sends what failed, in order, once, and tells so under ids of its own', async () => {
    const outcomeQueue = await subscribeOutcomes();
    slack.always = { status: 404, body: 'no_service' };
    await routeEvent(raised(only));
    await routeEvent(resolved(only));
    await pump({ routes, now: systemClock });
    expect((await listDeliveries(project)).map(({ state }) => state)).toEqual(['failed', 'failed']);
    const cause = { id: 'evt_1', traceId: 'trc_1', hop: 0 };
    slack.always = { status: 403 };
    expect(await retryDeliveries(key, 'ops-slack', { queue: deliveryQueue, cause })).toBe(2);
    await pump({ routes, now: systemClock });
    slack.always = undefined;
    slack.requests.length = 0;
    expect(await retryDeliveries(key, 'ops-slack', { queue: deliveryQueue, cause })).toBe(2);
    await pump({ routes, now: systemClock });
    expect(slack.messages.map((text) => text.slice(0, 2).trim())).toEqual(['🔴', '✅']);
    expect(await retryDeliveries(key, 'ops-slack', { queue: deliveryQueue, cause })).toBe(0);
    await pump({ routes, now: systemClock });
    expect(slack.requests).toHaveLength(2);
    const events = await outcomes(outcomeQueue);
    const ids = (type: string) => new Set(events.filter((one) => one.type === type).map(({ id }) => id)).size;
    expect([ids('alert.delivery_failed'), ids('alert.delivered')]).toEqual([4, 2]);
  });
});

describe('revisions that say the same', () => {
  it('are told each, and end as the last says, where they are counted', async () => {
    const window = { start: '2026-03-02T10:10:00.000Z', end: '2026-03-02T10:15:00.000Z' };
    const withdrawn = (revision: number) => revised('withdrawn', { ...only, sequence: 1, window }, project, revision);
    const back = revised('firing', { ...only, sequence: 1, window }, project, 2);
    for (const event of [withdrawn(3), raised(only), back, withdrawn(1), withdrawn(3)]) await routeEvent(event);
    await pump({ routes, now: systemClock });
    expect(slack.messages.map((text) => text.replace(/: .*/, ''))).toEqual([
      '🔴 Critical',
      '⚪ Withdrawn (critical)',
      '🔴 Critical, revised',
      '⚪ Withdrawn (critical)',
    ]);
    expect(await listEpisodes(project)).toMatchObject([{ status: 'withdrawn' }]);
  });
});

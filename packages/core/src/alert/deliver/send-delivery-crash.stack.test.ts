import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MINUTE, systemClock } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import { defineRoutes, deliveryQueue, listDeliveries, sendDelivery } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import { effectsOf, killsOf } from '../test/effects.ts';
import { drain, outcomes, pump, routeEvent, subscribeOutcomes } from '../test/stack.ts';
import { deliveryMessage } from './queue.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const routes = defineRoutes({ 'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' } });
const only = { routes: ['ops-slack'] };
const raise = '🔴 Critical: Payments failed: 7 payments failed within 5 minutes';
const resolve = '✅ Resolved (critical): Payments failed: 7 payments failed within 5 minutes';

let outcomeQueue = '';
let project = '';
let count = 0;
beforeAll(async () => {
  outcomeQueue = await subscribeOutcomes();
});
beforeEach(async () => {
  project = `shop-${++count}`;
  slack.forget();
  await Promise.all([drain(deliveriesQueueUrl()), drain(outcomeQueue)]);
});

describe('a sender killed at any effect', () => {
  const EFFECTS = ['UpdateCommand', 'Slack', 'UpdateCommand', 'PutEventsCommand', 'SendMessageBatchCommand'];
  const started = Date.now();
  const send = (now: number) => {
    const key = { project, episode: 'eps_1', position: '000001', route: 'ops-slack' };
    const message = deliveryMessage(key, { id: 'evt_1', traceId: 'trc_1', hop: 0 });
    return sendDelivery(message, { routes, now: () => now, queue: deliveryQueue });
  };
  const prepare = async () => {
    for (const event of [raised(only, project), resolved(only, project)]) await routeEvent(event);
    await drain(deliveriesQueueUrl());
  };

  it('has these effects', async () => {
    await prepare();
    expect((await effectsOf(() => send(started))).effects).toEqual(EFFECTS);
  });

  /** Messages Slack gets: two only where Slack took the message and the ledger does not know: the one window. */
  const window = ['1 after', '2 before'];
  it.each(killsOf(EFFECTS))('sends once all the same: $when effect $at', async (kill) => {
    await prepare();
    expect((await effectsOf(() => send(started), kill)).killed).toBe(true);
    await send(started + 3 * MINUTE); // its message comes back when the queue shows it again
    await pump({ routes, now: systemClock });
    const raises = window.includes(`${kill.at} ${kill.when}`) ? [raise, raise] : [raise];
    expect(slack.messages).toEqual([...raises, resolve]);
    expect((await listDeliveries(project)).map(({ state }) => state)).toEqual(['sent', 'sent']);
    expect(new Set((await outcomes(outcomeQueue)).map(({ id }) => id)).size).toBe(2);
  });
});

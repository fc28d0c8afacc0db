import { setTimeout as sleep } from 'node:timers/promises';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MINUTE, SECOND, systemClock } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import { documentClient, table } from '../../table/index.ts';
import { defineRoutes, deliveryQueue, listDeliveries, sendDelivery } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import type { Answer } from '../test/slack-stand-in.ts';
import {
  drain,
  items,
  outcomes,
  pump,
  routeEvent,
  subscribeOutcomes,
  subscribeTopic,
  told,
  waiting,
} from '../test/stack.ts';
import { claimDelivery } from './delivery.ts';
import { deliveryMessage } from './queue.ts';

const slack = await vi.hoisted(async () => (await import('../test/slack-stand-in.ts')).linkedSlack());

const routes = defineRoutes({
  'ops-slack': { kind: 'slack', secret: 'SlackWebhookUrl' },
  'ops-sns': { kind: 'sns', topic: 'Alerts' },
  'not-set': { kind: 'slack', secret: 'Missing' },
});
const options = { routes, now: systemClock, queue: deliveryQueue };
const deadLetterUrl = process.env.MILLRACE_DEAD_LETTER_URL ?? '';
const raise = '🔴 Critical: Payments failed: 7 payments failed within 5 minutes';
const resolve = '✅ Resolved (critical): Payments failed: 7 payments failed within 5 minutes';

let topic = '';
let outcomeQueue = '';
let project = '';
let count = 0;
beforeAll(async () => {
  [topic, outcomeQueue] = await Promise.all([subscribeTopic(), subscribeOutcomes()]);
});
beforeEach(async () => {
  project = `shop-${++count}`;
  slack.forget();
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // the log lines of failures that are meant
  await Promise.all([deliveriesQueueUrl(), topic, outcomeQueue, deadLetterUrl].map(drain));
});

const route = (event: ReturnType<typeof raised>) => routeEvent(event);
const only = (name: string) => ({ routes: [name] });
const messageFor = (name: string, position = '000001') =>
  deliveryMessage({ project, episode: 'eps_1', position, route: name }, { id: 'evt_1', traceId: 'trc_1', hop: 0 });
const states = async () =>
  (await listDeliveries(project)).map((one) => `${one.sequence} ${one.route} ${one.state} ${one.attempts}`).sort();
const published = async () => {
  const own = new Set((await listDeliveries(project)).map(({ id }) => id));
  return (await outcomes(outcomeQueue)).filter(({ properties }) => own.has(String(properties.delivery)));
};

/** Pumps until nothing of any test's is waiting, delayed messages included. */
async function settle(now = systemClock): Promise<void> {
  for (let n = 0; n < 100 && (await waiting(deliveriesQueueUrl())) > 0; n++) {
    await pump({ routes, now, senders: 2 });
    await sleep(200);
  }
}

describe('sendDelivery', () => {
  it('brings raise and resolve to Slack and SNS in order, once each, and tells so', async () => {
    await route(raised({}, project));
    await route(resolved({}, project));
    await pump({ routes, now: systemClock });
    expect(slack.messages).toEqual([raise, resolve]);
    expect(await told(topic)).toEqual(['eps_1 1', 'eps_1 2']);
    expect(await states()).toEqual([
      '1 ops-slack sent 1',
      '1 ops-sns sent 1',
      '2 ops-slack sent 1',
      '2 ops-sns sent 1',
    ]);
    const events = await published();
    expect(events.map(({ type }) => type)).toEqual(Array.from({ length: 4 }, () => 'alert.delivered'));
    expect(events[0]?.properties).toMatchObject({ episode: 'eps_1', sequence: 1, attempts: 1 });
    expect(await drain(deadLetterUrl)).toEqual([]);
  });

  it('keeps the order where the resolve arrives first', async () => {
    await route(resolved({}, project));
    await pump({ routes, now: systemClock });
    expect(slack.messages).toEqual([]);
    await route(raised({}, project));
    await pump({ routes, now: systemClock, senders: 2 });
    expect(slack.messages).toEqual([raise, resolve]);
    expect(await told(topic)).toEqual(['eps_1 1', 'eps_1 2']);
  });

  it('lets a resolve wait for its raise, and the raise call it', async () => {
    await route(raised(only('ops-slack'), project));
    await route(resolved(only('ops-slack'), project));
    await drain(deliveriesQueueUrl());
    await sendDelivery(messageFor('ops-slack', '000002'), options);
    expect(slack.messages).toEqual([]);
    expect(await waiting(deliveriesQueueUrl())).toBe(0);
    await sendDelivery(messageFor('ops-slack'), options);
    await pump({ routes, now: systemClock });
    expect(slack.messages).toEqual([raise, resolve]);
  });

  it('sends one message for five deliveries of every event and two senders at once, and leaves the same bytes', async () => {
    const events = [raised({}, project), resolved({}, project)];
    for (const event of events) await route(event);
    await pump({ routes, now: systemClock });
    const once = JSON.stringify(await items(project));
    await Promise.all(Array.from({ length: 5 }, () => events.map(route)).flat());
    await pump({ routes, now: systemClock, senders: 2 });
    expect(JSON.stringify(await items(project))).toBe(once);

    const episode = { episode: 'eps_2' };
    const again = [raised(episode, project), resolved(episode, project)];
    await Promise.all(Array.from({ length: 5 }, () => again.map(route)).flat());
    await settle();
    expect(slack.messages).toEqual([raise, resolve, raise, resolve]);
    expect((await told(topic)).sort()).toEqual(['eps_1 1', 'eps_1 2', 'eps_2 1', 'eps_2 2']);
    const bytes = (text: string) => text.replaceAll(/eps_\d|dlv_\w+/g, 'x');
    const second = (await items(project)).filter((item) => item.episode === 'eps_2');
    const first = (await items(project)).filter((item) => item.episode === 'eps_1');
    expect(bytes(JSON.stringify(second))).toBe(bytes(JSON.stringify(first)));
  });

  it('lets one of eight senders at once post', async () => {
    await route(raised(only('ops-slack'), project));
    await Promise.all(Array.from({ length: 8 }, () => sendDelivery(messageFor('ops-slack'), options)));
    expect(slack.messages).toEqual([raise]);
    await settle();
    expect(slack.messages).toEqual([raise]);
    expect(await states()).toEqual(['1 ops-slack sent 1']);
    expect(new Set((await published()).map(({ id }) => id)).size).toBe(1);
  });

  it('sends to SNS each once while Slack is down, and to Slack when it is back', async () => {
    slack.always = { status: 503 };
    let now = Date.now();
    const work = async () => {
      await route(raised({}, project));
      await route(resolved({}, project));
      await pump({ routes, now: () => now });
    };
    for (let n = 0; n < 4; n++) {
      await work();
      now += 6 * MINUTE; // past the longest wait
    }
    expect(slack.requests).toHaveLength(4);
    expect(await told(topic)).toEqual(['eps_1 1', 'eps_1 2']);
    slack.always = undefined;
    await work();
    expect(slack.messages).toEqual([raise, resolve]);
    expect(await told(topic)).toEqual([]);
    expect(await states()).toEqual([
      '1 ops-slack sent 5',
      '1 ops-sns sent 1',
      '2 ops-slack sent 1',
      '2 ops-sns sent 1',
    ]);
    expect(await drain(deadLetterUrl)).toEqual([]);
  });

  it('waits as long as Slack asks, whoever else comes with the same delivery', async () => {
    slack.answers.push({ status: 429, headers: { 'retry-after': '3' } });
    await route(raised(only('ops-slack'), project));
    await pump({ routes, now: systemClock });
    await route(raised(only('ops-slack'), project)); // a copy, during the wait
    await settle();
    const [first = 0, second = 0] = slack.requests;
    expect(slack.requests).toHaveLength(2);
    expect(second - first).toBeGreaterThanOrEqual(3 * SECOND);
    expect(second - first).toBeLessThan(6 * SECOND);
    expect(slack.messages).toEqual([raise]);
    expect(await states()).toEqual(['1 ops-slack sent 2']);
  });

  it.each<[string, Answer]>([
    ['a 500', { status: 500 }],
    ['a cut connection', 'cut'],
    ['no answer', 'hang'],
  ])('tries again after %s', async (_, answer) => {
    slack.answers.push(answer);
    await route(raised(only('ops-slack'), project));
    const started = Date.now();
    await pump({ routes, now: systemClock });
    expect(Date.now() - started).toBeLessThan(20 * SECOND);
    expect((await items(project)).some((item) => 'leaseUntil' in item)).toBe(false);
    await settle();
    expect(slack.requests).toHaveLength(2);
    expect(slack.messages).toEqual([raise]);
    expect(await states()).toEqual(['1 ops-slack sent 2']);
  });

  it('counts a message as sent when only the end of a 200 is lost', async () => {
    slack.answers.push('cut after 200');
    await route(raised(only('ops-slack'), project));
    await pump({ routes, now: systemClock });
    expect(slack.messages).toEqual([raise]);
    expect(await states()).toEqual(['1 ops-slack sent 1']);
  });

  it.each([
    [404, 'no_service'],
    [410, 'channel_is_archived'],
    [403, 'action_prohibited'],
    [400, 'invalid_payload'],
  ])('fails at once on %i %s; SNS is not touched by it', async (status, body) => {
    slack.answers.push({ status, body });
    await route(raised({}, project));
    await pump({ routes, now: systemClock });
    expect(slack.requests).toHaveLength(1);
    expect(await told(topic)).toEqual(['eps_1 1']);
    expect(await states()).toEqual(['1 ops-slack failed 1', '1 ops-sns sent 1']);
    const failed = (await published()).filter(({ type }) => type === 'alert.delivery_failed');
    expect(failed.map(({ properties }) => properties.reason)).toEqual([`${status} ${body}`]);
    const [dead, ...more] = await drain(deadLetterUrl);
    expect(more).toEqual([]);
    expect(dead?.MessageAttributes?.errorCode?.StringValue).toBe('delivery_failed');
    expect(dead?.MessageAttributes?.errorMessage?.StringValue).toContain(`${status} ${body}`);
  });

  it('tells nobody of the end of an alert whose raise failed there', async () => {
    slack.answers.push({ status: 404, body: 'no_service' });
    await route(raised({}, project));
    await route(resolved({}, project));
    await pump({ routes, now: systemClock });
    expect(slack.requests).toHaveLength(1);
    expect(await told(topic)).toEqual(['eps_1 1', 'eps_1 2']);
    expect(await states()).toEqual([
      '1 ops-slack failed 1',
      '1 ops-sns sent 1',
      '2 ops-slack failed 1',
      '2 ops-sns sent 1',
    ]);
    expect(await drain(deadLetterUrl)).toHaveLength(2);
  });

  it('records a failure for a route there is none of; the others go out', async () => {
    await route(raised({ routes: ['gone', 'ops-sns'] }, project));
    await pump({ routes, now: systemClock });
    expect(await told(topic)).toEqual(['eps_1 1']);
    expect(await states()).toEqual(['1 gone failed 1', '1 ops-sns sent 1']);
    const [failed] = (await published()).filter(({ type }) => type === 'alert.delivery_failed');
    expect(failed?.properties).toMatchObject({
      route: 'gone',
      kind: 'unknown',
      reason: expect.stringMatching(/no route "gone"/),
    });
  });

  it('keeps a delivery whose secret is missing, unclaimed, for when it is set', async () => {
    await route(raised({ routes: ['not-set', 'ops-sns'] }, project));
    await pump({ routes, now: systemClock, attempts: 3 });
    expect(await told(topic)).toEqual(['eps_1 1']);
    expect(await states()).toEqual(['1 not-set pending 0', '1 ops-sns sent 1']);
    expect(await drain(deadLetterUrl)).toEqual([]); // SQS moves it, after its receives
    await expect(sendDelivery(messageFor('not-set'), options)).rejects.toThrow(/sst secret set Missing/);
    const mended = defineRoutes({ 'not-set': { kind: 'slack', secret: 'SlackWebhookUrl' } });
    await sendDelivery(messageFor('not-set'), { ...options, routes: mended });
    expect(slack.messages).toEqual([raise]);
  });

  it('takes over from a sender that died, when its lease has run out', async () => {
    await route(raised(only('ops-slack'), project));
    await drain(deliveriesQueueUrl());
    const now = Date.now();
    await claimDelivery(messageFor('ops-slack'), now);
    await sendDelivery(messageFor('ops-slack'), { ...options, now: () => now + 59 * SECOND });
    expect(slack.messages).toEqual([]);
    await sendDelivery(messageFor('ops-slack'), { ...options, now: () => now + MINUTE });
    expect(slack.messages).toEqual([raise]);
    expect(await states()).toEqual(['1 ops-slack sent 2']);
  });

  it('gives up in the end', async () => {
    await route(raised(only('ops-slack'), project));
    const [item] = (await items(project)).filter(({ __edb_e__ }) => __edb_e__ === 'alertDelivery');
    await documentClient().send(
      new UpdateCommand({
        TableName: table().table,
        Key: { pk: item?.pk, sk: item?.sk },
        UpdateExpression: 'SET attempts = :n',
        ExpressionAttributeValues: { ':n': 99 },
      }),
    );
    slack.always = { status: 500, body: 'oops' };
    await pump({ routes, now: systemClock });
    expect(await listDeliveries(project)).toMatchObject([
      { state: 'failed', reason: 'gave up after 100 attempts, the last: 500 oops' },
    ]);
    expect(await drain(deadLetterUrl)).toHaveLength(1);
  });

  it('buries a message without a delivery', async () => {
    await expect(sendDelivery(messageFor('ops-slack'), options)).rejects.toMatchObject({
      code: 'unknown_delivery',
      retryable: false,
    });
  });
});

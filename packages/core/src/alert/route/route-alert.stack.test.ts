import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import { deleteAll, documentClient, table } from '../../table/index.ts';
import { claimDelivery, deliveriesOf, settleDelivery } from '../deliver/delivery.ts';
import { type AlertEvent, listDeliveries, listEpisodes, readTransition } from '../index.ts';
import { raised, resolved, revised } from '../test/announcements.ts';
import { effectsOf, killsOf } from '../test/effects.ts';
import { drain, items, routeEvent } from '../test/stack.ts';

const route = (event: AlertEvent) => routeEvent(event);
const queued = async () =>
  (await drain(deliveriesQueueUrl())).map(({ Body = '' }) => {
    const { episode, position, route: name } = JSON.parse(Body);
    return `${episode} ${Number.parseInt(position, 10)} ${name}`;
  });

let project = '';
let count = 0;
beforeEach(async () => {
  project = `shop-${++count}`;
  await drain(deliveriesQueueUrl());
});

async function clear(): Promise<void> {
  const keys = (await items(project)).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
  await deleteAll(keys, table());
}

describe('routeAlert', () => {
  it('leaves one delivery for each route, and the episode as it stands', async () => {
    await route(raised({}, project));
    expect(await queued()).toEqual(['eps_1 1 ops-slack', 'eps_1 1 ops-sns']);
    expect(await listDeliveries(project)).toMatchObject([
      { id: expect.stringMatching(/^dlv_/), project, episode: 'eps_1', sequence: 1, state: 'pending', attempts: 0 },
      { id: expect.stringMatching(/^dlv_/), project, episode: 'eps_1', sequence: 1, state: 'pending', attempts: 0 },
    ]);
    expect(await listEpisodes(project)).toEqual([
      { project, episode: 'eps_1', status: 'firing', alert: raised({}, project).properties },
    ]);
    await route(resolved({}, project));
    expect(await listEpisodes(project)).toMatchObject([
      { episode: 'eps_1', status: 'resolved', alert: { value: '0' } },
    ]);
    expect((await readTransition({ project, episode: 'eps_1', position: '000001' }))?.alert.value).toBe('7');
  });

  it('lists episodes by their start', async () => {
    await route(raised({ episode: 'eps_late', startedAt: '2026-03-02T12:00:00.000Z' }, project));
    await route(raised({ episode: 'eps_early', startedAt: '2026-03-02T09:00:00.000Z' }, project));
    expect((await listEpisodes(project)).map(({ episode }) => episode)).toEqual(['eps_early', 'eps_late']);
  });

  it('keeps projects apart whose episodes have one name', async () => {
    await route(raised({}, project));
    await route(raised({ value: '9' }, `${project}#1`));
    expect(await listEpisodes(project)).toMatchObject([{ alert: { value: '7' } }]);
    expect(await listEpisodes(`${project}#1`)).toMatchObject([{ alert: { value: '9' } }]);
    expect(await listDeliveries(`${project}#1`)).toHaveLength(2);
  });

  it('takes names too long for a key', async () => {
    const long = 'r'.repeat(200);
    await route(raised({ routes: [long] }, project));
    await route(raised({ routes: [long] }, project));
    expect(await queued()).toEqual([`eps_1 1 ${long}`, `eps_1 1 ${long}`]);
    expect(await listDeliveries(project)).toHaveLength(1);
  });

  it('holds a resolve that overtook its raise, and queues the raise first', async () => {
    await route(resolved({ routes: ['a'] }, project));
    expect(await queued()).toEqual([]);
    await route(raised({ routes: ['a'] }, project));
    expect(await queued()).toEqual(['eps_1 1 a']);
    expect(await listDeliveries(project)).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
    expect(await listEpisodes(project)).toMatchObject([{ status: 'resolved' }]);
  });

  it('queues what waited for a transition that goes to nobody', async () => {
    await route(raised({ routes: ['a'] }, project));
    await route(resolved({ routes: ['a'], sequence: 3 }, project));
    const [first] = await listDeliveries(project);
    if (first === undefined) throw new Error('no delivery');
    const claimed = await claimDelivery(first, Date.now());
    if (claimed !== undefined) await settleDelivery(claimed, { state: 'sent' });
    await queued();
    const silent = resolved({ routes: ['a'], sendResolved: false }, project);
    await route(silent);
    await route(silent);
    expect(await queued()).toEqual(['eps_1 3 a', 'eps_1 3 a']);
  });

  it('takes any number of revisions of one transition, and ends with the one about the latest window', async () => {
    const window = { start: '2026-03-02T12:00:00.000Z', end: '2026-03-02T12:05:00.000Z' };
    const end = revised('resolved', { routes: ['a'], window }, project);
    const events = [raised({ routes: ['a'] }, project), end, resolved({ routes: ['a'] }, project)];
    for (const event of [...events, revised('firing', { routes: ['a'] }, project)]) await route(event);
    expect((await listDeliveries(project)).map(({ sequence }) => sequence).sort()).toEqual([1, 2, 2, 2]);
    expect(await listEpisodes(project)).toMatchObject([{ status: 'resolved', alert: { window } }]);
  });

  it('does not take a route for another whose name begins with its own', async () => {
    await route(raised({ routes: ['ops', 'ops-slack'] }, project));
    const of = await deliveriesOf({ project, episode: 'eps_1' }, 'ops');
    expect(of.map(({ route: name }) => name)).toEqual(['ops']);
  });

  it('leaves what people did with an episode alone', async () => {
    await route(raised({}, project));
    const [episode] = (await items(project)).filter((item) => item.__edb_e__ === 'alertEpisode');
    await documentClient().send(
      new UpdateCommand({
        TableName: table().table,
        Key: { pk: episode?.pk, sk: episode?.sk },
        UpdateExpression: 'SET assignee = :who',
        ExpressionAttributeValues: { ':who': 'kim' },
      }),
    );
    for (const event of [raised({}, project), resolved({}, project), raised({}, project)]) await route(event);
    const after = (await items(project)).filter((item) => item.__edb_e__ === 'alertEpisode');
    expect(after).toMatchObject([{ assignee: 'kim', status: 'resolved', sequence: 2 }]);
  });

  it('refuses a transition whose place in the history is taken', async () => {
    await route(raised({}, project));
    await route(resolved({}, project));
    const second = route(raised({ sequence: 2 }, project));
    await expect(second).rejects.toMatchObject({ code: 'sequence_taken', retryable: false });
  });

  it('expires all of it by the time of the window, not of the handling', async () => {
    await route(raised({}, project));
    const expected = Date.parse('2026-03-02T10:10:00.000Z') / 1000 + 400 * 86_400;
    expect((await items(project)).map(({ expiresAt }) => expiresAt)).toEqual([expected, expected, expected, expected]);
  });

  it('leaves the same bytes after five deliveries in any order and at once as after one', async () => {
    const events = [
      raised({}, project),
      revised('firing', { sequence: 1, value: '8' }, project),
      resolved({}, project),
      revised('firing', { value: '6' }, project),
      revised('firing', { value: '9' }, project),
      revised('resolved', { window: { start: '2026-03-02T12:00:00.000Z', end: '2026-03-02T12:05:00.000Z' } }, project),
      raised({ episode: 'eps_2', routes: ['ops-sns'] }, project),
    ];
    for (const event of events) await route(event);
    const once = JSON.stringify(await items(project));

    const five = events.flatMap((event) => Array.from({ length: 5 }, () => event));
    const shuffled = fc.shuffledSubarray(five, { minLength: five.length });
    for (const order of fc.sample(shuffled, { numRuns: 4, seed: 7 })) {
      await clear();
      await Promise.all(order.map(route));
      expect(JSON.stringify(await items(project))).toBe(once);
    }
  });
});

describe('a router killed at any write', () => {
  const events = () => [resolved({}, project), raised({}, project)];
  const work = async () => {
    for (const event of events()) await route(event);
  };
  let effects: string[] = [];
  beforeAll(async () => {
    project = 'killed';
    effects = (await effectsOf(work)).effects;
  });

  it('has these effects', () => {
    expect(effects).toEqual([
      'PutCommand', // the resolve, which waits for its raise
      'UpdateCommand',
      'PutCommand', // the raise
      'UpdateCommand',
      ...Array.from({ length: 4 }, () => 'PutCommand'), // deliveries
      'SendMessageBatchCommand',
    ]);
  });

  it('leaves the same ledger, and every route queued, when its events come again', async () => {
    await work();
    const whole = JSON.stringify(await items(project));
    for (const kill of killsOf(effects)) {
      await clear();
      await drain(deliveriesQueueUrl());
      expect((await effectsOf(work, kill)).killed, JSON.stringify(kill)).toBe(true);
      await work();
      expect(JSON.stringify(await items(project)), JSON.stringify(kill)).toBe(whole);
      expect(new Set(await queued())).toEqual(new Set(['eps_1 1 ops-slack', 'eps_1 1 ops-sns']));
    }
  });
});

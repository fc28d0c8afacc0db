/** Topics of one's own; subscribers that filter, and web servers. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import { defineRoutes } from '../index.ts';
import { raised, resolved } from '../test/announcements.ts';
import { clearTable, drain, pump, routeEvent, subscribeTopic, told } from '../test/stack.ts';

beforeEach(async () => {
  await Promise.all([drain(deliveriesQueueUrl()), clearTable()]);
});

it('reaches subscribers of a topic of one’s own, each with what its filter lets through', async () => {
  const { TopicArn = '' } = await new SNSClient({}).send(new CreateTopicCommand({ Name: 'on-call' }));
  const all = await subscribeTopic(TopicArn, { name: 'all' });
  const critical = await subscribeTopic(TopicArn, {
    name: 'critical',
    filter: { severity: ['critical'], status: ['firing'] },
  });
  const elsewhere = await subscribeTopic(TopicArn, { name: 'elsewhere', filter: { project: ['another'] } });
  const routes = defineRoutes({ 'on-call': { kind: 'sns', topic: TopicArn } });
  const to = { routes: ['on-call'] };
  await routeEvent(raised(to));
  await routeEvent(resolved(to));
  await routeEvent(raised({ ...to, episode: 'eps_2', severity: 'warning' }));
  await pump({ routes, now: systemClock });
  expect((await told(all)).toSorted()).toEqual(['eps_1 1', 'eps_1 2', 'eps_2 1']);
  expect(await told(critical)).toEqual(['eps_1 1']);
  expect(await told(elsewhere)).toEqual([]);
});

it('posts to a web server that confirmed, what its filter lets through, as JSON', async () => {
  const posts: { readonly headers: IncomingHttpHeaders; readonly body: Record<string, string> }[] = [];
  let refuse = 1;
  const server = createServer(async (request, response) => {
    posts.push({ headers: request.headers, body: JSON.parse(await text(request)) });
    response.writeHead(posts.length > 1 && refuse-- > 0 ? 503 : 200).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { TopicArn = '' } = await new SNSClient({}).send(new CreateTopicCommand({ Name: 'web' }));
    const Endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
    const Attributes = { FilterPolicy: JSON.stringify({ status: ['firing'] }) };
    await new SNSClient({}).send(new SubscribeCommand({ TopicArn, Protocol: 'http', Endpoint, Attributes }));
    const routes = defineRoutes({ web: { kind: 'sns', topic: TopicArn } });
    const tell = async (event: ReturnType<typeof raised>) => {
      await routeEvent(event);
      await pump({ routes, now: systemClock });
    };
    await tell(raised({ routes: ['web'], episode: 'eps_before' })); // it has not confirmed yet
    await expect.poll(() => posts.length).toBe(1);
    const [confirmation] = posts;
    expect(confirmation?.headers['x-amz-sns-message-type']).toBe('SubscriptionConfirmation');
    const confirmed = await fetch(confirmation?.body.SubscribeURL ?? '');
    expect(await confirmed.text()).toContain('<SubscriptionArn>arn:aws:sns:');

    await tell(raised({ routes: ['web'] }));
    await tell(resolved({ routes: ['web'] }));
    await expect.poll(() => posts.length, { timeout: 10_000 }).toBe(3); // the first answered with 503, and again
    const [, refused, notification] = posts;
    expect(notification?.body.MessageId).toBe(refused?.body.MessageId);
    expect(notification?.headers['x-amz-sns-message-type']).toBe('Notification');
    expect(notification?.body.Subject).toBe('[CRITICAL] shop: Payments failed');
    expect(JSON.parse(notification?.body.Message ?? '')).toMatchObject({
      status: 'firing',
      alert: { episode: 'eps_1' },
    });
  } finally {
    server.close();
  }
});

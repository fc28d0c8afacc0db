/** Topics of one's own, and subscribers that filter. */
import { CreateTopicCommand, SNSClient } from '@aws-sdk/client-sns';
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

/**
 * For tests of router and sender over real endpoints: what subscribers of the topic got, what the bus told, what lies in
 * the ledger, and a pump that works the delivery queue off as Lambda would.
 */
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { queueConsumer } from '../../bus/index.ts';
import { AlertDelivered, AlertDeliveryFailed, patternOf } from '../../event/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { alertsTopicArn, busName, deliveriesQueueUrl } from '../../runtime/resource.ts';
import { deleteAll, documentClient, table } from '../../table/index.ts';
import {
  type AlertEvent,
  defineRoutes,
  deliveryQueue,
  parseDeliveryMessage,
  type RouterOptions,
  type Routes,
  routeAlert,
  sendDelivery,
} from '../index.ts';

const sqs = new SQSClient({});

async function queue(QueueName: string): Promise<{ url: string; arn: string }> {
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl, arn: Attributes?.QueueArn ?? '' };
}

/**
 * A queue that gets what a topic is told; that of the stack, where none is given.
 * @param filter a filter policy on attributes.
 */
export async function subscribeTopic(
  TopicArn = alertsTopicArn(),
  { name = 'subscriber', filter }: { readonly name?: string; readonly filter?: object } = {},
): Promise<string> {
  const { url, arn } = await queue(`${name}-${busName()}`);
  const Attributes = filter === undefined ? {} : { FilterPolicy: JSON.stringify(filter) };
  await new SNSClient({}).send(
    new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn, Attributes, ReturnSubscriptionArn: true }),
  );
  return url;
}

/** A queue that gets the outcomes the sender publishes. */
export async function subscribeOutcomes(): Promise<string> {
  const { url, arn } = await queue(`outcomes-${busName()}`);
  const events = new EventBridgeClient({});
  const rule = { Rule: 'outcomes', EventBusName: busName() };
  const EventPattern = JSON.stringify(patternOf([AlertDelivered, AlertDeliveryFailed]));
  await events.send(new PutRuleCommand({ Name: rule.Rule, EventBusName: rule.EventBusName, EventPattern }));
  await events.send(new PutTargetsCommand({ ...rule, Targets: [{ Id: '1', Arn: arn }] }));
  return url;
}

/** Takes all that a queue shows now. */
export async function drain(QueueUrl: string): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return all;
    for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    all.push(...Messages);
  }
}

/** Messages of the queue that are there or will be: visible, in flight, delayed. */
export async function waiting(QueueUrl: string): Promise<number> {
  const AttributeNames = [
    'ApproximateNumberOfMessages',
    'ApproximateNumberOfMessagesNotVisible',
    'ApproximateNumberOfMessagesDelayed',
  ] as const;
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }),
  );
  return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
}

/** The outcomes published since the last look. */
export async function outcomes(
  url: string,
): Promise<{ type: string; id: string; properties: Record<string, unknown> }[]> {
  return (await drain(url)).map(({ Body = '' }) => {
    const { 'detail-type': type, detail } = JSON.parse(Body);
    return { type, id: detail.metadata.id, properties: detail.properties };
  });
}

/** What the subscriber of the topic was told, as `episode sequence`. */
export async function told(url: string): Promise<string[]> {
  return (await drain(url)).map(({ Body = '' }) => {
    const { alert } = JSON.parse(JSON.parse(Body).Message);
    return `${alert.episode} ${alert.sequence}`;
  });
}

/** Every item of a project, by key. */
export async function items(project: string): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await documentClient().send(new ScanCommand({ TableName: table().table }));
  const order = (item: Record<string, unknown>) => `${item.pk} ${item.sk}`;
  return Items.filter((item) => item.project === project).sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** Leaves nothing: the ticker looks at all projects. */
export async function clearTable(): Promise<void> {
  const { Items = [] } = await documentClient().send(new ScanCommand({ TableName: table().table }));
  await deleteAll(
    Items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
    table(),
  );
}

/** Routes an event as on a quiet day, but for what is given. */
export async function routeEvent(event: AlertEvent, given: Partial<RouterOptions> = {}): Promise<void> {
  const quiet = { queue: deliveryQueue, routes: defineRoutes({}), inhibitions: [], now: () => 0 };
  await routeAlert(event, { ...quiet, ...given });
}

export interface Pump {
  readonly routes: Routes;
  readonly now: Clock;
  /** Senders at once. */
  readonly senders?: number;
  /** How often a message that failed is tried in all. */
  readonly attempts?: number;
}

/**
 * Works the delivery queue off, one message a run as infra sets it up, until it shows no more; delayed messages are not
 * waited for.
 */
export async function pump({ routes, now, senders = 1, attempts = 3 }: Pump): Promise<void> {
  const handler = queueConsumer((body) =>
    sendDelivery(parseDeliveryMessage(body), { routes, now, queue: deliveryQueue }),
  );
  const handle = async (record: SQSRecord) => {
    const event: SQSEvent = { Records: [record] };
    for (let n = 0; n < attempts; n++) {
      const context = { getRemainingTimeInMillis: () => 30_000 } as Context; // the handler reads no more of it
      const response = await handler(event, context, () => {});
      if (!response || response.batchItemFailures.length === 0) return;
    }
  };
  for (;;) {
    const messages = await drain(deliveriesQueueUrl());
    if (messages.length === 0) return;
    const left = messages.map(({ MessageId = '', Body = '' }) => {
      return { messageId: MessageId, body: Body, attributes: { ApproximateReceiveCount: '1' } } as SQSRecord;
    });
    const work = async () => {
      for (let record = left.shift(); record; record = left.shift()) await handle(record);
    };
    await Promise.all(Array.from({ length: senders }, work));
  }
}

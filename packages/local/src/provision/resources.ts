/**
 * The resources every function may link to: table, bucket, bus, topic, delivery queue; and queues by name. Made through
 * the real clients; what is already there is found again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateEventBusCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import { ConfigurationError, nameOf } from '@millrace/core/runtime';
import { type Clients, createClients } from './clients.ts';
import { ensureQueue, type Queue, type QueueSettings } from './queue.ts';

export interface Resources {
  readonly table: string;
  readonly bucket: string;
  readonly bus: string;
  readonly topicArn: string;
  readonly deliveries: Queue;
  /** Further queues, by the name they were asked for with. */
  readonly queues: ReadonlyMap<string, Queue>;
}

/**
 * Makes or finds the resources, named `<prefix>-<resource>`.
 * @param queues names of further queues, with default attributes.
 * @param deliveries settings of the delivery queue.
 */
export async function createResources({
  prefix,
  queues = [],
  deliveries: deliverySettings = {},
  clients = createClients(),
}: {
  prefix: string;
  queues?: readonly string[];
  deliveries?: QueueSettings;
  clients?: Clients;
}): Promise<Resources> {
  const { sqs } = clients;
  const [table, bucket, bus, topicArn, deliveries, ...others] = await Promise.all([
    ensureTable(clients.dynamodb, `${prefix}-state`),
    ensureBucket(clients.s3, `${prefix}-streams`),
    ensureBus(clients.events, `${prefix}-events`),
    ensureTopic(clients.sns, `${prefix}-alerts`),
    ensureQueue(sqs, `${prefix}-deliveries`, deliverySettings),
    ...queues.map(async (name) => [name, await ensureQueue(sqs, `${prefix}-${name}`)] as const),
  ]);
  return { table, bucket, bus, topicArn, deliveries, queues: new Map(others) };
}

/** Runs `create`; that the thing is already there is no error. */
async function unlessThere(create: () => Promise<unknown>, ...there: readonly string[]): Promise<void> {
  try {
    await create();
  } catch (caught) {
    if (!there.includes(nameOf(caught))) throw caught;
  }
}

const key = (AttributeName: string, KeyType: 'HASH' | 'RANGE') => ({ AttributeName, KeyType });

async function ensureTable(dynamodb: DynamoDBClient, TableName: string): Promise<string> {
  await unlessThere(
    async () =>
      await dynamodb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: ['pk', 'sk', 'gsi1pk', 'gsi1sk'].map((AttributeName) => ({
            AttributeName,
            AttributeType: 'S' as const,
          })),
          KeySchema: [key('pk', 'HASH'), key('sk', 'RANGE')],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'gsi1',
              KeySchema: [key('gsi1pk', 'HASH'), key('gsi1sk', 'RANGE')],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
        }),
      ),
    'ResourceInUseException',
  );
  for (let tries = 0; tries < 200; tries++) {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === 'ACTIVE') return TableName;
    await sleep(25);
  }
  throw new ConfigurationError(`the table ${TableName} did not become active within 5 s`);
}

async function ensureBucket(s3: S3Client, Bucket: string): Promise<string> {
  await unlessThere(async () => await s3.send(new CreateBucketCommand({ Bucket })), 'BucketAlreadyOwnedByYou');
  return Bucket;
}

async function ensureBus(events: EventBridgeClient, Name: string): Promise<string> {
  await unlessThere(
    async () => await events.send(new CreateEventBusCommand({ Name })),
    'ResourceAlreadyExistsException',
  );
  return Name;
}

async function ensureTopic(sns: SNSClient, Name: string): Promise<string> {
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name }));
  if (TopicArn === undefined) throw new ConfigurationError(`SNS gave no ARN for the topic ${Name}`);
  return TopicArn;
}

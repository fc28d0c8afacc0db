/**
 * For tests: a bucket to put files into, and a queue that hears what is published about them.
 */
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type EventDefinition, type Metadata, patternOf, type StreamFile } from '../../event/index.ts';
import { iso } from '../../runtime/index.ts';
import { busName, streamsBucket } from '../../runtime/resource.ts';
import { keen } from '../index.ts';
import { s3 } from '../object.ts';

export const layout = keen();
export const interval = Date.UTC(2026, 2, 2, 9);

export const cause: Metadata = {
  id: 'evt_0123456789abcdefghjkmnpqrs',
  version: 1,
  project: 'shop',
  traceId: 'trc_0123456789abcdefghjkmnpqrs',
  hop: 0,
  producedBy: 'ingest',
};

/** Puts an object and returns it as ingest would announce it. */
export async function put(
  key: string,
  body: string | Uint8Array,
  metadata: Record<string, string> = {},
): Promise<StreamFile> {
  const bucket = streamsBucket();
  const { ETag = '' } = await s3().send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body), Metadata: metadata }),
  );
  return {
    bucket,
    key,
    size: Buffer.byteLength(body),
    etag: ETag.replaceAll('"', ''),
    project: 'shop',
    collection: 'pageviews',
    interval: iso(interval),
    intervalLength: layout.intervalLength,
    receivedAt: '2026-03-02T09:05:30.000Z',
    writtenBy: 'producer',
  };
}

export async function get(key: string): Promise<Buffer> {
  const { Body } = await s3().send(new GetObjectCommand({ Bucket: streamsBucket(), Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

export async function head(key: string) {
  return s3().send(new HeadObjectCommand({ Bucket: streamsBucket(), Key: key }));
}

interface Heard {
  readonly metadata: Metadata;
  readonly properties: Record<string, unknown>;
}

/** A queue on the bus. The function returned takes what it holds by now, waiting for `count` events at least. */
export async function hear(name: string, definition: EventDefinition): Promise<(count: number) => Promise<Heard[]>> {
  const sqs = new SQSClient({});
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${busName()}-${name}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const bus = new EventBridgeClient({});
  const rule = { Name: name, EventBusName: busName(), EventPattern: JSON.stringify(patternOf([definition])) };
  await bus.send(new PutRuleCommand(rule));
  const target = { Id: '1', Arn: Attributes?.QueueArn ?? '' };
  await bus.send(new PutTargetsCommand({ Rule: name, EventBusName: busName(), Targets: [target] }));
  return async (count) => {
    const heard: Heard[] = [];
    for (let polls = 0; polls < 20; polls++) {
      const wait = heard.length < count ? 1 : 0;
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: wait }),
      );
      if (Messages.length === 0 && heard.length >= count) break;
      for (const { Body = '', ReceiptHandle } of Messages) {
        heard.push((JSON.parse(Body) as { detail: Heard }).detail);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
    return heard;
  };
}

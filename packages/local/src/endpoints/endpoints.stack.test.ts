/**
 * The endpoints as the SDK's clients see them, configured by the environment alone.
 */
import { get } from 'node:http';
import { networkInterfaces } from 'node:os';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { streamsBucket } from '@millrace/core/resource';
import { beforeAll, describe, expect, test } from 'vitest';
import { drain } from '../../test/drain.ts';
import { ensureQueue } from '../provision/queue.ts';
import { PortInUse } from './listen.ts';
import { startEndpoints } from './start.ts';

const s3 = new S3Client({});
const sqs = new SQSClient({});
const events = new EventBridgeClient({});
let inbox: string;

beforeAll(async () => {
  const queue = await ensureQueue(sqs, `${streamsBucket()}-created`);
  inbox = queue.url;
  const rule = `${streamsBucket()}-created`;
  const pattern = {
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: {
      bucket: { name: [streamsBucket()] },
      object: { key: [{ 'anything-but': { prefix: '_millrace/' } }] },
    },
  };
  await events.send(new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: rule, Targets: [{ Id: 'inbox', Arn: queue.arn }] }));
});

const put = async (Key: string, Body: string | Buffer) =>
  await s3.send(new PutObjectCommand({ Bucket: streamsBucket(), Key, Body }));

const createdEvents = async () => (await drain(inbox)).map((message) => JSON.parse(message.Body ?? ''));

describe('Object Created', () => {
  test.each([
    'plain.json',
    'with space/and+plus & more.json',
    'ünï/コード/🙂.json',
    'percent%20literal%.json',
    'project/2017-08-01T00:05:00.000Z/clicks/x.json.gz',
    'a//double/../dots',
  ])('says the key as it is: %s', async (key) => {
    const { ETag } = await put(key, 'x'.repeat(10));
    const [event, ...more] = await createdEvents();
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      version: '0',
      source: 'aws.s3',
      'detail-type': 'Object Created',
      account: '000000000000',
      region: 'us-east-1',
      resources: [`arn:aws:s3:::${streamsBucket()}`],
      detail: {
        version: '0',
        bucket: { name: streamsBucket() },
        object: { key, size: 10, etag: ETag?.replaceAll('"', '') },
        reason: 'PutObject',
      },
    });
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(event.detail.object.sequencer).toMatch(/^[0-9A-F]{18}$/);
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: streamsBucket(), Key: key }));
    expect(await Body?.transformToString()).toBe('x'.repeat(10));
  });

  test('comes once for a copy, with its own reason', async () => {
    await put('source é.json', 'abc');
    await createdEvents();
    const source = `${streamsBucket()}/${encodeURIComponent('source é.json')}`;
    await s3.send(new CopyObjectCommand({ Bucket: streamsBucket(), Key: 'copy é.json', CopySource: source }));
    const details = (await createdEvents()).map((event) => event.detail);
    expect(details).toMatchObject([{ reason: 'CopyObject', object: { key: 'copy é.json', size: 3 } }]);
  });

  test('comes once for a multipart upload, when it is complete', async () => {
    const object = { Bucket: streamsBucket(), Key: 'multi part.bin' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object));
    const Parts = [];
    for (const [index, size] of [6 * 1024 * 1024, 10].entries()) {
      const part = { ...object, UploadId, PartNumber: index + 1, Body: Buffer.alloc(size, 1) };
      Parts.push({ PartNumber: index + 1, ETag: (await s3.send(new UploadPartCommand(part))).ETag });
    }
    expect(await createdEvents()).toEqual([]);
    await s3.send(new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }));
    const details = (await createdEvents()).map((event) => event.detail);
    expect(details).toMatchObject([
      { reason: 'CompleteMultipartUpload', object: { key: 'multi part.bin', size: 6 * 1024 * 1024 + 10 } },
    ]);
    expect(details[0].object.etag).toMatch(/-2$/);
  });

  test('follows the rule: not for what lies under _millrace/, not for a refused upload', async () => {
    await put('_millrace/quarantine/x.json', 'x');
    await expect(s3.send(new PutObjectCommand({ Bucket: 'no-such-bucket', Key: 'k', Body: 'x' }))).rejects.toThrow();
    expect(await createdEvents()).toEqual([]);
  });
});

test('takes an object larger than fauxqs does by itself', async () => {
  const body = Buffer.alloc(20 * 1024 * 1024, 7);
  await put('_millrace/large.bin', body);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: streamsBucket(), Key: '_millrace/large.bin' }));
  expect(body.equals((await Body?.transformToByteArray()) ?? Buffer.of())).toBe(true);
});

test('of writers that ask for an empty place, one gets it', async () => {
  const once = { Bucket: streamsBucket(), Key: '_millrace/once é.json', IfNoneMatch: '*' };
  const attempts = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map(async (Body) => await s3.send(new PutObjectCommand({ ...once, Body }))),
  );
  expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await expect(s3.send(new PutObjectCommand({ ...once, Body: 'e' }))).rejects.toThrow(
    expect.objectContaining({ name: 'PreconditionFailed' }),
  );
});

test('queue URLs name an address, so that they resolve anywhere', async () => {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${streamsBucket()}-created` }));
  expect(QueueUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/000000000000\//);
});

describe('endpoints of their own', () => {
  test('listen on this machine only', async () => {
    const endpoints = await startEndpoints();
    try {
      const outside = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .find((address) => address.family === 'IPv4' && !address.internal);
      for (const service of ['DYNAMODB', 'S3', 'EVENTBRIDGE']) {
        const url = new URL(endpoints.env[`AWS_ENDPOINT_URL_${service}`] ?? '');
        expect(url.hostname).toBe('127.0.0.1');
        if (outside === undefined) continue;
        const reached = new Promise((resolve) => {
          get({ host: outside.address, port: url.port }, () => resolve('answered')).on('error', () =>
            resolve('refused'),
          );
        });
        expect(await reached).toBe('refused');
      }
    } finally {
      await endpoints.stop();
    }
  });

  test.each(['dynamodb', 'storage', 'eventbridge'] as const)('say which port is in use: %s', async (service) => {
    const first = await startEndpoints();
    const variable = { dynamodb: 'DYNAMODB', storage: 'S3', eventbridge: 'EVENTBRIDGE' }[service];
    const port = Number(new URL(first.env[`AWS_ENDPOINT_URL_${variable}`] ?? '').port);
    const second = startEndpoints({ ports: { [service]: port } });
    await expect(second).rejects.toThrow(PortInUse);
    await expect(second).rejects.toThrow(`port ${port}`);
    await first.stop();
    const third = await startEndpoints({ ports: { [service]: port } });
    await third.stop();
  });

  test('a message sent is received, and none is left after', async () => {
    await sqs.send(new SendMessageCommand({ QueueUrl: inbox, MessageBody: 'hello' }));
    expect((await drain(inbox)).map((message) => message.Body)).toEqual(['hello']);
    expect(await drain(inbox)).toEqual([]);
  });
});

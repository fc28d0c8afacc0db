/**
 * Bad input into the whole embedded stack: a clear account of it, nothing lost, and neighbours go on.
 */
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Stack, startStack } from '@millrace/local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PORTS = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
/** On a machine that is busy with other tests. */
const PATIENCE = 120_000;

const RECORD = '{"keen":{"id":"1","timestamp":"2026-03-02T09:00:01.000Z"},"visitor":{"id":"v-1"}}\n';
const METADATA = { collection: 'pageviews', timestamp: '2026-03-02T10:00:00.000Z' };
/** Each file is the pageviews of an interval of its own. */
const NAMES = ['garbage', 'empty', 'nothing', 'cut', 'torn', 'sound'] as const;
type Name = (typeof NAMES)[number];
const keyOf = (name: Name) => {
  const interval = `2026-03-02T09:${String(NAMES.indexOf(name) * 5).padStart(2, '0')}:00.000Z`;
  return `shop/${interval}/pageviews/shop-pageviews-${interval}.json.gz`;
};

describe('files and events', () => {
  let stack: Stack;
  const log: string[] = [];
  const bodies: Readonly<Record<Name, Buffer>> = {
    garbage: Buffer.from('this is no gzip, and no JSON either\n'),
    empty: Buffer.alloc(0),
    nothing: gzipSync(''),
    cut: gzipSync(RECORD.repeat(400) + RECORD.slice(0, 30)),
    torn: gzipSync(RECORD.repeat(20_000)).subarray(0, 900),
    sound: gzipSync(RECORD.repeat(3)),
  };

  beforeAll(async () => {
    stack = await startStack({
      ports: PORTS,
      env: { MILLRACE_LOG_LEVEL: 'debug' },
      onLog: (_name, line) => void log.push(line),
    });
    Object.assign(process.env, stack.env);
    const s3 = new S3Client({});
    const sqs = new SQSClient({});
    const Bucket = stack.resources.bucket;
    const put = async (Key: string, Body: Buffer, Metadata: Record<string, string> = {}) =>
      await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata }));
    for (const name of NAMES) await put(keyOf(name), bodies[name]);
    await put('somewhere/else.bin', gzipSync(RECORD)); // wrong key, no metadata
    await put('shop/anywhere.gz', gzipSync(RECORD), METADATA); // wrong key, metadata that tell all of it
    for (const queue of ['copier', 'router', 'ingest']) {
      const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `millrace-local-${queue}` }));
      const metadata = { id: 'e', version: 1, project: 'shop', traceId: 't', hop: 0, producedBy: 'test' };
      const event = {
        id: '1',
        time: '2026-03-02T09:00:00Z',
        'detail-type': 'no.such_event',
        detail: { metadata, properties: {} },
      };
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(event) }));
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'no JSON' }));
    }
    await stack.idle({ timeout: PATIENCE });
  }, PATIENCE);
  afterAll(async () => {
    await stack.stop();
  });

  const accounts = async () => {
    const { FileProgress } = await import('@millrace/core/stream');
    const { table } = await import('@millrace/core/table');
    const { data } = await FileProgress.scan.go({ ...table(), pages: 'all' });
    const of = (key: string) => data.find((one) => one.workflow === 'copier' && one.key === key)?.counts;
    return { of, all: data.map(({ counts }) => counts as Record<string, number>) };
  };

  test.each([
    ['not gzip and not JSON', 'garbage', { read: 1, accepted: 0, quarantined: 1 }],
    ['empty', 'empty', { read: 0, accepted: 0, quarantined: 0 }],
    ['gzip of nothing', 'nothing', { read: 0, accepted: 0, quarantined: 0 }],
    ['ending in the middle of a record', 'cut', { read: 401, accepted: 400, quarantined: 1 }],
    ['a neighbour, and sound', 'sound', { read: 3, accepted: 3, quarantined: 0 }],
  ] as const)('a file that is %s', async (_name, file, counts) => {
    expect((await accounts()).of(keyOf(file))).toMatchObject(counts);
  });

  test('a gzip stream that breaks off: what was whole is read, the rest is quarantined', async () => {
    const counts = (await accounts()).of(keyOf('torn')) as Record<string, number>;
    expect(counts.accepted).toBeGreaterThan(0);
    expect(counts.quarantined).toBe(1);
  });

  test('a wrong key: with metadata that tell all of it the file is read, without it stays where it is and is announced', async () => {
    expect((await accounts()).of('shop/anywhere.gz')).toMatchObject({ read: 1, accepted: 1 });
    const said = log.find((line) => line.includes('somewhere/else.bin'));
    expect(said).toContain('unrecognized_key');
    expect(said).toContain('set the object metadata');
    const still = await new S3Client({}).send(
      new GetObjectCommand({ Bucket: stack.resources.bucket, Key: 'somewhere/else.bin' }),
    );
    expect(still.ContentLength).toBe(gzipSync(RECORD).length);
  });

  test('lines read are accepted or quarantined, in every workflow', async () => {
    for (const { read = 0, accepted = 0, quarantined = 0 } of (await accounts()).all)
      expect(read).toBe(accepted + quarantined);
  });

  test('no line of the log has anything of a record, whether that could be read or not', () => {
    const said = log.join('\n');
    expect(said).toContain(keyOf('garbage'));
    for (const part of ['this is no gzip', 'visitor', 'v-1']) expect(said).not.toContain(part);
  });

  test('events of unknown type and messages that are none: in the dead-letter queue, with the reason', async () => {
    expect(stack.deadLetters()).toMatchObject({
      copier: 2,
      router: 2,
      ingest: 2,
      enricher: 0,
      attributor: 0,
      evaluator: 0,
    });
    const sqs = new SQSClient({});
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'millrace-local-copier-dead-letters' }));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    const reasons = Messages.map(({ MessageAttributes }) => MessageAttributes?.errorCode?.StringValue).toSorted();
    expect(reasons).toEqual(['not_json', 'unknown_type']);
  });
});

/**
 * A file too large for one run of the copier, all the way: S3, ingest, the bus, the copier's own queue and time-out. What
 * is left behind is what one run over the same file leaves.
 */
import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { CopyFileWritten, CopyRecordCopied, StreamFileQuarantined, StreamFileReceived } from '@millrace/core/event';
import { triggers, workflows } from '@millrace/functions/workflows';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fixture } from '../../test/fixtures/registry.ts';
import { createClients, type Registry } from '../provision/index.ts';
import { type Stack, startStack } from './index.ts';

const INTERVAL = '2026-03-02T09:00:00.000Z';
const KEY = `shop/${INTERVAL}/pageviews/shop-pageviews-${INTERVAL}.json.gz`;
const RECORDS = 7000;

const copier = workflows.filter(({ name }) => name === 'copier');
const registry: Registry = {
  workflows: [
    ...copier.map((one) => ({ ...one, handler: fixture('copier'), timeout: 4 })),
    // The same in one run, of files that its queue is given by hand.
    ...copier.map((one) => ({
      ...one,
      name: 'leisurely' as const,
      handler: fixture('copier'),
      filter: { properties: { project: ['nobody'] } },
    })),
    ...copier.map(({ filter: _, ...one }) => ({
      ...one,
      name: 'listener' as const,
      handler: fixture('tell'),
      events: [StreamFileReceived, CopyFileWritten, CopyRecordCopied, StreamFileQuarantined] as const,
      grants: [],
    })),
  ],
  triggers: triggers.filter(({ name }) => name === 'ingest'),
};

interface Heard {
  readonly 'detail-type': string;
  readonly detail: { readonly metadata: { readonly id: string }; readonly properties: { readonly key?: string } };
}

const logged: string[] = [];
let stack: Stack;
let clients: ReturnType<typeof createClients>;

beforeAll(async () => {
  const ports = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
  const onLog = (name: string, line: string) => logged.push(`${name}| ${line}`);
  stack = await startStack({ ports, registry, onLog, env: { MILLRACE_LOG_LEVEL: 'info' } });
  clients = createClients(stack.env);
});
afterAll(async () => {
  clients.destroy();
  await stack.stop();
});

/** Events heard, by id: a repeat is one. */
function heard(): Map<string, Heard> {
  const events = new Map<string, Heard>();
  for (const line of logged.filter((one) => one.startsWith('listener| {"function"'))) {
    for (const { body } of JSON.parse(line.slice('listener| '.length)).event.Records) {
      const event: Heard = JSON.parse(body);
      events.set(event.detail.metadata.id, event);
    }
  }
  return events;
}

async function objects(): Promise<Record<string, object>> {
  const { Contents = [] } = await clients.s3.send(new ListObjectsV2Command({ Bucket: stack.resources.bucket }));
  const found: Record<string, object> = {};
  for (const { Key = '' } of Contents) {
    if (Key === KEY || Key.startsWith('_millrace/checkpoint/')) continue;
    const object = await clients.s3.send(new GetObjectCommand({ Bucket: stack.resources.bucket, Key }));
    const bytes = await buffer(object.Body as NodeJS.ReadableStream); // Node's S3 client gives a stream
    const digest = createHash('sha256').update(bytes).digest('hex');
    found[Key] = { digest, size: bytes.length, etag: object.ETag, metadata: object.Metadata };
  }
  return found;
}

const items = async () =>
  (await clients.dynamodb.send(new ScanCommand({ TableName: stack.resources.table }))).Items ?? [];

/** When a copy reached the bucket is the copy's own. */
const withoutArrival = (name: string, value: unknown) => (name === 'receivedAt' ? undefined : value);

async function left() {
  const announced = [...heard()].map(([id, { 'detail-type': type, detail }]) => [id, type, detail.properties]);
  const sorted = (all: readonly object[]) => all.map((one) => JSON.stringify(one, withoutArrival)).sort();
  const all = await items();
  const own = all.filter(({ file }) => file?.S === KEY);
  return {
    objects: await objects(),
    items: sorted(own),
    receipts: all.length - own.length,
    announced: sorted(announced),
  };
}

/** As if the file had been received, and nothing done with it. */
async function forget(): Promise<void> {
  const { bucket: Bucket, table: TableName } = stack.resources;
  for (const Key of Object.keys(await objects())) await clients.s3.send(new DeleteObjectCommand({ Bucket, Key }));
  for (const { pk, sk, __edb_e__: entity } of await items()) {
    if (pk === undefined || sk === undefined || entity?.S === 'fileReceipt') continue;
    await clients.dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk, sk } }));
  }
  logged.length = 0;
}

test('a file that takes several runs is copied as in one', { timeout: 120_000 }, async () => {
  const lines = Array.from({ length: RECORDS }, (_, n) => {
    const record = JSON.stringify({ keen: { id: String(n) }, n, pad: randomBytes(1200).toString('base64') });
    return n % 1000 === 999 ? record.slice(0, -1) : record;
  });
  const Body = gzipSync(lines.join('\n'), { level: 1 });
  await clients.s3.send(new PutObjectCommand({ Bucket: stack.resources.bucket, Key: KEY, Body }));
  await stack.idle({ timeout: 120_000 });
  const handedOver = logged.filter((line) => line.startsWith('copier|') && line.includes('handed over'));
  expect(handedOver.length).toBeGreaterThan(0);
  const inSeveral = await left();
  const received = [...heard().values()].find(({ detail }) => detail.properties.key === KEY);
  expect(received?.['detail-type']).toBe('stream.file_received');

  await forget();
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName: 'millrace-local-leisurely' }));
  await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(received) }));
  await stack.idle({ timeout: 120_000 });
  const inOne = await left();
  expect(inOne.objects).toEqual(inSeveral.objects);
  expect(inOne.items).toEqual(inSeveral.items);
  expect(inOne.receipts).toBe(inSeveral.receipts); // of the copies, which are streams again
  const own = `"${received?.detail.metadata.id}"`; // was not sent again
  expect(inOne.announced).toEqual(inSeveral.announced.filter((event) => !event.includes(`[${own}`)));
  expect(stack.deadLetters()).toEqual({ copier: 0, leisurely: 0, listener: 0, ingest: 0 });

  const counts = '"read":{"N":"7000"},"accepted":{"N":"6993"},"quarantined":{"N":"7"},"copied":{"N":"14036"}';
  expect(inOne.items.filter((item) => item.includes(counts))).toHaveLength(1);
  expect(Object.keys(inOne.objects).filter((key) => key.startsWith('rolled/')).length).toBeGreaterThan(1);
  const etags = Object.values(inOne.objects).map((object) => JSON.stringify(object));
  expect(etags.some((object) => /-\d+\\"/.test(object))).toBe(true); // sent in parts
});

/**
 * For tests: a small shop's files in the real bucket, the attributor over them, and what it leaves behind.
 */
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type EventOf, StreamFileReceived } from '../../event/index.ts';
import { deterministicId, iso } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { keen, readObjectIfPresent } from '../../stream/index.ts';
import { deleteAll, table } from '../../table/index.ts';
import { defineAttributions } from '../definition/definition.ts';
import { attributeFile } from '../run/attribute-file.ts';

export const layout = keen();
const attributions = defineAttributions([
  {
    name: 'purchases',
    project: 'shop',
    conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
    touches: { collections: ['pageviews'], visitor: 'visitor.id' },
    models: ['last', 'linear'],
    ownDomains: ['shop.example'],
  },
]);
export const s3 = new S3Client({});
export const MINUTE = 60_000;
export const START = Date.parse('2026-03-02T09:00:00.000Z');

export interface TestFile {
  readonly key: string;
  readonly body: Buffer;
  readonly collection: string;
  readonly interval: number;
}

/** @param minute of the interval, after the start. */
export function file(collection: string, minute: number, lines: readonly (object | string)[]): TestFile {
  const interval = START + minute * MINUTE;
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const key = layout.key({ project: 'shop', collection, interval });
  return { key, body: gzipSync(text), collection, interval };
}

/** @param at minutes after the start. */
export const at = (minutes: number) => iso(START + minutes * MINUTE);
export const view = (id: string, minutes: number, visitor: string, query = '') => ({
  keen: { id, timestamp: at(minutes) },
  visitor: { id: visitor },
  page: { url: `https://shop.example/${query}` },
  referrer: 'https://www.google.com/',
});
export const purchase = (id: string, minutes: number, visitor: string | undefined, total: string) => ({
  keen: { id, timestamp: at(minutes) },
  ...(visitor === undefined ? {} : { visitor: { id: visitor } }),
  order: { currency: 'EUR', total },
});

export const files: readonly TestFile[] = [
  file('pageviews', 0, [view('t1', 1, 'v1', '?gclid=1'), view('t2', 2, 'v2'), '{"cut']),
  file('pageviews', 5, [view('t3', 6, 'v1'), view('t4', 6, 'v1', '?utm_source=mail&utm_medium=email')]),
  file('pageviews', 15, [view('t5', 16, 'v3'), view('t6', 17, 'v2')]),
  file('pageviews', 20, [view('t7', 21, 'v1'), view('t8', 24, 'v2'), view('t9', 23, 'v1')]),
  file('purchases', 5, [purchase('c1', 7, 'v1', '10.00'), purchase('c2', 9, 'v2', '-0.01')]),
  file('purchases', 20, [purchase('c3', 22, 'v1', '49.98'), purchase('c4', 22, undefined, '5.00'), '42']),
  file('purchases', 25, [purchase('c5', 26, 'v1', '100.00'), purchase('c6', 27, 'v4', '3.00')]),
];

/** Puts the file and returns the event ingest would publish. */
export async function put({ key, body, collection, interval }: TestFile): Promise<EventOf<typeof StreamFileReceived>> {
  const bucket = streamsBucket();
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  const etag = ETag.replaceAll('"', '');
  return StreamFileReceived.create(
    {
      ...{ bucket, key, etag, size: body.length, project: 'shop', collection, interval: iso(interval) },
      ...{ intervalLength: layout.intervalLength, receivedAt: iso(interval + 7 * MINUTE), writtenBy: 'producer' },
    },
    {
      ...{ id: deterministicId('evt', key, etag), version: 1, project: 'shop' },
      ...{ traceId: deterministicId('trc', key, etag), hop: 0, producedBy: 'ingest' },
    },
  );
}

export const deliver = (event: EventOf<typeof StreamFileReceived>) => attributeFile(event, { attributions, layout });

export async function keysInBucket(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: streamsBucket() }));
  return Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])).toSorted();
}

export async function items(): Promise<Record<string, unknown>[]> {
  const { client, table: TableName } = table();
  const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
  return Items.toSorted((a, b) => `${a.pk} ${a.sk}`.localeCompare(`${b.pk} ${b.sk}`));
}

/** Everything that is left behind: table items, objects with their bytes and metadata. */
export async function leftBehind() {
  const objects = [];
  for (const Key of await keysInBucket()) {
    const body = await readObjectIfPresent(streamsBucket(), Key);
    const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket: streamsBucket(), Key }));
    objects.push({ Key, Metadata, bytes: body && (await buffer(body)).toString('base64') });
  }
  return { objects, items: await items() };
}

export async function rows(interval: number) {
  const key = layout.key({ project: 'shop', collection: 'attributions', interval: START + interval * MINUTE });
  const body = await readObjectIfPresent(streamsBucket(), key);
  if (body === undefined) return undefined;
  const lines = gunzipSync(await buffer(body))
    .toString()
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

export async function reset() {
  for (const Key of await keysInBucket()) {
    await s3.send(new DeleteObjectCommand({ Bucket: streamsBucket(), Key }));
  }
  await deleteAll(
    (await items()).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
    table(),
  );
}

export async function deliverInOrder() {
  for (const one of files) await deliver(await put(one));
}

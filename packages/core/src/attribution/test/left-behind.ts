/**
 * For tests: what lies in bucket and table.
 */
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { DeleteObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { streamsBucket } from '../../runtime/resource.ts';
import { readObjectIfPresent } from '../../stream/index.ts';
import { deleteAll, table } from '../../table/index.ts';
import { layout, MINUTE, START, s3 } from './shop.ts';

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

/** Rows of the results of an interval. @param minute of its start. */
export async function rows(minute: number) {
  const key = layout.key({ project: 'shop', collection: 'attributions', interval: START + minute * MINUTE });
  const body = await readObjectIfPresent(streamsBucket(), key);
  if (body === undefined) return undefined;
  const lines = gunzipSync(await buffer(body))
    .toString()
    .split('\n')
    .filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Ids of the touches credited in them, by row. */
export async function credited(minute: number): Promise<string[][] | undefined> {
  return (await rows(minute))?.map(({ credits }) => credits.map(({ touch }: { touch: string }) => touch));
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

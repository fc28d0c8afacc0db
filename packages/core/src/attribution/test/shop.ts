/**
 * For tests: a small shop's files in the real bucket, and the attributor over them.
 */
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { StreamFileReceived } from '../../event/index.ts';
import { deterministicId, iso } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { keen } from '../../stream/index.ts';
import { type Attribution, type AttributionDeclaration, defineAttributions } from '../definition/definition.ts';
import { attributeFile } from '../run/attribute-file.ts';
import { finishAttributions } from '../run/finish-attributions.ts';
import type { AttributionOptions } from '../run/work.ts';
import type { FileEvent } from '../side/side-file.ts';

export const layout = keen();
export const declared: AttributionDeclaration = {
  name: 'purchases',
  project: 'shop',
  conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
  touches: { collections: ['pageviews'], visitor: 'visitor.id' },
  models: ['last', 'linear'],
  ownDomains: ['shop.example'],
};
/** For `attributor`: who is who, and what went back. */
export const peopleAndRefunds = {
  aliases: [{ collection: 'signups', anonymous: 'visitor.id', user: 'user.id' }],
  refunds: { collection: 'refunds', conversion: 'order', value: 'amount', currency: 'currency' },
} satisfies Partial<AttributionDeclaration>;

export function declare(change: Partial<AttributionDeclaration> = {}): Attribution {
  const [attribution] = defineAttributions([{ ...declared, ...change }]);
  if (attribution === undefined) throw new Error('one is declared');
  return attribution;
}
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
export const signup = (minutes: number, visitor: string, user: string) => ({
  ...{ keen: { id: `s${minutes}`, timestamp: at(minutes) }, visitor: { id: visitor }, user: { id: user } },
});
export const refund = (id: string, order: string, amount: string, currency = 'EUR') => ({
  ...{ keen: { id, timestamp: at(60) }, order, amount, currency },
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

/** The one of them that holds an interval. @param minute of its start. */
export function fileOf(collection: string, minute: number): TestFile {
  const found = files.find((one) => one.collection === collection && one.interval === START + minute * MINUTE);
  if (found === undefined) throw new Error(`no file of ${collection} at minute ${minute}`);
  return found;
}

/** Puts the file and returns the event ingest would publish: seven minutes after the start of the interval, it is there. */
export const put = (one: TestFile): Promise<FileEvent> => putAt(one, one.interval + 7 * MINUTE);

/** Puts a file over one that is there, so many hours after the start. */
export const overwrite = (one: TestFile, hours = 3): Promise<FileEvent> => putAt(one, START + hours * 60 * MINUTE);

async function putAt({ key, body, collection, interval }: TestFile, receivedAt: number): Promise<FileEvent> {
  const bucket = streamsBucket();
  const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  const etag = ETag.replaceAll('"', '');
  return StreamFileReceived.create(
    {
      ...{ bucket, key, etag, size: body.length, project: 'shop', collection, interval: iso(interval) },
      ...{ intervalLength: layout.intervalLength, receivedAt: iso(receivedAt), writtenBy: 'producer' },
    },
    {
      ...{ id: deterministicId('evt', key, etag), version: 1, project: 'shop' },
      ...{ traceId: deterministicId('trc', key, etag), hop: 0, producedBy: 'ingest' },
    },
  );
}

/** The attributor and the finisher over an attribution of the shop's. */
export function attributor(change: Partial<AttributionDeclaration> = {}, streams: Partial<AttributionOptions> = {}) {
  const options = { attributions: [declare(change)], layout, ...streams };
  const run = (event: FileEvent) => attributeFile(event, options);
  return {
    run,
    /** Puts the files and runs over their events, one after the other. */
    deliver: async (...files: readonly TestFile[]) => {
      for (const one of files) await run(await put(one));
    },
    /** @param minutes after the start that it is now. */
    finish: (minutes: number) => finishAttributions({ ...options, now: () => START + minutes * MINUTE }),
  };
}

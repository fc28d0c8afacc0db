import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { UnacceptableMessage } from '../bus/index.ts';
import { HOP_LIMIT, StreamFileQuarantined, StreamFileReceived } from '../event/index.ts';
import { deterministicId } from '../runtime/index.ts';
import { keyPart, table } from '../table/index.ts';
import { FileReceipt, ingestObject, lineageMetadata } from './index.ts';
import { s3 } from './object.ts';
import { cause, get, head, hear, interval, layout, put } from './test/streams.ts';

const received = await hear('received', StreamFileReceived);
const quarantined = await hear('quarantined', StreamFileQuarantined);

/** As EventBridge puts it into the queue. */
function created(bucket: string, key: string) {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    account: '111122223333',
    time: '2026-03-02T09:05:31Z',
    region: 'eu-west-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: 5, etag: 'stale', sequencer: '00617F08299329D189' },
      'request-id': 'N4N7GDK58NMKJ12R',
      requester: '123456789012',
      'source-ip-address': '1.2.3.4',
      reason: 'PutObject',
    },
  };
}

const ingest = (file: { bucket: string; key: string }) => ingestObject(created(file.bucket, file.key), () => layout);
const keyOf = (collection: string, part?: string) =>
  layout.key({ project: 'shop', collection, interval, ...(part === undefined ? {} : { part }) });

async function receipts(collection: string) {
  const query = { project: keyPart('shop'), collection: keyPart(collection) };
  return (await FileReceipt.query.byInterval(query).go({ ...table(), pages: 'all' })).data;
}

describe('ingestObject', () => {
  it('writes the receipt and announces the file as it is, the same at every delivery', async () => {
    const file = await put(keyOf('pageviews'), 'hello');
    for (let n = 0; n < 3; n++) await ingest(file);
    const events = await received(3);
    expect(events).toHaveLength(3);
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
    const lastModified = (await head(file.key)).LastModified?.toISOString();
    expect(events[0]).toEqual({
      metadata: {
        id: deterministicId('evt', 'stream.file_received', file.bucket, file.key, file.etag),
        version: 1,
        project: 'shop',
        traceId: deterministicId('trc', file.bucket, file.key, file.etag),
        hop: 0,
        producedBy: 'ingest',
      },
      properties: { ...file, receivedAt: lastModified },
    });
    const found = await receipts('pageviews');
    expect(found).toMatchObject([{ key: file.key, etag: file.etag, size: 5, interval, writtenBy: 'producer' }]);
  });

  it('takes collection and time from the metadata before the key', async () => {
    const metadata = { collection: 'clicks', timestamp: '2026-03-02T09:10:00.000Z' };
    await ingest(await put(keyOf('by-metadata'), 'x', metadata));
    await ingest(await put('shop/upload.ndjson', 'x', metadata));
    const expected = { project: 'shop', collection: 'clicks', interval: '2026-03-02T09:10:00.000Z' };
    expect((await received(2)).map(({ properties }) => properties)).toMatchObject([expected, expected]);
    expect(await receipts('by-metadata')).toEqual([]);
  });

  it('carries on the lineage of a derived file', async () => {
    const source = await put(keyOf('lineage-source'), 'x');
    await ingest(await put(keyOf('derived'), 'x', lineageMetadata('copier', { ...cause, hop: 2 }, source)));
    expect(await received(1)).toMatchObject([
      { metadata: { traceId: cause.traceId, causedBy: cause.id, hop: 3 }, properties: { writtenBy: 'copier' } },
    ]);
  });

  it.each([
    ['a hop that is no number', { 'millrace-hop': 'Infinity' }],
    ['a negative hop', { 'millrace-hop': '-1' }],
    ['a writer that is no workflow', { 'millrace-written-by': 'Robert"); DROP' }],
    ['a trace that is none', { 'millrace-trace-id': 'x'.repeat(500) }],
  ])('takes a file for a producer’s where its lineage is not ours: %s', async (name, forged) => {
    const source = await put(keyOf('forged-source'), 'x');
    const metadata = { ...lineageMetadata('copier', cause, source), ...forged };
    await ingest(await put(keyOf('forged', name.replaceAll(' ', '-')), 'x', metadata));
    expect(await received(1)).toMatchObject([{ metadata: { hop: 0 }, properties: { writtenBy: 'producer' } }]);
  });

  it('ends a loop of derived files with a quarantine', async () => {
    const source = await put(keyOf('loop-source'), 'x');
    const file = await put(keyOf('loop'), 'x', lineageMetadata('copier', { ...cause, hop: HOP_LIMIT - 1 }, source));
    await ingest(file);
    expect(await quarantined(1)).toMatchObject([
      {
        metadata: { hop: HOP_LIMIT, traceId: cause.traceId, project: 'shop' },
        properties: {
          workflow: 'ingest',
          collection: 'loop',
          lines: 0,
          reasons: { hop_limit: 1 },
          file: { key: file.key },
        },
      },
    ]);
    expect(await receipts('loop')).toEqual([]);
    expect(await received(0)).toEqual([]);
  });

  it.each([
    ['readme.txt', 'unknown'],
    ['shop/readme.txt', 'shop'],
    ['shop/2026-13-45/pageviews/x.json.gz', 'shop'],
    ['/a//b', 'unknown'],
  ])('quarantines %s as a whole and leaves it where it is', async (key, project) => {
    const file = await put(key, 'content');
    await ingest(file);
    const [event] = await quarantined(1);
    expect(event).toMatchObject({
      metadata: { project },
      properties: {
        workflow: 'ingest',
        lines: 0,
        reasons: { unrecognized_key: 1 },
        file: { key, size: 7, etag: file.etag },
      },
    });
    expect(event?.properties).not.toHaveProperty('quarantineKey');
    expect((await get(key)).toString()).toBe('content');
  });

  it('passes over what is no stream file: our own folder, folder markers, what is gone again', async () => {
    await ingest(await put('_millrace/quarantine/copier/x.ndjson', 'x'));
    await ingest(await put('shop/', ''));
    const gone = await put(keyOf('gone'), 'x');
    await s3().send(new DeleteObjectCommand({ Bucket: gone.bucket, Key: gone.key }));
    await ingest(gone);
    expect(await received(0)).toEqual([]);
    expect(await quarantined(0)).toEqual([]);
  });

  it.each([
    ['nothing', null],
    ['another event', { ...created('b', 'k'), 'detail-type': 'Object Deleted' }],
    ['another source', { ...created('b', 'k'), source: 'millrace.dev' }],
    ['no key', { ...created('b', 'k'), detail: { bucket: { name: 'b' }, object: {} } }],
  ])('refuses %s for good', async (_, message) => {
    const refusal = await ingestObject(message, () => layout).catch((caught: unknown) => caught);
    expect(refusal).toBeInstanceOf(UnacceptableMessage);
    expect(refusal).toMatchObject({ retryable: false, code: 'not_an_event' });
  });
});

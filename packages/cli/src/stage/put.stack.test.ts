import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { HeadObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { streamsBucket } from '@millrace/core/resource';
import { keen, readObjectIfPresent } from '@millrace/core/stream';
import { describe, expect, test } from 'vitest';
import { withContent } from './content.ts';
import { putStreamFile } from './put.ts';

const layout = keen();
const bucket = streamsBucket();

const put = async (collection: string, body: Buffer) =>
  await withContent(
    Readable.from([body]),
    async (content) =>
      await putStreamFile(
        { bucket, layout, placement: { project: 'shop', collection, interval: Date.parse('2026-03-02T09:05:00Z') } },
        content,
      ),
  );
const stored = async (key: string) => {
  const body = await readObjectIfPresent(bucket, key);
  return body === undefined ? undefined : await buffer(body);
};

describe('putStreamFile', () => {
  test.each([
    ['plain text, gzipped on the way', Buffer.from('{"a":1}\n')],
    ['nothing at all', Buffer.alloc(0)],
    ['a single byte', Buffer.from('{')],
    ['binary noise', Buffer.from([0, 255, 31, 139, 8])],
  ])('keeps %s', async (name, body) => {
    const { key, outcome } = await put(name.replaceAll(/\W/g, ''), body);
    expect(outcome).toBe('written');
    expect(gunzipSync((await stored(key)) ?? '').equals(body)).toBe(true);
  });

  test('leaves gzip as it is', async () => {
    const body = gzipSync('{"a":1}\n', { level: 1 });
    const { key } = await put('gzipped', body);
    expect((await stored(key))?.equals(body)).toBe(true);
  });

  test('puts it where the layout says, with its metadata', async () => {
    const { key } = await put('pageviews', Buffer.from('{}'));
    expect(key).toBe('shop/2026-03-02T09:05:00.000Z/pageviews/shop-pageviews-2026-03-02T09:05:00.000Z.json.gz');
    const { Metadata } = await new S3Client({}).send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    expect(Metadata).toEqual({ collection: 'pageviews', timestamp: '2026-03-02T09:05:00.000Z' });
  });

  test('never writes over another file, and sends the same bytes once', async () => {
    const [one, two] = [Buffer.from('{"n":1}'), Buffer.from('{"n":2}')];
    const first = await put('orders', one);
    const second = await put('orders', two);
    expect([first.outcome, second.outcome]).toEqual(['written', 'written']);
    expect(second.key).not.toBe(first.key);
    expect(layout.parse(second.key, {})).toMatchObject({ project: 'shop', collection: 'orders' });
    expect(await put('orders', one)).toEqual({ key: first.key, outcome: 'present' });
    expect(await put('orders', two)).toEqual({ key: second.key, outcome: 'present' });
    expect(gunzipSync((await stored(first.key)) ?? '').toString()).toBe('{"n":1}');
  });
});

/**
 * A copy so large that it goes to S3 in parts, cut off at any write and delivered again.
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { HeadObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { StreamFileReceived } from '../event/index.ts';
import { s3 } from '../stream/object.ts';
import { SeverableLine } from '../stream/test/index.ts';
import { cause, interval, layout, put } from '../stream/test/streams.ts';
import { copyFile } from './copy-file.ts';
import { defineCopies } from './declaration.ts';
import { forget, whatIsLeft } from './test/what-is-left.ts';

const line = new SeverableLine();
afterAll(() => line.close());
await line.open();

const copies = defineCopies([{ name: 'all', from: { project: 'shop' }, into: { project: 'archive' } }]);
const [key, copied] = ['shop', 'archive'].map((project) => layout.key({ project, collection: 'pageviews', interval }));

/** 9 MiB that do not compress: two parts. */
const lines = Array.from({ length: 120 }, (_, n) => JSON.stringify({ n, pad: randomBytes(80_000).toString('base64') }));

describe('cut off', () => {
  it.each([
    ['before any write', false],
    ['before the answer to any write', true],
  ])('%s: leaves what an undisturbed run leaves', async (_, lastArrives) => {
    const file = await put(key ?? '', gzipSync(lines.join('\n'), { level: 1 }));
    const deliver = () => copyFile(StreamFileReceived.create(file, cause), { copies, layout });
    const head = async () => {
      const { ETag, Metadata, ContentLength } = await s3().send(
        new HeadObjectCommand({ Bucket: file.bucket, Key: copied }),
      );
      return { ETag, Metadata, ContentLength };
    };
    await deliver();
    const once = { ...(await whatIsLeft(file)), head: await head() };
    expect(once.head.ETag).toMatch(/-2"$/);
    let writes: readonly string[] = [];
    for (let cut = 0; ; cut++) {
      await forget(file);
      line.cutAfter(cut, lastArrives);
      const whole = await deliver().then(
        () => true,
        () => false,
      );
      writes = line.writes;
      line.mend();
      if (whole) break;
      await deliver();
      expect({ ...(await whatIsLeft(file)), head: await head() }).toEqual(once);
    }
    // The upload's beginning, two parts and its end; the event, and the file marked done.
    expect(writes).toEqual([...Array<string>(4).fill('S3'), 'EVENTBRIDGE', 'DYNAMODB']);
  });

  it('by itself, it leaves no parts behind', async () => {
    const { bucket, ...file } = await put(key ?? '', gzipSync([...lines, '{"n":1}'].join('\n'), { level: 1 }));
    await forget({ bucket, ...file });
    const before = await s3().send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    const gone = StreamFileReceived.create({ bucket, ...file, etag: 'another' }, cause);
    await expect(copyFile(gone, { copies, layout })).rejects.toMatchObject({ code: 'superseded_file' });
    const after = await s3().send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    expect(after.Uploads).toEqual(before.Uploads);
  });
});

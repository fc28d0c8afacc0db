/**
 * What the attributor leaves behind is a function of the files, however often, in what order and how concurrently they
 * are delivered, and wherever a run was cut off.
 */
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { FileProgress } from '../../stream/index.ts';
import { table } from '../../table/index.ts';
import { leftBehind, reset, rows } from '../test/left-behind.ts';
import { hold, openLine } from '../test/line.ts';
import { attributor, fileOf, files, layout, put, s3, type TestFile } from '../test/shop.ts';
import { AttributedFile, attributedFileKey } from './attributed-file.ts';

const line = await openLine();
const { run, deliver } = attributor();

/** Delivers at once what comes, each file put into the bucket a pause before its first delivery. */
async function deliverConcurrently(deliveries: readonly TestFile[], pause: () => Promise<void>): Promise<void> {
  const events = new Map<TestFile, ReturnType<typeof put>>();
  const queue = deliveries[Symbol.iterator]();
  const consume = async () => {
    for (const one of queue) {
      const event = events.get(one) ?? pause().then(() => put(one));
      events.set(one, event);
      await run(await event);
    }
  };
  await Promise.all(Array.from({ length: 8 }, consume));
}

describe('whatever the order', () => {
  it.each([
    ['once', 1],
    ['five times', 5],
  ])(
    'of files that each come %s, shuffled, concurrently and with slow writes, the same is left behind',
    async (_, times) => {
      await deliver(...files);
      const expected = await leftBehind();
      expect(expected.items).toHaveLength(6);

      const deliveries = files.flatMap((one) => Array.from({ length: times }, () => one));
      const anyOrder = fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
      const waits = fc.infiniteStream(fc.constantFrom(0, 0, 5, 30, 80));
      await fc.assert(
        fc.asyncProperty(anyOrder, waits, async (order, wait) => {
          await reset();
          const pause = async () => await setTimeout(wait.next().value ?? 0);
          line.before = ({ method, url }) => (method === 'PUT' && url?.includes('attributions') ? pause() : undefined);
          await deliverConcurrently(order, pause);
          line.before = () => undefined;
          expect(await leftBehind()).toEqual(expected);
        }),
        { numRuns: times === 1 ? 12 : 4, endOnFailure: true },
      );
    },
  );

  it('a slow run does not have the last word over one that saw more', async () => {
    const resume = hold(line, /PUT .*attributions/, 1);
    const slow = deliver(fileOf('purchases', 20)); // has read a bucket without touches, and is about to write
    await resume.reached;
    await deliver(fileOf('pageviews', 20));
    expect((await rows(20))?.[0]).toMatchObject({ credits: [{ touch: 't7' }] });
    resume();
    await slow;
    expect((await rows(20))?.[0]).toMatchObject({ credits: [{ touch: 't7' }] });
  });
});

describe('a run that was cut off', () => {
  const [conversions, touches] = [fileOf('purchases', 20), fileOf('pageviews', 20)];
  const output = layout.key({ project: 'shop', collection: 'attributions', interval: conversions.interval });
  /** State as the run of an older lookback would have left it. */
  const stale = async () => {
    const event = await put(conversions);
    const key = attributedFileKey(event.properties);
    const { data } = await AttributedFile.get(key).go({ ...table(), consistent: true });
    if (data?.result === undefined) throw new Error('settled before');
    return { key, result: data.result };
  };

  const progress = async () => {
    const { data } = await FileProgress.scan.go({ ...table(), pages: 'all' });
    const found = data.find(({ key }) => key === conversions.key);
    if (found === undefined) throw new Error('settled before');
    const { workflow, bucket, file } = found;
    return { workflow, bucket, file };
  };

  it.each<[string, () => Promise<unknown>]>([
    [
      'after it wrote older results over newer ones',
      () => s3.send(new PutObjectCommand({ Bucket: streamsBucket(), Key: output, Body: gzipSync('{}') })),
    ],
    ['before it wrote any', () => s3.send(new DeleteObjectCommand({ Bucket: streamsBucket(), Key: output }))],
    [
      'after it remembered older ones',
      async () => {
        const { key, result } = await stale();
        const older = { ...result, inputs: 'older', written: { ...result.written, etag: 'older' } };
        await AttributedFile.update(key).set({ result: older, reported: 'older' }).go(table());
      },
    ],
    [
      'before it announced and counted them',
      async () => {
        const { key } = await stale();
        await FileProgress.delete(await progress()).go(table());
        await AttributedFile.update(key).remove(['reported']).go(table());
      },
    ],
    [
      'after it counted older ones',
      async () => {
        const counts = { read: 0 };
        await FileProgress.patch(await progress())
          .set({ counts })
          .go(table());
      },
    ],
  ])('%s is mended by the next delivery of either file', async (_, damage) => {
    await deliver(...files);
    const expected = await leftBehind();
    for (const next of [conversions, touches]) {
      await damage();
      await deliver(next);
      expect(await leftBehind()).toEqual(expected);
    }
  });
});

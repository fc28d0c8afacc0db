/**
 * What the attributor leaves behind is a function of the files, however often, in what order and how concurrently they
 * are delivered, and wherever a run was cut off.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { FileProgress } from '../../stream/index.ts';
import { table } from '../../table/index.ts';
import {
  deliver,
  deliverInOrder,
  files,
  layout,
  leftBehind,
  put,
  reset,
  rows,
  s3,
  type TestFile,
} from '../test/shop.ts';
import { AttributedFile, attributedFileKey } from './attributed-file.ts';

/** Between the attributor and S3: writes of results wait for whatever this says. */
let beforeWrite: () => Promise<void> | undefined = () => undefined;
const target = new URL(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL ?? '');
const slowS3: Server = createServer((from, to) => void forward(from, to).catch(() => to.destroy()));
await new Promise<void>((resolve) => slowS3.listen(0, '127.0.0.1', resolve));
process.env.AWS_ENDPOINT_URL_S3 = `http://127.0.0.1:${(slowS3.address() as AddressInfo).port}`; // listening on a port
afterAll(() => void slowS3.close());

async function forward(from: IncomingMessage, to: ServerResponse): Promise<void> {
  const { method, headers, url } = from;
  const body = await buffer(from);
  if (method === 'PUT' && url?.includes('attributions')) await beforeWrite();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(new URL(url ?? '/', target), { method, headers }, resolve)
      .on('error', reject)
      .end(body);
  });
  to.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
  answer.pipe(to);
}

beforeEach(reset);

/** Delivers at once what comes, each file put into the bucket a pause before its first delivery. */
async function deliverConcurrently(deliveries: readonly TestFile[], pause: () => Promise<void>): Promise<void> {
  const events = new Map<TestFile, ReturnType<typeof put>>();
  const queue = deliveries[Symbol.iterator]();
  const consume = async () => {
    for (const one of queue) {
      const event = events.get(one) ?? pause().then(() => put(one));
      events.set(one, event);
      await deliver(await event);
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
      await deliverInOrder();
      const expected = await leftBehind();
      expect(expected.items).toHaveLength(6);

      const deliveries = files.flatMap((one) => Array.from({ length: times }, () => one));
      const anyOrder = fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
      const waits = fc.infiniteStream(fc.constantFrom(0, 0, 5, 30, 80));
      await fc.assert(
        fc.asyncProperty(anyOrder, waits, async (order, wait) => {
          await reset();
          const pause = async () => await setTimeout(wait.next().value ?? 0);
          beforeWrite = pause;
          await deliverConcurrently(order, pause);
          beforeWrite = () => undefined;
          expect(await leftBehind()).toEqual(expected);
        }),
        { numRuns: times === 1 ? 12 : 4, endOnFailure: true },
      );
    },
  );

  it('a slow run does not have the last word over one that saw more', async () => {
    const [, , , touches, , conversions] = files;
    if (touches === undefined || conversions === undefined) throw new Error('declared above');
    const gate = new EventEmitter();
    const reached = once(gate, 'reached');
    beforeWrite = async () => {
      beforeWrite = () => undefined;
      gate.emit('reached');
      await once(gate, 'released');
    };
    const slow = deliver(await put(conversions)); // has read a bucket without touches, and is about to write
    await reached;
    await deliver(await put(touches));
    expect((await rows(20))?.[0]).toMatchObject({ credits: [{ touch: 't7' }] });
    gate.emit('released');
    await slow;
    expect((await rows(20))?.[0]).toMatchObject({ credits: [{ touch: 't7' }] });
  });
});

describe('a run that was cut off', () => {
  const [conversions, touches] = [files[5], files[3]];
  if (conversions === undefined || touches === undefined) throw new Error('declared above');
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
    await deliverInOrder();
    const expected = await leftBehind();
    for (const next of [conversions, touches]) {
      await damage();
      await deliver(await put(next));
      expect(await leftBehind()).toEqual(expected);
    }
  });
});

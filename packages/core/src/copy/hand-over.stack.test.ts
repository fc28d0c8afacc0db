/**
 * A run that is stopped and handed over, again and again, leaves what one run leaves, byte for byte: also where it is cut
 * off at any write, and where what it had left is gone.
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { AbortMultipartUploadCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { HandOver } from '../bus/index.ts';
import { type Event, type Metadata, type StreamFile, StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import { isDone, keen, loadCheckpoint, markDone, progressOf } from '../stream/index.ts';
import { s3 } from '../stream/object.ts';
import { publishedIn, SeverableLine } from '../stream/test/index.ts';
import { put } from '../stream/test/streams.ts';
import { copyFile } from './copy-file.ts';
import { type CopyDeclaration, defineCopies } from './declaration.ts';
import type { RunState } from './run.ts';
import { forget, whatIsLeft } from './test/what-is-left.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_KeenWriteKey = JSON.stringify({ value: 'write-key' });
});

const line = new SeverableLine();
afterAll(() => line.close());
const published = new Set<string>();
let partsSent = 0;
await line.open((arrived) => {
  if (arrived.url.includes('x-id=UploadPart')) partsSent++;
  for (const id of publishedIn(arrived)) published.add(id);
});
/** Events that Keen took, and how often. */
const taken = new Map<number, number>();
const keenUrl = await line.server('keen', ({ body }) => {
  const events: { n: number }[] = JSON.parse(body.toString()).pageviews;
  for (const { n } of events) taken.set(n, (taken.get(n) ?? 0) + 1);
  const results = events.map(({ n }) => (n === 33 ? { success: false } : { success: true }));
  return { status: 200, body: JSON.stringify({ pageviews: results }) };
});

const layout = keen();
const backoff = { base: 1, cap: 5 };
const cause: Metadata = {
  id: 'evt_0123456789abcdefghjkmnpqrs',
  ...{ version: 1, project: 'shop', traceId: 'trc_0123456789abcdefghjkmnpqrs', hop: 0, producedBy: 'ingest' },
};
const key = (n: number) =>
  layout.key({
    project: 'shop',
    collection: 'pageviews',
    interval: Date.parse('2026-03-02T09:00:00.000Z'),
    part: String(n),
  });
const ofShop = (name: string, rest: Partial<CopyDeclaration>) => ({ name, from: { project: 'shop' }, ...rest });
const intoFiles = [
  ofShop('gzip', { into: { project: 'archive' } }),
  ofShop('zstd', { into: { project: 'cold' }, sink: { kind: 's3', compression: { format: 'zstd' } } }),
  ofShop('rolled', { into: { project: 'rolled' }, sink: { kind: 's3', rollAfter: 1 } }),
];
const elsewhere = [
  ofShop('keen', { sink: { kind: 'keen', url: keenUrl, project: 'p', writeKey: 'KeenWriteKey', batch: 100 } }),
  ofShop('bus', { from: { project: 'shop', where: { path: 'n', op: 'lt', value: 30 } }, sink: { kind: 'bus' } }),
];

/** Records that do not compress well, and some lines that are none. */
function lines(count: number, size: number): string {
  const all = Array.from({ length: count }, (_, n) => {
    const pad = randomBytes(size).toString('base64');
    return n % 50 === 49 ? `{"n":${n},"pad":"${pad}` : JSON.stringify({ keen: { id: String(n) }, n, pad });
  });
  return all.join('\n');
}

/** Runs stop after so many pieces of input. What they hand over lies in `queue`. */
function stopping(every: number, queue: Event[]): HandOver {
  let pieces = 0;
  return {
    due: () => ++pieces % every === 0,
    send: async (event) => void queue.push(event),
  };
}

/** Delivers a file until its queue is empty. @returns how many runs that took. */
async function workOff(file: StreamFile, declarations: readonly CopyDeclaration[], every: number): Promise<number> {
  const queue: Event[] = [received(file)];
  let runs = 0;
  for (; queue.length > 0; runs++) {
    const copies = defineCopies(declarations);
    await copyFile(queue[0] as ReturnType<typeof received>, {
      copies,
      layout,
      backoff,
      handOver: stopping(every, queue),
    });
    queue.shift();
  }
  return runs;
}

const received = (file: StreamFile) => StreamFileReceived.create(file, cause);
const undisturbed = async (file: StreamFile, declarations: readonly CopyDeclaration[]) => {
  await copyFile(received(file), { copies: defineCopies(declarations), layout, backoff });
  return { ...(await whatIsLeft(file)), published: [...published].sort() };
};

async function etags(outputs: readonly string[]): Promise<{ etag: string; metadata: unknown }[]> {
  const heads = outputs.map((Key) => s3().send(new HeadObjectCommand({ Bucket: streamsBucket(), Key })));
  return (await Promise.all(heads)).map(({ ETag = '', Metadata: metadata }) => ({ etag: ETag, metadata }));
}

beforeEach(() => {
  line.mend();
  published.clear();
  taken.clear();
});

describe('a large file, in many runs', () => {
  it('is copied as in one: bytes, etags, quarantine, events', async () => {
    const file = await put(key(1), gzipSync(lines(1000, 9000)));
    const two = [...intoFiles.slice(0, 1), ...intoFiles.slice(2)];
    const once = await undisturbed(file, two);
    const tagged = await etags(once.progress?.outputs ?? []);
    expect(tagged.map(({ etag }) => etag.includes('-'))).toEqual(expect.arrayContaining([true, false]));
    await forget(file);
    published.clear();
    expect(await workOff(file, two, 110)).toBeGreaterThan(2);
    expect({ ...(await whatIsLeft(file)), published: [...published].sort() }).toEqual(once);
    expect(await etags(once.progress?.outputs ?? [])).toEqual(tagged);
  });

  it('is begun anew where the parts of its upload are gone', async () => {
    const file = await put(key(2), gzipSync(lines(1500, 9000)));
    const [first] = [intoFiles.slice(0, 1)];
    const once = await undisturbed(file, first);
    await forget(file);
    const queue: Event[] = [];
    partsSent = 0;
    const handOver = { ...stopping(1, queue), due: () => partsSent > 0 };
    await copyFile(received(file), { copies: defineCopies(first), layout, backoff, handOver });
    expect(queue).toHaveLength(1);
    const { checkpoint = '' } = await progressOf('copier', file);
    const { state } = (await loadCheckpoint({ bucket: file.bucket, workflow: 'copier' }, checkpoint)) as {
      state: RunState;
    };
    const { uploadId: UploadId, parts = [] } = state.writing?.outputs[0]?.object.upload ?? {};
    expect(parts.length).toBeGreaterThan(0);
    const [Key] = once.progress?.outputs ?? [];
    await s3().send(new AbortMultipartUploadCommand({ Bucket: file.bucket, Key, UploadId }));
    await workOff(file, first, 1000);
    expect((await whatIsLeft(file)).objects).toEqual(once.objects);
  });
});

it('is begun anew where other copies are declared by then', async () => {
  const file = await put(key(3), lines(300, 1500));
  const queue: Event[] = [];
  await copyFile(received(file), { copies: defineCopies(intoFiles), layout, backoff, handOver: stopping(2, queue) });
  expect((await progressOf('copier', file)).checkpoint).toBeDefined();
  await workOff(file, elsewhere, 1000);
  expect(taken.size).toBe(294); // all but the lines that are none
});

it('leaves alone what another run has done by then', async () => {
  const file = await put(key(4), lines(300, 1500));
  const done = { counts: { read: 1, accepted: 1, quarantined: 0 }, outputs: [] };
  const queue: Event[] = [];
  const handOver = stopping(2, queue);
  let asked = false;
  const due = () => {
    asked = true;
    return handOver.due();
  };
  const running = copyFile(received(file), {
    copies: defineCopies(intoFiles),
    layout,
    backoff,
    handOver: { ...handOver, due },
  });
  await expect.poll(() => asked).toBe(true);
  await markDone('copier', file, done);
  await running;
  expect(await isDone('copier', file)).toBe(true);
});

describe('cut off at any write, handed over and delivered again', () => {
  it.each([
    ['before it arrives', false],
    ['before its answer', true],
  ])('%s: leaves what an undisturbed run leaves', async (_, lastArrives) => {
    const file = await put(key(lastArrives ? 5 : 6), lines(200, 800));
    const all = [...intoFiles.slice(0, 1), ...elsewhere];
    const once = await undisturbed(file, all);
    let handedOver = 0;
    for (let cut = 0; ; cut++) {
      await forget(file);
      published.clear();
      taken.clear();
      line.cutAfter(cut, lastArrives);
      const first = await workOff(file, all, 3).catch(() => undefined);
      line.mend();
      const again = () => workOff(file, all, 3);
      if (first === undefined) await again().catch(again); // the first may meet a connection that the cut left dying
      expect({ ...(await whatIsLeft(file)), published: [...published].sort() }).toEqual(once);
      const twice = [...taken.values()].filter((times) => times > 1).length;
      expect(twice).toBeLessThanOrEqual(100); // the one chunk that nobody lived to remember
      handedOver = first ?? handedOver;
      if (first !== undefined) {
        expect(twice).toBe(0);
        break;
      }
    }
    expect(handedOver).toBeGreaterThan(2);
  });
});

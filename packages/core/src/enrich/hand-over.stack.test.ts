/**
 * A run of the enricher that is stopped and handed over, again and again, leaves what one run leaves, byte for byte: also
 * where it is cut off at any write, and where other enrichments are declared by then.
 */
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HandOver } from '../bus/index.ts';
import { type Event, type StreamFile, StreamFileReceived } from '../event/index.ts';
import { FileProgress, readObjectIfPresent } from '../stream/index.ts';
import { publishedIn, SeverableLine } from '../stream/test/index.ts';
import { cause, interval, layout, put } from '../stream/test/streams.ts';
import { keyPart, table } from '../table/index.ts';
import { defineEnrichments, type EnrichmentDeclaration } from './declaration.ts';
import { enrichFile } from './enrich-file.ts';
import { loadReferences } from './lookup/reference.ts';

const line = new SeverableLine();
afterAll(() => line.close());
const published = new Set<string>();
await line.open((arrived) => {
  for (const id of publishedIn(arrived)) published.add(id);
});

const from = { project: 'shop', collections: ['pageviews'] };
const names = (into: string, onFailure: 'note' | 'quarantine'): EnrichmentDeclaration => ({
  name: into,
  from,
  into: { collection: into },
  steps: [{ kind: 'lookup', table: 'people', at: 'who', into: 'name', onFailure }],
});
const both = [names('noted', 'note'), names('refused', 'quarantine')];

/** About 8 pieces of input: some of them no records, some of people nobody knows. */
const lines = Array.from({ length: 1500 }, (_, n) => {
  if (n % 100 === 7) return '{"who":';
  const who = n % 30 === 0 ? 'bob' : ['ada', 'eve'][n % 2];
  return JSON.stringify({ keen: { id: String(n) }, n, who, pad: 'x'.repeat(300) });
});

let files = 0;
const putLines = async (): Promise<StreamFile> => {
  files += 1;
  const key = layout.key({ project: 'shop', collection: 'pageviews', interval, part: String(files) });
  return await put(key, gzipSync(lines.join('\n')));
};

/** Runs stop after so many pieces of input. What they hand over lies in `queue`. */
function stopping(every: number, queue: Event[]): HandOver {
  let pieces = 0;
  return { due: () => ++pieces % every === 0, send: async (event) => void queue.push(event) };
}

/** Delivers a file until its queue is empty. @returns how many runs that took. */
async function workOff(file: StreamFile, declared = both, every = Number.POSITIVE_INFINITY): Promise<number> {
  const queue: Event[] = [StreamFileReceived.create(file, cause)];
  let runs = 0;
  for (; queue.length > 0; runs++) {
    const enrichments = defineEnrichments(declared);
    const event = queue[0] as ReturnType<typeof StreamFileReceived.create>; // nothing else is in the queue
    await enrichFile(event, { enrichments, layout, handOver: stopping(every, queue) });
    queue.shift();
  }
  return runs;
}

const progressOf = ({ bucket, key }: StreamFile) =>
  FileProgress.get({ workflow: keyPart('enricher'), bucket: keyPart(bucket), file: keyPart(key) });

async function forget({ bucket, key }: StreamFile): Promise<void> {
  const item = { workflow: keyPart('enricher'), bucket: keyPart(bucket), file: keyPart(key) };
  await FileProgress.delete(item).go(table());
  published.clear();
}

async function leftBy(file: StreamFile) {
  const { data: progress } = await progressOf(file).go(table());
  const keys = [...(progress?.outputs ?? []), `_millrace/quarantine/enricher/${file.key}.ndjson`];
  const objects = keys.map(async (key) => {
    const body = await readObjectIfPresent(file.bucket, key);
    return [key, body === undefined ? '' : (await buffer(body)).toString('base64')];
  });
  return { progress, objects: await Promise.all(objects), published: [...published].sort() };
}

beforeAll(async () => {
  const people = ['ada', 'eve'].map((id) => ({ id, value: id.toUpperCase() }));
  await loadReferences({ project: 'shop', table: 'people' }, people);
});
beforeEach(() => {
  line.mend();
  published.clear();
});

it('leaves what one run leaves', async () => {
  const file = await putLines();
  expect(await workOff(file)).toBe(1);
  const once = await leftBy(file);
  const unknown = lines.filter((_, n) => n % 100 !== 7 && n % 30 === 0).length;
  const counts = { read: 1500, quarantined: 15 + unknown, accepted: 1485 - unknown, enriched: 2 * (1485 - unknown) };
  expect(once.progress?.counts).toEqual({ ...counts, lookups: 2 * 1485, misses: 2 * unknown, noted: 0 });
  for (const every of [1, 2, 3]) {
    await forget(file);
    expect(await workOff(file, both, every)).toBeGreaterThan(2);
    expect(await leftBy(file)).toEqual(once);
  }
});

it('is begun anew where other enrichments are declared by then', async () => {
  const file = await putLines();
  const [noting] = [both.slice(0, 1)];
  await workOff(file, noting);
  const once = await leftBy(file);
  await forget(file);
  const handOver = stopping(2, []);
  await enrichFile(StreamFileReceived.create(file, cause), { enrichments: defineEnrichments(both), layout, handOver });
  expect((await progressOf(file).go(table())).data?.checkpoint).toBeDefined();
  expect(await workOff(file, noting)).toBe(1);
  expect((await leftBy(file)).objects).toEqual(once.objects);
});

describe('cut off at any write, handed over and delivered again', () => {
  it.each([
    ['before it arrives', false],
    ['before its answer', true],
  ])('%s: leaves what an undisturbed run leaves', async (_, lastArrives) => {
    const file = await putLines();
    await workOff(file);
    const once = await leftBy(file);
    let runs: number | undefined;
    for (let cut = 0; runs === undefined; cut++) {
      await forget(file);
      line.cutAfter(cut, lastArrives);
      runs = await workOff(file, both, 4).catch(() => undefined);
      line.mend();
      const again = () => workOff(file, both, 4);
      if (runs === undefined) await again().catch(again); // the first may meet a connection that the cut left dying
      expect(await leftBy(file)).toEqual(once);
    }
    expect(runs).toBeGreaterThan(1);
  });
});

/**
 * For tests: the enricher's runs over a file, stopped and handed over again and again, on a line that can be cut at any write.
 */
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { HandOver } from '../../bus/index.ts';
import { type Event, type StreamFile, StreamFileReceived } from '../../event/index.ts';
import { FileProgress, readObjectIfPresent } from '../../stream/index.ts';
import { cause, interval, layout, publishedIn, put, SeverableLine } from '../../stream/test/index.ts';
import { keyPart, table } from '../../table/index.ts';
import { defineEnrichments, type EnrichmentDeclaration } from '../declaration.ts';
import { enrichFile } from '../enrich-file.ts';

/** Before S3, the table and the bus. */
export const line = new SeverableLine();
const published = new Set<string>();
await line.open((arrived) => {
  for (const id of publishedIn(arrived)) published.add(id);
});

let files = 0;
/** Puts a new file; what was published before is forgotten. */
export async function putLines(lines: readonly string[]): Promise<StreamFile> {
  files += 1;
  published.clear();
  const key = layout.key({ project: 'shop', collection: 'pageviews', interval, part: String(files) });
  return await put(key, gzipSync(lines.join('\n')));
}

export const NEVER = Number.POSITIVE_INFINITY;

/** Runs stop after so many pieces of input. What they hand over lies in `queue`. */
export function stopping(every: number, queue: Event[]): HandOver {
  let pieces = 0;
  return { due: () => ++pieces % every === 0, send: async (event) => void queue.push(event) };
}

/**
 * Delivers a file until its queue is empty, to a new process each time.
 * @param declared asked before each run.
 * @returns how many runs that took.
 */
export async function workOff(
  file: StreamFile,
  declared: () => Promise<readonly EnrichmentDeclaration[]> | readonly EnrichmentDeclaration[],
  every = NEVER,
): Promise<number> {
  const queue = [StreamFileReceived.create(file, cause)];
  let runs = 0;
  for (let event = queue[0]; event !== undefined; event = queue[0]) {
    const enrichments = defineEnrichments([...(await declared())]);
    await enrichFile(event, { enrichments, layout, handOver: stopping(every, queue) });
    queue.shift();
    runs++;
  }
  return runs;
}

export async function progressOf(file: StreamFile) {
  return (await FileProgress.get(keyOf(file)).go(table())).data;
}

/** As if the file had never come. */
export async function forget(file: StreamFile): Promise<void> {
  await FileProgress.delete(keyOf(file)).go(table());
  published.clear();
}

const keyOf = ({ bucket, key }: StreamFile) => ({
  workflow: keyPart('enricher'),
  bucket: keyPart(bucket),
  file: keyPart(key),
});

/** All that is left of the runs over a file: its progress, its outputs and what was published. */
export async function leftBy(file: StreamFile) {
  const progress = await progressOf(file);
  const keys = [...(progress?.outputs ?? []), `_millrace/quarantine/enricher/${file.key}.ndjson`];
  const objects = keys.map(async (key) => {
    const body = await readObjectIfPresent(file.bucket, key);
    return [key, body === undefined ? '' : (await buffer(body)).toString('base64')] as const;
  });
  return { progress, objects: await Promise.all(objects), published: [...published].sort() };
}

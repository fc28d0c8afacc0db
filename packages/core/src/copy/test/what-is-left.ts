/**
 * For tests: all that the copier leaves behind for a file, and how to have it forgotten.
 */
import { buffer } from 'node:stream/consumers';
import type { StreamFile } from '../../event/index.ts';
import { FileProgress, readObjectIfPresent } from '../../stream/index.ts';
import { keyPart, table } from '../../table/index.ts';
import { CopyChunk } from '../sink/chunk-log.ts';

/** Empty where there is none. */
export async function object(file: StreamFile, key: string): Promise<Buffer> {
  const body = await readObjectIfPresent(file.bucket, key);
  return body === undefined ? Buffer.alloc(0) : buffer(body);
}

/** Progress, chunks remembered, and by key the objects written, the quarantine last. */
export async function whatIsLeft(file: StreamFile) {
  const { data: progress } = await progressOf(file).go(table());
  const { data: chunks } = await chunksOf(file).go({ ...table(), pages: 'all' });
  const keys = [...(progress?.outputs ?? []), `_millrace/quarantine/copier/${file.key}.ndjson`];
  const objects = await Promise.all(keys.map(async (key) => [key, (await object(file, key)).toString('base64')]));
  return { progress, chunks, objects };
}

/** As if nothing had been done with the file. */
export async function forget(file: StreamFile): Promise<void> {
  const at = placeOf(file);
  await FileProgress.delete({ ...at, workflow: keyPart('copier') }).go(table());
  const { data: chunks } = await chunksOf(file).go({ ...table(), pages: 'all' });
  for (const { copy, etag, chunk } of chunks) await CopyChunk.delete({ ...at, copy, etag, chunk }).go(table());
}

const placeOf = (file: StreamFile) => ({ bucket: keyPart(file.bucket), file: keyPart(file.key) });
const progressOf = (file: StreamFile) => FileProgress.get({ ...placeOf(file), workflow: keyPart('copier') });
const chunksOf = (file: StreamFile) => CopyChunk.query.byFile(placeOf(file));

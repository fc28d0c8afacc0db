/**
 * `stream`: the reader against the least any reader must do, which is gunzip and JSON.parse of each line.
 */
import { Readable } from 'node:stream';
import { createGunzip, gzipSync } from 'node:zlib';
import { readRecords } from '@millrace/core/stream';
import type { Benchmark, Case, Group } from '../measure.ts';
import { pageviews } from '../records.ts';
import { memory } from './memory.ts';

/** Bytes of a chunk, as S3's responses come. */
const CHUNK = 64 * 1024;

export const stream: Benchmark = {
  name: 'stream',
  groups: [() => group('ascii', 'A product'), () => group('unicode', 'Größe ☃')],
  beside: memory,
};

function group(input: string, title: string): Group {
  const file = gzipSync(pageviews(100_000, title));
  const body = () => Readable.from(chunks(file));
  return { input, floor: floor(body), cases: { reader: reader(body) } };
}

export function* chunks(file: Buffer): Generator<Buffer> {
  for (let at = 0; at < file.length; at += CHUNK) yield file.subarray(at, at + CHUNK);
}

function reader(body: () => Readable): Case {
  return async () => {
    let records = 0;
    await readRecords(body(), { record: () => void records++, rejected: () => undefined });
    return records;
  };
}

/** Callbacks on slices of the decompressed chunks; checks nothing. */
export function floor(body: () => Readable): Case {
  return async () => {
    let records = 0;
    const onRecord = (value: unknown) => {
      if (value !== undefined) records++;
    };
    let tail: Buffer = Buffer.alloc(0);
    const gunzip = body().pipe(createGunzip({ chunkSize: CHUNK }));
    gunzip.on('data', (chunk: Buffer) => {
      const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      let start = 0;
      for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
        onRecord(JSON.parse(bytes.toString('utf8', start, end)));
        start = end + 1;
      }
      tail = bytes.subarray(start);
    });
    await new Promise((resolve, reject) => gunzip.once('end', resolve).once('error', reject));
    return records;
  };
}

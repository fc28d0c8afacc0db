/**
 * What is sent, made ready on disk: gzipped if it was not, its size and MD5 known before the first byte leaves. Memory is
 * fixed whatever the size.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

export interface Content {
  /** Bytes, gzipped. */
  readonly size: number;
  /** Hexadecimal MD5 of those bytes: S3's ETag of an object put in one piece. */
  readonly md5: string;
  /** The bytes; a buffer, where they are in memory anyhow, can be sent a second time after a failure. */
  open(): Readable | Buffer;
}

/** The first two bytes of every gzip member. https://www.rfc-editor.org/rfc/rfc1952#page-5 */
const GZIP = Buffer.from([0x1f, 0x8b]);

/** Gzips `input` unless it is, keeps it in a temporary file while `use` runs, and removes that again. */
export async function withContent<T>(input: Readable, use: (content: Content) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-send-'));
  try {
    const path = join(folder, 'content');
    const digest = createHash('md5');
    let size = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        digest.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    const { first, all } = await beginning(input);
    const packed = first.subarray(0, GZIP.length).equals(GZIP) ? new PassThrough() : createGzip();
    await pipeline(all, packed, measure, createWriteStream(path));
    return await use({ size, md5: digest.digest('hex'), open: () => createReadStream(path) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first bytes of a stream (at least two, where it has so many), and all of it. */
async function beginning(input: Readable): Promise<{ first: Buffer; all: AsyncIterable<Buffer> }> {
  const chunks = input.iterator() as NodeJS.AsyncIterator<Buffer | string>; // of a stream without an encoding: buffers
  let first = Buffer.alloc(0);
  while (first.length < GZIP.length) {
    const next = await chunks.next();
    if (next.done) break;
    first = Buffer.concat([first, Buffer.from(next.value)]);
  }
  async function* all() {
    yield first;
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield Buffer.from(next.value);
  }
  return { first, all: all() };
}

export function contentOf(body: Buffer): Content {
  return {
    size: body.length,
    md5: createHash('md5').update(body).digest('hex'),
    open: () => body,
  };
}

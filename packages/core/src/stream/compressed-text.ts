/**
 * Text compressed while it is written, on another thread while the next is made: a gzip member or a zstd frame for each
 * MiB, which together are a gzip or zstd file like any other. What comes out depends on the text alone, and between two
 * members it can be stopped and gone on with.
 */
import { promisify } from 'node:util';
import { constants, gzip, zstdCompress } from 'node:zlib';

/** Bytes of text in a member. A larger one would be smaller by a percent, and have more to keep when it is stopped. */
const MEMBER = 1024 * 1024;
/** Members that may wait for the compressor, so that neither it nor who writes stands still. */
const WAITING = 2;
/** Most bytes a UTF-16 unit takes in UTF-8. */
const UTF8 = 3;

export interface Compression {
  readonly format: 'gzip' | 'zstd';
  readonly level: number;
}

/** Compresses a text in one go, on a thread of the pool. */
type Compress = (text: Buffer) => Promise<Buffer>;

export class CompressedText {
  /** Bytes of text so far. */
  size = 0;
  readonly #compress: Compress;
  readonly #take: (bytes: Buffer) => void;
  /** Blocks to be used again. */
  readonly #free: Buffer[] = [];
  #block: Buffer = Buffer.allocUnsafe(MEMBER);
  #filled = 0;
  #members = 0;
  #waiting = 0;
  /** The members so far are compressed and taken. */
  #taken: Promise<void> = Promise.resolve();

  /** @param take gets what comes out, in order. */
  constructor(compression: Compression, take: (bytes: Buffer) => void) {
    this.#compress = compressor(compression);
    this.#take = take;
  }

  /** @param bytes UTF-8 read as Latin-1. */
  putBytes(bytes: string): void {
    if (bytes.length <= MEMBER - this.#filled) this.#wrote(this.#block.write(bytes, this.#filled, 'latin1'));
    else this.putBuffer(Buffer.from(bytes, 'latin1'));
  }

  put(text: string): void {
    if (text.length * UTF8 <= MEMBER - this.#filled) this.#wrote(this.#block.write(text, this.#filled));
    else this.putBuffer(Buffer.from(text));
  }

  putBuffer(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
      const copied = bytes.copy(this.#block, this.#filled, at);
      this.#wrote(copied);
      at += copied;
    }
  }

  /** A promise to wait for where enough waits to be compressed. */
  drained(): Promise<void> | undefined {
    return this.#waiting < WAITING ? undefined : this.#taken;
  }

  /** Resolves when everything was taken. */
  async end(): Promise<void> {
    if (this.#filled > 0 || this.#members === 0) this.#cut(); // of no text at all there is an empty member
    await this.#taken;
  }

  /** Stops: what is left to be compressed. Given that first, a new one goes on with the same bytes. */
  async suspend(): Promise<{ readonly members: number; readonly text: Buffer }> {
    await this.#taken;
    return { members: this.#members, text: Buffer.from(this.#block.subarray(0, this.#filled)) };
  }

  /** Goes on where another one was suspended. */
  resume({ members, text }: { readonly members: number; readonly text: Buffer }): void {
    this.#members = members;
    this.size = members * MEMBER;
    this.putBuffer(text);
  }

  #wrote(bytes: number): void {
    this.#filled += bytes;
    this.size += bytes;
    if (this.#filled === MEMBER) this.#cut();
  }

  #cut(): void {
    const block = this.#block;
    const compressed = this.#compress(block.subarray(0, this.#filled));
    this.#block = this.#free.pop() ?? Buffer.allocUnsafe(MEMBER);
    this.#filled = 0;
    this.#members++;
    this.#waiting++;
    this.#taken = this.#taken.then(async () => {
      this.#take(await compressed);
      this.#waiting--;
      this.#free.push(block);
    });
    this.#taken.catch(() => undefined); // heard in drained() or end()
  }
}

function compressor({ format, level }: Compression): Compress {
  const options = { chunkSize: MEMBER / 4 };
  if (format === 'gzip') return (text) => promisify(gzip)(text, { ...options, level });
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  return (text) => promisify(zstdCompress)(text, { ...options, params });
}

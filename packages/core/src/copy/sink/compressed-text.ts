/**
 * Text compressed while it is written, on a thread of its own while the next is made.
 */
import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';

/** Bytes gathered before they go to the compressor: each call to it costs a switch of threads. */
const BLOCK = 128 * 1024;
/** Bytes that may wait for the compressor, so that neither it nor the reader stands still. */
const WAITING = 1024 * 1024;
/** Most bytes a UTF-16 unit takes in UTF-8. */
const UTF8 = 3;

export interface Compression {
  readonly format: 'gzip' | 'zstd';
  readonly level: number;
}

export class CompressedText {
  /** What comes out; destroying it stops everything. */
  readonly stream: Transform;
  /** Bytes of text given to the compressor. */
  size = 0;
  #block: Buffer = Buffer.allocUnsafe(BLOCK);
  #filled = 0;

  constructor({ format, level }: Compression) {
    const options = { chunkSize: BLOCK, writableHighWaterMark: WAITING };
    this.stream =
      format === 'gzip'
        ? createGzip({ ...options, level })
        : createZstdCompress({ ...options, params: { [constants.ZSTD_c_compressionLevel]: level } });
  }

  /** @param bytes UTF-8 read as Latin-1. */
  putBytes(bytes: string): void {
    if (bytes.length > BLOCK - this.#filled) this.#flush();
    if (bytes.length > BLOCK) this.#write(Buffer.from(bytes, 'latin1'));
    else this.#filled += this.#block.write(bytes, this.#filled, 'latin1');
  }

  put(text: string): void {
    if (text.length * UTF8 > BLOCK - this.#filled) this.#flush();
    if (text.length * UTF8 > BLOCK) this.#write(Buffer.from(text));
    else this.#filled += this.#block.write(text, this.#filled);
  }

  /** A promise to wait for where enough waits to be compressed or to be taken from the stream; ends with the stream too. */
  drained(): Promise<void> | undefined {
    return this.stream.writableNeedDrain ? this.#drain() : undefined;
  }

  end(): void {
    this.#flush();
    this.stream.end();
  }

  async #drain(): Promise<void> {
    const stop = new AbortController();
    const woken = ['drain', 'close'].map((event) => once(this.stream, event, { signal: stop.signal }));
    await Promise.race(woken);
    stop.abort();
    await Promise.allSettled(woken);
  }

  #flush(): void {
    if (this.#filled === 0) return;
    this.#write(this.#block.subarray(0, this.#filled));
    this.#block = Buffer.allocUnsafe(BLOCK);
    this.#filled = 0;
  }

  #write(bytes: Buffer): void {
    this.size += bytes.length;
    if (!this.stream.destroyed) this.stream.write(bytes);
  }
}

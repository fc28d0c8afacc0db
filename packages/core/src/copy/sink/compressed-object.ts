/**
 * One object in S3, compressed while it is written and uploaded while it is compressed: the same bytes for the same text.
 */
import { Readable } from 'node:stream';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { MillraceError } from '../../runtime/index.ts';
import { CompressedText, type Compression } from './compressed-text.ts';

/** S3 takes 10,000 parts: 80 GB. The part size decides the etag, so it is fixed. */
const PART = 8 * 1024 * 1024;
/** Parts in flight; with the one being filled the most that is in memory is 24 MiB. */
const IN_FLIGHT = 2;

export interface ObjectTarget {
  readonly bucket: string;
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly compression: Compression;
}

let shared: S3Client | undefined;

export class CompressedObject {
  readonly #text: CompressedText;
  readonly #upload: Upload;
  readonly #done: Promise<{ readonly size: number; readonly etag: string }>;
  #failure: unknown;

  constructor({ bucket, key, metadata, compression }: ObjectTarget) {
    shared ??= new S3Client({});
    this.#text = new CompressedText(compression);
    const counter = { bytes: 0 };
    this.#upload = new Upload({
      client: shared,
      partSize: PART,
      queueSize: IN_FLIGHT,
      params: {
        Bucket: bucket,
        Key: key,
        Body: Readable.from(counted(this.#text.stream, counter), { objectMode: false }),
        ContentType: `application/${compression.format}`,
        Metadata: { ...metadata },
      },
    });
    this.#done = this.#run(key, counter);
    this.#done.catch((caught: unknown) => {
      this.#failure = caught;
      this.#text.stream.destroy(); // wakes whoever waits in drained()
    });
    this.#text.stream.on('error', () => undefined); // whoever waits hears of it from the upload
  }

  /** Bytes of content so far, but for the last few. */
  get contentSize(): number {
    return this.#text.size;
  }

  putBytes(bytes: string): void {
    this.#text.putBytes(bytes);
  }

  put(text: string): void {
    this.#text.put(text);
  }

  /** @throws in its promise what made the upload fail. */
  drained(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return this.#text.drained()?.then(() => {
      if (this.#failure !== undefined) throw this.#failure;
    });
  }

  /** Completes the object. `etag` is without quotes, `size` in bytes as stored. */
  async finish(): Promise<{ readonly size: number; readonly etag: string }> {
    this.#text.end();
    return await this.#done;
  }

  /** Leaves nothing behind: no object and no parts. */
  async abort(): Promise<void> {
    await this.#upload.abort();
    this.#text.stream.destroy();
    await this.#done.catch(() => undefined);
  }

  async #run(key: string, counter: { readonly bytes: number }): Promise<{ size: number; etag: string }> {
    const { ETag } = await this.#upload.done();
    if (ETag === undefined) throw new MillraceError('no_etag', `S3 named no etag for ${key}; try again`);
    return { size: counter.bytes, etag: ETag.replaceAll('"', '') };
  }
}

async function* counted(bytes: AsyncIterable<Buffer>, counter: { bytes: number }): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    counter.bytes += chunk.length;
    yield chunk;
  }
}

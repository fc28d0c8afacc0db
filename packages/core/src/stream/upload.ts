/**
 * A streamed upload: what is written goes to S3 while it is written, in parts where it is large, and is an object only
 * once it is finished.
 */
import { PassThrough } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { MillraceError } from '../runtime/index.ts';
import { s3 } from './object.ts';

/** S3 takes 10,000 parts: 80 GB. The part size decides the etag, so it is fixed. */
const PART = 8 * 1024 * 1024;
/** Parts in flight; with the one being filled the most that is in memory is 24 MiB. */
const IN_FLIGHT = 2;

/** The tag of files a workflow derived, as S3's header has it: the bucket's lifecycle rules know them by it. */
export const DERIVED_TAG = 'millrace=derived';

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Tags of the object, as in a URL's query. */
  readonly tagging?: string;
}

export class ObjectUpload {
  readonly #body = new PassThrough({ highWaterMark: 256 * 1024 });
  readonly #upload: Upload;
  readonly #done: Promise<string>;
  #failure: unknown;
  #size = 0;

  constructor(target: UploadTarget) {
    this.#upload = new Upload({
      client: s3(),
      partSize: PART,
      queueSize: IN_FLIGHT,
      params: {
        Bucket: target.bucket,
        Key: target.key,
        Body: this.#body,
        ContentType: target.contentType,
        Metadata: { ...target.metadata },
        ...(target.tagging === undefined ? {} : { Tagging: target.tagging }),
      },
    });
    this.#done = this.#run();
    this.#done.catch((caught: unknown) => {
      this.#failure = caught;
      this.#body.destroy(); // wakes whoever waits in drained()
    });
    this.#body.on('error', () => undefined); // an abort; whoever waits hears of it from the upload
  }

  /** Takes any amount; wait for `drained()` before the next where it returns a promise. */
  write(bytes: Uint8Array): void {
    this.#size += bytes.length;
    if (!this.#body.destroyed) this.#body.write(bytes);
  }

  /** @throws in its promise what made the upload fail. */
  drained(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#body.writableNeedDrain) return undefined;
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#body.off('drain', settle).off('close', settle);
        if (this.#failure === undefined) resolve();
        else reject(this.#failure);
      };
      this.#body.once('drain', settle).once('close', settle);
    });
  }

  /** Completes the object. `etag` is without quotes. */
  async finish(): Promise<{ readonly size: number; readonly etag: string }> {
    this.#body.end();
    return { etag: await this.#done, size: this.#size };
  }

  /** Leaves nothing behind: no object and no parts. */
  async abort(): Promise<void> {
    await this.#upload.abort();
    this.#body.destroy();
    await this.#done.catch(() => undefined);
  }

  async #run(): Promise<string> {
    const { ETag, Key } = await this.#upload.done();
    if (ETag === undefined) throw new MillraceError('no_etag', `S3 named no etag for ${Key}; try again`);
    return ETag.replaceAll('"', '');
  }
}

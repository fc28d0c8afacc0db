/**
 * One object in S3, compressed while it is written and uploaded while it is compressed: the same bytes for the same text,
 * in one run or in several.
 */
import { CompressedText, type Compression } from './compressed-text.ts';
import { DERIVED_TAG, ObjectUpload, type SuspendedUpload, type UploadTarget } from './upload.ts';

export interface ObjectTarget extends Pick<UploadTarget, 'bucket' | 'key' | 'metadata' | 'client'> {
  readonly compression: Compression;
}

/** An object that was stopped half-way. */
export interface SuspendedObject {
  readonly upload: SuspendedUpload;
  readonly members: number;
  /** What is not compressed yet. */
  readonly text: Buffer;
}

export class CompressedObject {
  readonly #text: CompressedText;
  readonly #upload: ObjectUpload;

  /** @param before what `suspend()` gave for the same target. */
  constructor({ compression, ...target }: ObjectTarget, before?: SuspendedObject) {
    const contentType = `application/${compression.format}`;
    this.#upload = new ObjectUpload({ ...target, contentType, tagging: DERIVED_TAG }, before?.upload);
    this.#text = new CompressedText(compression, (bytes) => this.#upload.write(bytes));
    if (before !== undefined) this.#text.resume(before);
  }

  /** Bytes of content so far. */
  get contentSize(): number {
    return this.#text.size;
  }

  /** @param bytes UTF-8 read as Latin-1. */
  putBytes(bytes: string): void {
    this.#text.putBytes(bytes);
  }

  put(text: string): void {
    this.#text.put(text);
  }

  /** A promise to wait for where too much is under way. @throws in it what made the upload fail. */
  drained(): Promise<void> | undefined {
    const compressing = this.#text.drained();
    const uploading = this.#upload.drained();
    if (compressing === undefined) return uploading;
    return Promise.all([compressing, uploading]).then(() => undefined);
  }

  /** Completes the object. `etag` is without quotes, `size` in bytes as stored. */
  async finish(): Promise<{ readonly size: number; readonly etag: string }> {
    await this.#text.end();
    return await this.#upload.finish();
  }

  /** Leaves nothing behind: no object and no parts, but what an earlier run suspended. */
  async abort(): Promise<void> {
    await this.#upload.abort();
  }

  /** Stops; a new one that is given the result goes on. */
  async suspend(): Promise<SuspendedObject> {
    const { members, text } = await this.#text.suspend();
    return { upload: await this.#upload.suspend(), members, text };
  }
}

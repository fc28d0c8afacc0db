/**
 * A streamed upload: what is written goes to S3 while it is written, in parts where it is large, and is an object only
 * once it is finished. It can be suspended in one process and gone on with in another, to the same bytes and etag.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { MillraceError } from '../runtime/index.ts';
import { s3 } from './object.ts';

/** S3 takes 10,000 parts: 80 GB. The part size decides the etag, so it is fixed. */
const PART = 8 * 1024 * 1024;
/** Parts in flight; with the one being filled the most that is in memory is 24 MiB. */
const IN_FLIGHT = 2;

/** Bytes that a first part has room for at first: most objects are small, and their part grows with them. */
const ROOM = 64 * 1024;

/** The tag of files a workflow derived, as S3's header has it: the bucket's lifecycle rules know them by it. */
export const DERIVED_TAG = 'millrace=derived';

export interface UploadTarget {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Tags of the object, as in a URL's query. */
  readonly tagging?: string;
  /** Whose rights it is written with; default: the function's own. */
  readonly client?: S3Client;
}

/** An upload that was stopped half-way. */
export interface SuspendedUpload {
  /** Absent while everything fits one part. */
  readonly uploadId?: string;
  readonly parts: readonly UploadedPart[];
  /** What follows the parts: less than one. */
  readonly rest: Buffer;
}

export interface UploadedPart {
  readonly etag: string;
  readonly checksum?: string;
}

export class ObjectUpload {
  readonly #target: UploadTarget;
  readonly #client: S3Client;
  /** Parts that a checkpoint may need outlive this upload's failure. */
  readonly #keepParts: boolean;
  readonly #parts: UploadedPart[];
  readonly #sending = new Set<Promise<void>>();
  /** The part that is being filled, as far as it has grown. */
  #part: Buffer = Buffer.alloc(0);
  #filled = 0;
  /** Parts that were sent, to be filled again. */
  readonly #free: Buffer[] = [];
  #cut: number;
  #id: Promise<string> | undefined;
  #failure: { readonly caught: unknown } | undefined;

  /** @param before what `suspend()` gave for the same target. */
  constructor(target: UploadTarget, before: SuspendedUpload = { parts: [], rest: Buffer.alloc(0) }) {
    this.#target = target;
    this.#client = target.client ?? s3();
    this.#keepParts = before.uploadId !== undefined;
    this.#id = before.uploadId === undefined ? undefined : Promise.resolve(before.uploadId);
    this.#parts = [...before.parts];
    this.#cut = before.parts.length;
    if (before.rest.length > 0) this.write(before.rest);
  }

  /** Takes any amount; wait for `drained()` before the next where it returns a promise. */
  write(bytes: Uint8Array): void {
    if (this.#failure !== undefined) return;
    for (let at = 0; at < bytes.length; ) {
      const taken = bytes.subarray(at, at + PART - this.#filled);
      this.#makeRoom(this.#filled + taken.length);
      this.#part.set(taken, this.#filled);
      this.#filled += taken.length;
      at += taken.length;
      if (this.#filled === PART) this.#send(this.#takePart());
    }
  }

  /** @throws in its promise what made the upload fail. */
  drained(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.caught);
    if (this.#sending.size < IN_FLIGHT) return undefined;
    return Promise.race(this.#sending).then(() => this.#orThrow());
  }

  /** Completes the object. `etag` is without quotes. */
  async finish(): Promise<{ readonly size: number; readonly etag: string }> {
    const size = this.#cut * PART + this.#filled;
    if (this.#id === undefined) return { size, etag: await this.#put(this.#takePart()) };
    if (this.#filled > 0) this.#send(this.#takePart());
    await this.#sent();
    return { size, etag: await this.#complete(await this.#id) };
  }

  /** Leaves nothing behind, no object and no parts, but what was sent before it was suspended. */
  async abort(): Promise<void> {
    this.#failure ??= { caught: new MillraceError('aborted', `the upload of ${this.#target.key} was given up`) };
    await Promise.all(this.#sending);
    if (this.#id === undefined || this.#keepParts) return;
    const id = await this.#id.catch(() => undefined); // nothing to abort where it never began
    if (id !== undefined) await this.#client.send(new AbortMultipartUploadCommand({ ...this.#where, UploadId: id }));
  }

  /** Stops; a new upload that is given the result goes on. Nothing may be written to this one any more. */
  async suspend(): Promise<SuspendedUpload> {
    await this.#sent();
    const rest = this.#takePart();
    const uploadId = await this.#id;
    return { parts: this.#parts, rest, ...(uploadId === undefined ? {} : { uploadId }) };
  }

  get #where() {
    return { Bucket: this.#target.bucket, Key: this.#target.key };
  }

  get #properties() {
    const { contentType, metadata, tagging } = this.#target;
    const tags = tagging === undefined ? {} : { Tagging: tagging };
    return { ...this.#where, ContentType: contentType, Metadata: { ...metadata }, ...tags };
  }

  /** A first part grows by twice at least, so that growing costs no more than filling; behind it there is room for all. */
  #makeRoom(bytes: number): void {
    if (bytes <= this.#part.length) return;
    const grown = this.#cut > 0 ? PART : Math.min(PART, Math.max(ROOM, bytes, 2 * this.#part.length));
    const part = this.#free.pop() ?? Buffer.allocUnsafe(grown);
    this.#part.copy(part, 0, 0, this.#filled);
    this.#part = part;
  }

  #takePart(): Buffer {
    const part = this.#part.subarray(0, this.#filled);
    this.#part = Buffer.alloc(0);
    this.#filled = 0;
    return part;
  }

  #send(part: Buffer): void {
    const index = this.#cut++;
    this.#id ??= this.#create();
    const sending = this.#sendPart(this.#id, index, part)
      .catch((caught: unknown) => {
        this.#failure ??= { caught };
      })
      .finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #sendPart(id: Promise<string>, index: number, part: Buffer): Promise<void> {
    const UploadId = await id;
    const sent = await this.#client.send(
      new UploadPartCommand({ ...this.#where, UploadId, PartNumber: index + 1, Body: part }),
    );
    const { ETag, ChecksumCRC32 } = sent;
    this.#free.push(part);
    this.#parts[index] = {
      etag: this.#named(ETag),
      ...(ChecksumCRC32 === undefined ? {} : { checksum: ChecksumCRC32 }),
    };
  }

  async #sent(): Promise<void> {
    await Promise.all(this.#sending);
    this.#orThrow();
  }

  #orThrow(): void {
    if (this.#failure !== undefined) throw this.#failure.caught;
  }

  async #create(): Promise<string> {
    const { UploadId } = await this.#client.send(
      new CreateMultipartUploadCommand({ ...this.#properties, ChecksumAlgorithm: 'CRC32' }),
    );
    return this.#named(UploadId);
  }

  async #complete(UploadId: string): Promise<string> {
    const Parts = this.#parts.map(({ etag, checksum }, index) => ({
      PartNumber: index + 1,
      ETag: etag,
      ...(checksum === undefined ? {} : { ChecksumCRC32: checksum }),
    }));
    const { ETag } = await this.#client.send(
      new CompleteMultipartUploadCommand({ ...this.#where, UploadId, MultipartUpload: { Parts } }),
    );
    return this.#named(ETag).replaceAll('"', '');
  }

  async #put(Body: Buffer): Promise<string> {
    const { ETag } = await this.#client.send(new PutObjectCommand({ ...this.#properties, Body }));
    return this.#named(ETag).replaceAll('"', '');
  }

  #named(name: string | undefined): string {
    if (name !== undefined) return name;
    throw new MillraceError('no_etag', `S3 did not name what it stored of ${this.#target.key}; try again`);
  }
}

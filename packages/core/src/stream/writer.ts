/**
 * Writing a derived stream file: gzipped while it is written, uploaded while it is gzipped, the same bytes for the same
 * records.
 */
import { createGzip, type Gzip } from 'node:zlib';
import type { Metadata, StreamFile } from '../event/index.ts';
import { hash, iso } from '../runtime/index.ts';
import type { Layout, Placement } from './layout.ts';
import { lineageMetadata } from './lineage.ts';
import { DERIVED_TAG, ObjectUpload } from './upload.ts';

/** Records are gathered to this many characters before they go to zlib, which costs a thread switch a call. */
const BLOCK = 128 * 1024;
/** Characters that may wait for zlib, so that its thread works while more records are made. */
const WAITING = 4 * BLOCK;

export interface WrittenFile {
  readonly bucket: string;
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly project: string;
  readonly collection: string;
  /** ISO 8601. */
  readonly interval: string;
  readonly records: number;
}

export interface StreamFileWriter {
  /** Takes one record, as JSON without a line break. */
  write(json: string): void;
  /** A promise to wait for where too much is under way; undefined where writing can go on. Rejects where the upload failed. */
  drained(): Promise<void> | undefined;
  /** Completes the file, which may be empty. */
  finish(): Promise<WrittenFile>;
  /** Leaves nothing in the bucket. */
  abort(): Promise<void>;
}

export interface WriterTarget {
  readonly bucket: string;
  readonly layout: Layout;
  /** Where it goes; see `partOf` for what an absent `part` means. */
  readonly placement: Placement;
  readonly source: StreamFile;
  /** Metadata of the event being handled. */
  readonly cause: Metadata;
  readonly workflow: string;
}

/** Call `finish()` or `abort()` in the end: until then nothing is in the bucket. */
export function createStreamFileWriter(target: WriterTarget): StreamFileWriter {
  return new GzipStreamFileWriter(target);
}

class GzipStreamFileWriter implements StreamFileWriter {
  readonly #target: WriterTarget;
  readonly #placement: Placement;
  readonly #upload: ObjectUpload;
  readonly #gzip: Gzip;
  readonly #ended: Promise<void>;
  #block = '';
  #records = 0;
  /** Characters given to zlib and not yet taken. */
  #waiting = 0;
  #wake: () => void = () => undefined;

  constructor(target: WriterTarget) {
    const part = partOf(target);
    this.#target = target;
    this.#placement = part === undefined ? target.placement : { ...target.placement, part };
    this.#upload = new ObjectUpload({
      bucket: target.bucket,
      key: target.layout.key(this.#placement),
      contentType: 'application/gzip',
      tagging: DERIVED_TAG,
      metadata: {
        ...target.layout.metadata(this.#placement),
        ...lineageMetadata(target.workflow, target.cause, target.source),
      },
    });
    this.#gzip = createGzip({ chunkSize: BLOCK });
    this.#gzip.on('data', (bytes: Buffer) => this.#upload.write(bytes));
    this.#ended = new Promise((resolve, reject) => this.#gzip.once('end', resolve).once('error', reject));
    this.#ended.catch(() => undefined); // heard in finish(); an aborted writer has nobody to hear it
  }

  write(json: string): void {
    this.#records++;
    this.#block += `${json}\n`;
    if (this.#block.length >= BLOCK) this.#flush();
  }

  drained(): Promise<void> | undefined {
    const uploading = this.#upload.drained();
    if (this.#waiting < WAITING) return uploading;
    const gzipping = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    return Promise.all([gzipping, uploading]).then(() => undefined);
  }

  async finish(): Promise<WrittenFile> {
    this.#flush();
    this.#gzip.end();
    await this.#ended;
    const { size, etag } = await this.#upload.finish();
    const { bucket, layout } = this.#target;
    const { project, collection, interval } = this.#placement;
    const key = layout.key(this.#placement);
    return { bucket, key, size, etag, project, collection, interval: iso(interval), records: this.#records };
  }

  async abort(): Promise<void> {
    this.#gzip.destroy();
    await this.#upload.abort();
  }

  #flush(): void {
    if (this.#block === '') return;
    const { length } = this.#block;
    this.#waiting += length;
    this.#gzip.write(this.#block, () => {
      this.#waiting -= length;
      if (this.#waiting < WAITING) this.#wake();
    });
    this.#block = '';
  }
}

/**
 * Two source files of one interval must not become one derived file: where the source has not the one key its layout
 * gives an interval, the derived file is told apart by a hash of the source's.
 */
function partOf({ layout, placement, source }: WriterTarget): string | undefined {
  if (placement.part !== undefined) return placement.part;
  const canonical = layout.key({
    project: source.project,
    collection: source.collection,
    interval: Date.parse(source.interval),
  });
  return canonical === source.key ? undefined : hash(source.key).slice(0, 12);
}

/**
 * Writing a derived stream file: gzipped while it is written, uploaded while it is gzipped, the same bytes for the same
 * records.
 */
import type { Metadata, StreamFile } from '../event/index.ts';
import { hash, iso } from '../runtime/index.ts';
import { CompressedObject, type SuspendedObject } from './compressed-object.ts';
import type { Compression } from './compressed-text.ts';
import type { Layout, Placement } from './layout.ts';
import { lineageMetadata } from './lineage.ts';

/** How derived files are compressed: level 6, zlib's own default, costs four times as much for a tenth of the bytes. */
export const COMPRESSION: Compression = { format: 'gzip', level: 1 };

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
  /** The same in UTF-8 read as Latin-1. */
  writeBytes(json: string): void;
  /** A promise to wait for where too much is under way; undefined where writing can go on. Rejects where the upload failed. */
  drained(): Promise<void> | undefined;
  /** Completes the file, which may be empty. */
  finish(): Promise<WrittenFile>;
  /** Stops, between two records; a new one that is given the result goes on. */
  suspend(): Promise<SuspendedWriter>;
  /** Leaves nothing in the bucket. */
  abort(): Promise<void>;
}

/** A file that was stopped half-way. */
export interface SuspendedWriter {
  readonly records: number;
  readonly object: SuspendedObject;
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

/**
 * Call `finish()`, `suspend()` or `abort()` in the end: until it is finished nothing is in the bucket.
 * @param before what `suspend()` gave for the same target.
 */
export function createStreamFileWriter(target: WriterTarget, before?: SuspendedWriter): StreamFileWriter {
  return new GzipStreamFileWriter(target, before);
}

class GzipStreamFileWriter implements StreamFileWriter {
  readonly #target: WriterTarget;
  readonly #placement: Placement;
  readonly #object: CompressedObject;
  #records: number;

  constructor(target: WriterTarget, before?: SuspendedWriter) {
    const part = partOf(target);
    this.#target = target;
    this.#records = before?.records ?? 0;
    this.#placement = part === undefined ? target.placement : { ...target.placement, part };
    const metadata = {
      ...target.layout.metadata(this.#placement),
      ...lineageMetadata(target.workflow, target.cause, target.source),
    };
    const key = target.layout.key(this.#placement);
    this.#object = new CompressedObject(
      { bucket: target.bucket, key, compression: COMPRESSION, metadata },
      before?.object,
    );
  }

  write(json: string): void {
    this.#records++;
    this.#object.put(json);
    this.#object.putBytes('\n');
  }

  writeBytes(json: string): void {
    this.#records++;
    this.#object.putBytes(json);
    this.#object.putBytes('\n');
  }

  drained(): Promise<void> | undefined {
    return this.#object.drained();
  }

  async finish(): Promise<WrittenFile> {
    const { size, etag } = await this.#object.finish();
    const { bucket, layout } = this.#target;
    const { project, collection, interval } = this.#placement;
    const key = layout.key(this.#placement);
    return { bucket, key, size, etag, project, collection, interval: iso(interval), records: this.#records };
  }

  async suspend(): Promise<SuspendedWriter> {
    return { records: this.#records, object: await this.#object.suspend() };
  }

  async abort(): Promise<void> {
    await this.#object.abort();
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

/**
 * What sinks behind an API have in common: records go in chunks, and what comes back says of each whether it was taken.
 */
import type { Metadata, StreamFile } from '../../event/index.ts';
import type { Rejection } from '../../stream/index.ts';

export interface ChunkRecord {
  /** Of the source file, from 1. */
  readonly line: number;
  readonly json: string;
}

/** Records that are sent together: the same ones in every run. */
export interface Chunk {
  /** From 0, in the order of the file. */
  readonly index: number;
  /** The same for the same records of the same file on their way to the same place; nothing else has it. */
  readonly digest: string;
  readonly records: readonly ChunkRecord[];
}

/** A record that the other side will never take. It is quarantined. */
export interface Refusal extends Rejection {
  readonly line: number;
}

export interface ChunkSink {
  /** Says where to: chunks for another place are other chunks. */
  readonly destination: string;
  readonly maxRecords: number;
  /** Bytes of JSON in a chunk. */
  readonly maxBytes: number;
  /** Bytes of JSON in a record; default: those of a chunk. */
  readonly maxRecordBytes?: number;
  /**
   * Sends a chunk, trying again what may heal. Returns what was refused.
   * @throws where it did not go: retryable, or not where a person has to change something.
   */
  send(chunk: Chunk): Promise<readonly Refusal[]>;
}

/** One copy of one file on its way. */
export interface Delivery {
  readonly copy: string;
  readonly source: StreamFile;
  /** Metadata of the event being handled. */
  readonly cause: Metadata;
  readonly workflow: string;
}

/**
 * Why a line, or the rest of a file, could not be read.
 */

/** What the reader itself rejects for; a workflow adds reasons of its own. */
export type ReadReason =
  | 'invalid_json'
  | 'not_an_object'
  | 'invalid_utf8'
  | 'nesting_too_deep'
  | 'record_too_large'
  | 'truncated_file' // the file ends in the middle
  | 'corrupt_file' // the compressed file cannot be inflated further
  | 'inflation_limit';

export interface Rejection {
  /** A stable code, `invalid_json`. */
  readonly reason: string;
  /** For people; may quote the line. */
  readonly message: string;
}

export interface RejectedLine extends Rejection {
  /** From 1: the line, or which record where they are not told apart by lines; no two records have the same. */
  readonly line: number;
  /** Where it starts in the decompressed file, bytes. */
  readonly offset: number;
  /** The line without its line break; of a record that is too large, its head. */
  readonly bytes: Buffer;
}

/** Bounds on what a file may make the reader hold or do. */
export interface Limits {
  /** Bytes of a record. */
  readonly recordBytes: number;
  /** Objects and arrays within each other. */
  readonly nesting: number;
  /** Bytes out per byte in … */
  readonly inflationRatio: number;
  /** … which counts only past this many bytes out. */
  readonly inflationFrom: number;
}

export const LIMITS: Limits = {
  recordBytes: 1024 * 1024, // an event on the bus, a queue message and an S3 Select record end there too
  nesting: 64,
  inflationRatio: 200, // deflate reaches 1032 on zeros; event data lies between 5 and 30
  inflationFrom: 64 * 1024 * 1024,
};

/** The content cannot be decompressed any further; all before it was. */
export class Unreadable extends Error {
  readonly reason: ReadReason;

  constructor(reason: ReadReason, message: string) {
    super(message);
    this.name = 'Unreadable';
    this.reason = reason;
  }
}

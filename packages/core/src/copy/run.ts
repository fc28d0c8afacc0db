/**
 * What a run of the copier had come to when it was handed over.
 */
import { hash } from '../runtime/index.ts';
import type { ReadPosition, Rejection, StoppedReading } from '../stream/index.ts';
import type { Copy } from './declaration.ts';
import type { SuspendedChunks } from './sink/chunked-output.ts';
import type { SuspendedFiles } from './sink/s3.ts';

/** The first reading: what has been sent elsewhere, and which lines were refused. */
export interface Sent {
  readonly records: number;
  readonly refused: readonly RefusedLine[];
}
export type RefusedLine = readonly [line: number, why: Rejection];

/** Stopped in the first reading. */
export interface StoppedSending {
  readonly at: ReadPosition;
  readonly outputs: readonly SuspendedChunks[];
  readonly refused: readonly RefusedLine[];
}

/** Stopped in the second one. */
export interface StoppedWriting {
  readonly sent: Sent;
  readonly reading: StoppedReading;
  readonly outputs: readonly SuspendedFiles[];
}

export interface RunState {
  readonly sending?: StoppedSending;
  readonly writing?: StoppedWriting;
}

/** What is asked of a run: the same for the same copies to the same places. */
export function askedOf(copies: readonly Copy[], targets: readonly string[]): string {
  return hash(...copies.map(({ fingerprint }) => fingerprint), ...targets);
}

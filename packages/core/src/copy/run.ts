/**
 * What a run of the copier had come to when it was handed over, and how it is found again.
 */
import type { HandOver } from '../bus/index.ts';
import type { EventOf, StreamFileReceived } from '../event/index.ts';
import { hash, log } from '../runtime/index.ts';
import {
  type FileCounts,
  loadCheckpoint,
  markHandedOver,
  type ReadPosition,
  type Rejection,
  type StoppedReading,
  saveCheckpoint,
} from '../stream/index.ts';
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

interface Saved extends RunState {
  readonly asked: string;
}

/** What is asked of a run: the same for the same copies to the same places. */
export function askedOf(copies: readonly Copy[], targets: readonly string[]): string {
  return hash(...copies.map(({ fingerprint }) => fingerprint), ...targets);
}

/** What an earlier run left, if it was asked the same. */
export async function loadRun(
  { bucket, workflow, asked }: { readonly bucket: string; readonly workflow: string; readonly asked: string },
  checkpoint: string | undefined,
): Promise<RunState | undefined> {
  if (checkpoint === undefined) return undefined;
  const saved = (await loadCheckpoint(bucket, workflow, checkpoint)) as Saved | undefined; // what `leaveRun` saved, by its name
  return saved?.asked === asked ? saved : undefined;
}

/** Saves what a run came to, and has another one go on; unless one is done with the file by now. */
export async function leaveRun(
  { bucket, workflow, asked }: { readonly bucket: string; readonly workflow: string; readonly asked: string },
  event: EventOf<typeof StreamFileReceived>,
  { state, counts, handOver }: { readonly state: RunState; readonly counts: FileCounts; readonly handOver: HandOver },
): Promise<void> {
  const saved: Saved = { asked, ...state };
  const checkpoint = await saveCheckpoint(bucket, workflow, saved);
  if (!(await markHandedOver(workflow, event.properties, { counts, checkpoint }))) return;
  await handOver.send(event);
  log.info('handed over', { key: event.properties.key, read: counts.read });
}

/**
 * A run over a stream file that has no time left: what it had come to is saved, and another run goes on from there.
 */
import type { HandOver } from '../bus/index.ts';
import type { EventOf, StreamFileReceived } from '../event/index.ts';
import { log, MillraceError, nameOf } from '../runtime/index.ts';
import { type CheckpointPlace, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { type FileCounts, markHandedOver } from './progress.ts';

/** Whose run it is, and of what. */
export interface RunIdentity extends CheckpointPlace {
  /** What the run is asked to do, hashed: what was left by a run that was asked something else is not gone on with. */
  readonly asked: string;
}

/** Something a run needs to go on from where an earlier one left it is gone. */
export class LostProgress extends MillraceError {
  constructor(what: string) {
    super('lost_progress', `${what} is gone; the file is begun anew`);
  }
}

interface Saved<State> {
  readonly asked: string;
  readonly state: State;
}

/**
 * Does the work from where an earlier run left it; anew where nothing was left for the same work, or where something it
 * needs to go on is gone, as the parts of an upload, which S3 has deleted after a day.
 * @param checkpoint what `progressOf` says of the file.
 * @param work gets the state that `leaveRun` was given.
 */
export async function goOn<State extends object>(
  run: RunIdentity,
  checkpoint: string | undefined,
  work: (before: State | undefined) => Promise<void>,
): Promise<void> {
  const before = await loadRun<State>(run, checkpoint);
  try {
    await work(before);
  } catch (caught) {
    if (before === undefined || !isLost(caught)) throw caught;
    log.warn('what an earlier run left is gone; it is begun anew', { workflow: run.workflow, checkpoint });
    await work(undefined);
  }
}

function isLost(caught: unknown): boolean {
  return caught instanceof LostProgress || nameOf(caught) === 'NoSuchUpload';
}

async function loadRun<State>(
  { asked, ...place }: RunIdentity,
  checkpoint: string | undefined,
): Promise<State | undefined> {
  if (checkpoint === undefined) return undefined;
  const saved = (await loadCheckpoint(place, checkpoint)) as Saved<State> | undefined; // what `leaveRun` saved, by its name
  return saved?.asked === asked ? saved.state : undefined;
}

/** Saves what a run came to, and has another one go on; unless one is done with the file by now. */
export async function leaveRun(
  { asked, ...place }: RunIdentity,
  event: EventOf<typeof StreamFileReceived>,
  { state, counts, handOver }: { readonly state: object; readonly counts: FileCounts; readonly handOver: HandOver },
): Promise<void> {
  const saved: Saved<object> = { asked, state };
  const checkpoint = await saveCheckpoint(place, saved);
  if (!(await markHandedOver(place.workflow, event.properties, { counts, checkpoint }))) return;
  await handOver.send(event);
  log.info('handed over', { workflow: place.workflow, key: event.properties.key, read: counts.read });
}

/**
 * What a workflow has done with a file: a second delivery of a file that is done costs one read.
 */
import { Entity, type EntityItem } from 'electrodb';
import type { FilePointer, StreamFile } from '../event/index.ts';
import { countFile, DAY, expiresAt, systemClock } from '../runtime/index.ts';
import {
  expiry,
  isConditionFailure,
  keyPart,
  keyPartType,
  primary,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../table/index.ts';

/** A replay of the same file after it is worked again, which gives the same result. */
const RETENTION = 60 * DAY;

/** (workflow, file) is done or handed over, and what came of it. */
export const FileProgress = new Entity({
  model: { entity: 'fileProgress', version: '1', service: SERVICE },
  attributes: {
    workflow: { type: keyPartType, required: true },
    bucket: { type: keyPartType, required: true },
    file: { type: keyPartType, required: true },
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    interval: timeKey,
    key: { type: 'string', required: true },
    etag: { type: 'string', required: true },
    /** `read`, `accepted`, `quarantined`, and what else the workflow counts. */
    counts: { type: 'any', required: true },
    /** Keys of the files it wrote. */
    outputs: { type: 'list', items: { type: 'string' }, required: true },
    /** Of a run that was handed over: what it had come to. Absent once it is done. */
    checkpoint: { type: 'string' },
    expiresAt: expiry,
  },
  indexes: {
    byFile: {
      pk: { ...primary.pk, composite: ['bucket', 'file'] },
      sk: { ...primary.sk, composite: ['workflow'] },
    },
    byWorkflow: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['workflow', 'project'] },
      sk: { ...secondary.sk, composite: ['interval', 'collection', 'file'] },
    },
  },
});
export type FileProgress = EntityItem<typeof FileProgress>;

/** Lines of a file as one workflow saw them: `read` is always `accepted + quarantined`. */
export interface FileCounts {
  readonly read: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly [counted: string]: number;
}

/** Whether `workflow` is done with exactly this version of the file. */
export async function isDone(workflow: string, file: FilePointer): Promise<boolean> {
  return (await progressOf(workflow, file)).done;
}

/** How far `workflow` is with exactly this version of the file; `checkpoint` names what an earlier run left to go on from. */
export async function progressOf(
  workflow: string,
  file: FilePointer,
): Promise<{ readonly done: boolean; readonly checkpoint?: string }> {
  const key = { workflow: keyPart(workflow), bucket: keyPart(file.bucket), file: keyPart(file.key) };
  const { data } = await FileProgress.get(key).go({ ...table(), consistent: true });
  if (data?.etag !== file.etag) return { done: false };
  return data.checkpoint === undefined ? { done: true } : { done: false, checkpoint: data.checkpoint };
}

/**
 * Remembers what a run over a file had come to when it was handed over.
 * @returns false where another run is done with it by now, which stays so.
 */
export async function markHandedOver(
  workflow: string,
  file: StreamFile,
  { counts, checkpoint }: { readonly counts: FileCounts; readonly checkpoint: string },
): Promise<boolean> {
  try {
    await FileProgress.put({ ...stateOf(workflow, file), counts: { ...counts }, outputs: [], checkpoint })
      .where(({ etag, checkpoint: earlier }, { exists, ne, notExists }) =>
        [notExists(etag), ne(etag, file.etag), exists(earlier)].join(' OR '),
      )
      .go(table());
    return true;
  } catch (caught) {
    if (isConditionFailure(caught)) return false;
    throw caught;
  }
}

/** Marks a file done: the last write of a workflow, after its outputs and its events. */
export async function markDone(
  workflow: string,
  file: StreamFile,
  result: { readonly counts: FileCounts; readonly outputs: readonly string[] },
): Promise<void> {
  await FileProgress.put({
    ...stateOf(workflow, file),
    counts: { ...result.counts },
    outputs: [...result.outputs],
  }).go(table());
  const { read: records, quarantined } = result.counts;
  const { project, collection, size: bytes } = file;
  const lag = systemClock() - Date.parse(file.receivedAt);
  countFile({ workflow, records, quarantined, bytes, lag, project, collection });
}

function stateOf(workflow: string, file: StreamFile) {
  return {
    workflow: keyPart(workflow),
    bucket: keyPart(file.bucket),
    file: keyPart(file.key),
    project: keyPart(file.project),
    collection: keyPart(file.collection),
    interval: Date.parse(file.interval),
    key: file.key,
    etag: file.etag,
    expiresAt: expiresAt(Date.parse(file.receivedAt) + RETENTION),
  };
}

/** Forgets that `workflow` is done with these files, so that it works them again when they are delivered. */
export async function markUndone(workflow: string, files: readonly FilePointer[]): Promise<void> {
  const keys = files.map(({ bucket, key }) => ({
    workflow: keyPart(workflow),
    bucket: keyPart(bucket),
    file: keyPart(key),
  }));
  const { unprocessed } = await FileProgress.delete(keys).go({ ...table(), concurrency: 2 });
  for (const key of unprocessed) await FileProgress.delete(key).go(table());
}

/**
 * Which version of a file counts: the one that reached the bucket last. S3 tells when in whole seconds, so of two of one
 * second it is the one that the bucket holds, and only then the bucket is asked.
 */
import type { FilePointer } from '../../event/index.ts';
import { isConditionFailure } from '../../table/index.ts';
import { findObject } from './s3-store.ts';

export type ObjectVersion = Pick<FilePointer, 'bucket' | 'key' | 'etag'>;

/** A version as the item of its file names it. */
export interface Named {
  readonly token: string;
  /** ms. */
  readonly receivedAt: number;
}

/** Whether the bucket holds exactly this version. Who has read one that it no longer holds is late. */
export async function isHeld({ bucket, key, etag }: ObjectVersion): Promise<boolean> {
  return (await findObject(bucket, key))?.etag === etag;
}

/**
 * Makes a version the one that its file's item names, unless that names a newer one.
 *
 * Where the bucket holds this version, every other of the same second that was named by then is older; one that reaches the
 * bucket after that names itself, and `put` does not write over it. Left open: the same bytes twice within the second and
 * others between, where the second time is named between a run's question and its answer for the others.
 * Asks again only where another run has named its own version meanwhile: as often as there are others at most.
 * @param put names it where no version is named, an older one, or the one of the same second with the token given. It fails
 *   by its condition otherwise.
 * @param known which one is named, strongly consistent.
 */
export async function nameVersion(
  version: ObjectVersion & Named,
  put: (over: string) => Promise<unknown>,
  known: () => Promise<Named | undefined>,
): Promise<void> {
  for (let over = version.token; ; ) {
    try {
      await put(over);
      return;
    } catch (caught) {
      if (!isConditionFailure(caught)) throw caught;
    }
    const other = await known();
    if (other === undefined) continue; // it expired
    if (other.token === version.token || other.receivedAt > version.receivedAt || !(await isHeld(version))) return;
    over = other.token;
  }
}

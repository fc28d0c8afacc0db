/**
 * The touch files of a lookback: their keys are computed from the interval of the conversions' file, never listed.
 */
import { HeadObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { FilePointer, StreamFile } from '../event/index.ts';
import { iso, MillraceError } from '../runtime/index.ts';
import { type Layout, MissingFile, openObject, readRecords, SupersededFile } from '../stream/index.ts';
import type { Attribution } from './definition.ts';
import { type Touch, toTouch } from './touch.ts';

/** One file a lookback asks for, and what lies there. */
export interface LookbackFile {
  readonly collection: string;
  /** ISO 8601. */
  readonly interval: string;
  /** Undefined where there is nothing. */
  readonly file: FilePointer | undefined;
}

/** A touch file changed between being looked for and being read: look again. */
export class LookbackChanged extends MillraceError {
  constructor(file: FilePointer, cause: unknown) {
    super('lookback_changed', `s3://${file.bucket}/${file.key} changed while it was read; try again`, { cause });
  }
}

/** Requests for object heads under way at once: a lookback of a few intervals in one round trip. */
const HEADS = 16;
/** Lines of a file, at most; rows of the next file come after. */
const ROWS = 2 ** 32;

/**
 * Looks for the touch files of every interval from `lookback.intervals` before the source's to its own.
 * In order of interval, within one in the order the collections are declared.
 */
export async function findLookback(
  { bucket, project, interval }: Pick<StreamFile, 'bucket' | 'project' | 'interval'>,
  { touches, lookback }: Attribution,
  layout: Layout,
): Promise<LookbackFile[]> {
  const own = Date.parse(interval);
  const asked: { collection: string; interval: number }[] = [];
  for (let back = lookback.intervals; back >= 0; back--) {
    for (const collection of touches.collections)
      asked.push({ collection, interval: own - back * layout.intervalLength });
  }
  const found: LookbackFile[] = [];
  for (let start = 0; start < asked.length; start += HEADS) {
    const heads = asked.slice(start, start + HEADS).map(async ({ collection, interval }) => {
      const file = await findObject(bucket, layout.key({ project, collection, interval }));
      return { collection, interval: iso(interval), file };
    });
    found.push(...(await Promise.all(heads)));
  }
  return found;
}

/**
 * The touches of the visitors asked for, in one scan of each file; lines that cannot be read are left out (the file's
 * own workflows quarantine them). Memory: these touches.
 * @throws LookbackChanged where a file is no longer what was found.
 */
export async function readTouches(
  lookback: readonly LookbackFile[],
  visitors: ReadonlySet<string>,
  attribution: Attribution,
  layout: Layout,
): Promise<Touch[]> {
  const touches: Touch[] = [];
  if (visitors.size === 0) return touches;
  for (const [index, { file }] of lookback.entries()) {
    if (file === undefined) continue;
    await readRecords(await open(file), {
      record: (record, line) => {
        const place = { key: file.key, line, row: index * ROWS + line };
        const touch = toTouch(record, place, visitors, attribution, layout);
        if (touch !== undefined) touches.push(touch);
      },
      rejected: () => undefined,
    });
  }
  return touches;
}

async function open(file: FilePointer) {
  try {
    return await openObject(file);
  } catch (caught) {
    if (caught instanceof SupersededFile || caught instanceof MissingFile) throw new LookbackChanged(file, caught);
    throw caught;
  }
}

let shared: S3Client | undefined;

/** What lies at a key now; undefined where nothing does, or it may not be seen (without ListBucket S3 says 403 for both). */
export async function findObject(bucket: string, key: string): Promise<FilePointer | undefined> {
  shared ??= new S3Client({});
  try {
    const { ContentLength, ETag } = await shared.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return { bucket, key, size: ContentLength ?? 0, etag: (ETag ?? '').replaceAll('"', '') };
  } catch (caught) {
    const status = caught instanceof S3ServiceException ? caught.$metadata.httpStatusCode : undefined;
    if (status === 404 || status === 403) return undefined;
    throw caught;
  }
}

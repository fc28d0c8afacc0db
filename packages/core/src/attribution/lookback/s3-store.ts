/**
 * The lookback in S3: the keys of the touch files are computed from the interval of the conversions' file, never listed,
 * and each file is read once for all conversions. For files in the app's own bucket, in a layout that can name them.
 */
import { HeadObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { FilePointer, StreamFile } from '../../event/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { type Layout, MissingFile, openObject, readRecords, SupersededFile } from '../../stream/index.ts';
import type { Attribution } from '../definition/definition.ts';
import { held } from '../record/held.ts';
import { type Touch, toTouch } from '../record/touch.ts';
import { type Asked, type Lookback, LookbackChanged, type LookbackFile, ROWS, versionToken } from './lookback.ts';
import { prefilter } from './prefilter.ts';

/** Requests for object heads under way at once: a lookback of a few intervals in one round trip. */
const HEADS = 16;

export async function filesLookback(
  { project }: StreamFile,
  asked: readonly Asked[],
  attribution: Attribution,
  layout: Layout,
): Promise<Lookback> {
  const bucket = streamsBucket();
  const files: LookbackFile[] = [];
  for (let start = 0; start < asked.length; start += HEADS) {
    const heads = asked.slice(start, start + HEADS).map(async ({ collection, interval }) => {
      const file = await findObject(bucket, layout.key({ project, collection, interval }));
      return { collection, interval, file };
    });
    files.push(...(await Promise.all(heads)));
  }
  return {
    via: 's3',
    files,
    versions: 0,
    read: async (visitors) => ({
      touches: await readTouches(files, visitors, attribution, layout),
      tokens: files.flatMap(({ file }) => (file === undefined ? [] : [versionToken(file)])),
    }),
  };
}

/**
 * The touches of the visitors asked for, in one scan of each file; lines that cannot be read are left out (the file's
 * own workflows quarantine them). Memory: these touches.
 */
async function readTouches(
  files: readonly LookbackFile[],
  visitors: ReadonlySet<string>,
  attribution: Attribution,
  layout: Layout,
): Promise<readonly Touch[]> {
  const touches = held<Touch>('touches');
  if (visitors.size === 0) return touches.all;
  for (const [index, { collection, file }] of files.entries()) {
    if (file === undefined) continue;
    const place = { collection, key: file.key, first: index * ROWS };
    await scanTouches(await open(file), visitors, place, { attribution, layout }, (touch) => touches.add(touch));
  }
  return touches.all;
}

/** Hands out the touches of the visitors asked for in a file, in the order of its lines. */
export async function scanTouches(
  body: AsyncIterable<Uint8Array>,
  visitors: ReadonlySet<string>,
  { collection, key, first }: { readonly collection: string; readonly key: string; readonly first: number },
  { attribution, layout }: { readonly attribution: Attribution; readonly layout: Layout },
  found: (touch: Touch) => void,
): Promise<void> {
  const passes = prefilter(attribution.touches.visitor, visitors);
  await readRecords(body, {
    ...(passes === undefined ? {} : { raw: (bytes, start, end) => !passes(bytes, start, end) }),
    record: (record, line) => {
      const touch = toTouch(record, { collection, key, line, row: first + line }, visitors, attribution, layout);
      if (touch !== undefined) found(touch);
    },
    rejected: () => undefined,
  });
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

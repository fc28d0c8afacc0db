/**
 * Files of touches that the index holds: one item a file, written last, says which version of it counts.
 */
import { CustomAttributeType, Entity, type EntityItem } from 'electrodb';
import type { StreamFile } from '../../event/index.ts';
import { concurrently, DAY, expiresAt } from '../../runtime/index.ts';
import { expiry, type KeyPart, keyPart, keyPartType, primary, SERVICE, table, timeKey } from '../../table/index.ts';
import { type Named, nameVersion } from './newest-version.ts';
import type { TouchSet } from './touch-index.ts';

/** As long as the files of conversions it may bear upon are known. */
const GRACE = 60 * DAY;
/** Requests under way at once. */
const GETS = 16;

export const TouchFile = new Entity({
  model: { entity: 'touchFile', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    set: { type: keyPartType, required: true },
    /** Start of the interval, ms. */
    interval: timeKey,
    file: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    key: { type: 'string', required: true },
    size: { type: 'number', required: true },
    /** Of the version whose touches count. */
    etag: { type: 'string', required: true },
    /** Every version that was indexed. */
    versions: { type: CustomAttributeType<ReadonlySet<string>>('any'), required: true }, // not ElectroDB's, see AttributedFile
    /** ms; of two versions the newer one counts (`nameVersion`). */
    receivedAt: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byInterval: {
      pk: { ...primary.pk, composite: ['project', 'set'] },
      sk: { ...primary.sk, composite: ['interval', 'file'] },
    },
  },
});
export type TouchFile = EntityItem<typeof TouchFile>;

/** When what is known of an indexed file is of no use any more, s. @param life ms that its touches are of use. */
export function touchFileExpiry({ interval, receivedAt }: Times, life: number): number {
  return expiresAt(Math.max(interval, receivedAt) + life + GRACE);
}

/** ms. */
interface Times {
  readonly interval: number;
  readonly receivedAt: number;
}

/** Says that a version of a file is indexed, unless a newer one is; which one is then. @param life ms that its touches are of use. */
export async function markIndexed(set: TouchSet, file: StreamFile, life: number): Promise<Named | undefined> {
  const { bucket, key, etag, size } = file;
  const receivedAt = Date.parse(file.receivedAt);
  const interval = Date.parse(file.interval);
  const fields = { collection: keyPart(file.collection), key, etag, size, receivedAt };
  const put = (over: string) =>
    TouchFile.upsert({
      ...{ ...set, ...fields, interval, file: keyPart(key) },
      expiresAt: touchFileExpiry({ interval, receivedAt }, life),
    })
      .add({ versions: new Set([etag]) })
      .where(
        (known, { notExists, lt, eq }) =>
          `${notExists(known.receivedAt)} OR ${lt(known.receivedAt, receivedAt)} OR (${eq(known.receivedAt, receivedAt)} AND ${eq(known.etag, over)})`,
      )
      .go(table());
  const known = async () => {
    const { data } = await TouchFile.get({ ...set, interval, file: keyPart(key) }).go({ ...table(), consistent: true });
    return data === null ? undefined : { token: data.etag, receivedAt: data.receivedAt };
  };
  await nameVersion({ bucket, key, etag, token: etag, receivedAt }, put, known);
  return await known();
}

export type IndexedFile = Pick<TouchFile, 'interval' | 'file' | 'collection' | 'key' | 'etag' | 'size' | 'versions'>;

/** Files indexed in the intervals `from` to `to`, both included, ms. */
export async function indexedBetween(set: TouchSet, from: number, to: number): Promise<IndexedFile[]> {
  const { data } = await TouchFile.query
    .byInterval(set)
    .between({ interval: Math.max(0, from) }, { interval: to + 1 }) // items of `to` have more key behind it
    .go({
      ...table(),
      pages: 'all',
      consistent: true,
      attributes: ['interval', 'file', 'collection', 'key', 'etag', 'size', 'versions'],
    });
  return data;
}

/** The same of single files; those not indexed are left out. */
export async function indexedFiles(
  set: TouchSet,
  files: Iterable<{ readonly interval: number; readonly file: KeyPart }>,
): Promise<IndexedFile[]> {
  const found: IndexedFile[] = [];
  await concurrently(files, GETS, async (file) => {
    const { data } = await TouchFile.get({ ...set, ...file }).go({ ...table(), consistent: true });
    if (data !== null) found.push(data);
  });
  return found;
}

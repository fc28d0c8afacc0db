/**
 * What is known of a file of conversions: that it is there, so that a touch file which arrives later finds it, and what
 * its results were last made from.
 */
import { CustomAttributeType, Entity, type EntityItem } from 'electrodb';
import type { FilePointer, Metadata, StreamFile } from '../../event/index.ts';
import { concurrently, DAY, expiresAt } from '../../runtime/index.ts';
import type { FileCounts } from '../../stream/index.ts';
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
} from '../../table/index.ts';
import { nameVersion } from '../lookback/newest-version.ts';

/** As long as the receipts of the files it is about. */
const RETENTION = 60 * DAY;
/** Requests under way at once. */
const WRITES = 16;

/** The results as last written. */
export interface AttributionResult {
  /** Hash of all they are a function of: the source, the declaration, the touch files found. */
  readonly inputs: string;
  readonly written: FilePointer & { readonly collection: string; readonly interval: string; readonly project: string };
  readonly records: number;
  readonly counts: FileCounts & { readonly conversions: number; readonly credits: number };
  /** Grows with what the results were made from. */
  readonly revision: number;
  /** The newest intervals that lack a touch file and may yet get one, ISO 8601, in order. */
  readonly intervalsMissing: readonly string[];
}

export const AttributedFile = new Entity({
  model: { entity: 'attributedFile', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    /** Start of the interval, ms. */
    interval: timeKey,
    file: { type: keyPartType, required: true },
    source: { type: CustomAttributeType<StreamFile>('any'), required: true },
    /** Of the source. */
    etag: { type: 'string', required: true },
    /** Metadata of the event that announced the source: results carry on its trace, whoever caused them to be made. */
    cause: { type: CustomAttributeType<Metadata>('any'), required: true },
    /** ms; of two versions of the source the newer one counts (`nameVersion`). */
    receivedAt: { type: 'number', required: true },
    /** Versions of files, as tokens, that results were made from or that bear upon them. It only grows. */
    seen: { type: CustomAttributeType<ReadonlySet<string>>('any') }, // ElectroDB's own sets are not those of SDK v3
    result: { type: CustomAttributeType<AttributionResult>('any') },
    /**
     * `provisional` while a touch file may yet come. `behind` where one came whose run had more to do than to bring these
     * results up to it, `catching_up` from when somebody begins to do that until it is done.
     */
    status: { type: ['behind', 'catching_up', 'provisional', 'final'] as const, required: true },
    /** Etag of the results that were announced and counted last. */
    reported: { type: 'string' },
    expiresAt: expiry,
  },
  indexes: {
    byInterval: {
      pk: { ...primary.pk, composite: ['project', 'collection'] },
      sk: { ...primary.sk, composite: ['interval', 'file'] },
    },
    byStatus: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['project', 'collection', 'status'] },
      sk: { ...secondary.sk, composite: ['interval', 'file'] },
    },
  },
});
export type AttributedFile = EntityItem<typeof AttributedFile>;

export type AttributedFileKey = Pick<AttributedFile, 'project' | 'collection' | 'interval' | 'file'>;

export function attributedFileKey(file: StreamFile): AttributedFileKey {
  return {
    project: keyPart(file.project),
    collection: keyPart(file.collection),
    interval: Date.parse(file.interval),
    file: keyPart(file.key),
  };
}

/** Remembers a file of conversions; a newer version that is already known stays, and the same one is left as it is. */
export async function registerFile(source: StreamFile, cause: Metadata): Promise<void> {
  const receivedAt = Date.parse(source.receivedAt);
  const { bucket, key, etag } = source;
  const fields = { source, etag, cause, receivedAt, expiresAt: expiresAt(receivedAt + RETENTION) };
  const put = (over: string) =>
    AttributedFile.upsert({ ...attributedFileKey(source), ...fields, status: 'provisional' })
      .where(
        (known, { notExists, lt, eq, ne }) =>
          `${notExists(known.receivedAt)} OR ${lt(known.receivedAt, receivedAt)} OR (${eq(known.receivedAt, receivedAt)} AND ${eq(known.etag, over)} AND ${ne(known.etag, etag)})`,
      )
      .go(table());
  const known = async () => {
    const file = await loadFile(attributedFileKey(source));
    return file === null ? undefined : { token: file.etag, receivedAt: file.receivedAt };
  };
  await nameVersion({ bucket, key, etag, token: etag, receivedAt }, put, known);
}

export async function loadFile(key: AttributedFileKey): Promise<AttributedFile | null> {
  const { data } = await AttributedFile.get(key).go({ ...table(), consistent: true });
  return data;
}

/** A file of conversions, and how far its results are where that was asked for. */
export type KnownFile = AttributedFileKey & Partial<Pick<AttributedFile, 'status'>>;

/** Files of conversions known in the intervals `from` to `to`, both included, ms, the oldest first. */
export async function filesBetween(
  stream: { readonly project: string; readonly collection: string },
  from: number,
  to: number,
): Promise<KnownFile[]> {
  const { data } = await AttributedFile.query
    .byInterval({ project: keyPart(stream.project), collection: keyPart(stream.collection) })
    .between({ interval: from }, { interval: to + 1 }) // items of `to` have more key behind it
    .go({
      ...table(),
      pages: 'all',
      consistent: true,
      attributes: ['project', 'collection', 'interval', 'file', 'status'],
    });
  return data;
}

/** The files of conversions of a status, oldest interval first. */
export async function filesOf(
  stream: { readonly project: string; readonly collection: string },
  status: AttributedFile['status'],
): Promise<AttributedFileKey[]> {
  const { data } = await AttributedFile.query
    .byStatus({ project: keyPart(stream.project), collection: keyPart(stream.collection), status })
    .go({ ...table(), pages: 'all', attributes: ['project', 'collection', 'interval', 'file'] });
  return data;
}

/**
 * Adds to what a file's results are made from; nothing where nobody registered the file.
 * @param tokens at least one.
 */
export async function addSeen(key: AttributedFileKey, tokens: readonly string[]): Promise<void> {
  try {
    await AttributedFile.patch(key)
      .add({ seen: new Set(tokens) })
      .go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

export async function rememberResult(key: AttributedFileKey, result: AttributionResult): Promise<void> {
  await AttributedFile.patch(key).set({ result }).go(table());
}

/** Nothing where the status is another one by now. */
export async function rememberStatus(
  { project, collection, interval, file, status: before }: AttributedFile,
  status: AttributedFile['status'],
): Promise<void> {
  const key = { project, collection, interval, file };
  try {
    await AttributedFile.patch(key)
      .set({ status })
      .composite(key)
      .where((known, { eq }) => eq(known.status, before))
      .go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

/** Leaves results to the finisher; one request for each file that is not left to it already. */
export async function leaveBehind(files: readonly KnownFile[]): Promise<void> {
  const others = files.filter(({ status }) => status !== 'behind');
  await concurrently(others, WRITES, async ({ project, collection, interval, file }) => {
    const key = { project, collection, interval, file };
    try {
      await AttributedFile.patch(key).set({ status: 'behind' }).composite(key).go(table());
    } catch (caught) {
      if (!isConditionFailure(caught)) throw caught; // nobody registered it
    }
  });
}

export async function rememberReported(key: AttributedFileKey, etag: string): Promise<void> {
  await AttributedFile.update(key).set({ reported: etag }).go(table());
}

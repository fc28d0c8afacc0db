/**
 * File receipts, and the watermark they give: how far in event time a (project, collection) is known to be complete.
 */
import { Entity, type EntityItem } from 'electrodb';
import type { StreamFile } from '../event/index.ts';
import { DAY, expiresAt } from '../runtime/index.ts';
import {
  expiry,
  isConditionFailure,
  keyPart,
  keyPartType,
  LAST_TIME,
  primary,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../table/index.ts';

/** A receipt outlives the longest rule window (7 d) and any replay one is likely to run. */
const RETENTION = 60 * DAY;

/** A file seen, its interval settled. Written by ingest; the same bytes at every delivery of the same object. */
export const FileReceipt = new Entity({
  model: { entity: 'fileReceipt', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    /** Start of the interval, ms. */
    interval: timeKey,
    file: { type: keyPartType, required: true },
    key: { type: 'string', required: true },
    etag: { type: 'string', required: true },
    size: { type: 'number', required: true },
    intervalLength: { type: 'number', required: true },
    /** ms; when the file reached the bucket. */
    receivedAt: { type: 'number', required: true },
    writtenBy: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byInterval: {
      pk: { ...primary.pk, composite: ['project', 'collection'] },
      sk: { ...primary.sk, composite: ['interval', 'file'] },
    },
  },
});
export type FileReceipt = EntityItem<typeof FileReceipt>;

/** Where the watermark of a (project, collection) stands; also the list of streams there are. */
export const Stream = new Entity({
  model: { entity: 'stream', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    collection: { type: keyPartType, required: true },
    /** All streams share it: `all`. */
    list: { type: ['all'] as const, required: true },
    /** ms; everything before it is settled. It only grows. */
    watermark: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byProject: {
      pk: { ...primary.pk, composite: ['project'] },
      sk: { ...primary.sk, composite: ['collection'] },
    },
    all: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['list'] },
      sk: { ...secondary.sk, composite: ['project', 'collection'] },
    },
  },
});

/** Remembers a file. Idempotent: an overwriting put of the same bytes. */
export async function recordReceipt(file: StreamFile): Promise<void> {
  const receivedAt = Date.parse(file.receivedAt);
  await FileReceipt.put({
    project: keyPart(file.project),
    collection: keyPart(file.collection),
    interval: Date.parse(file.interval),
    file: keyPart(file.key),
    key: file.key,
    etag: file.etag,
    size: file.size,
    intervalLength: file.intervalLength,
    receivedAt,
    writtenBy: file.writtenBy,
    expiresAt: expiresAt(receivedAt + RETENTION),
  }).go(table());
}

/** The part of a receipt the watermark needs; times in ms. */
export interface Arrival {
  readonly interval: number;
  readonly receivedAt: number;
}

/** The rhythm of a stream, ms. */
export interface Pace {
  readonly intervalLength: number;
  /** How long a missing file is waited for. */
  readonly idleTimeout: number;
}

/**
 * How far a stream is settled. Pure.
 *
 * An interval is settled when its receipt is there. One without a receipt is settled `idleTimeout` after the later of
 * its own end and the first arrival behind it: a gap in a live stream closes soon after the interval is over, and a
 * replay of old files in any order closes none before it has been quiet for that long. The time before a new stream's
 * first file is such a gap, so a stream has no watermark until it is `idleTimeout` old. With nothing behind it, an
 * interval is settled once it is `idleTimeout` over and the stream has been quiet for as long.
 *
 * An interval that has not begun by `now` is a wrong clock's: it counts from when it begins, and settles nothing before.
 *
 * @param from the watermark so far, ms; undefined for a new stream.
 * @param arrivals in order of interval: all at and after `from`, and those of the last interval before it, which say
 *   whether the stream is quiet.
 * @returns ms, never below `from`; undefined while a new stream has none.
 */
export function settledThrough(
  from: number | undefined,
  arrivals: readonly Arrival[],
  { now, intervalLength, idleTimeout }: Pace & { readonly now: number },
): number | undefined {
  const begun = arrivals.filter(({ interval }) => interval <= now);
  const quietThrough = Math.floor((now - idleTimeout) / intervalLength) * intervalLength;
  const firstBehind = earliestArrivals(begun);
  let settled = from;
  for (const [index, { interval }] of begun.entries()) {
    if (settled === undefined || interval > settled) {
      if (now < (firstBehind[index] ?? 0) + idleTimeout) return settled;
      const gapEnd = settled === undefined ? interval : Math.min(interval, Math.max(settled, quietThrough));
      if (gapEnd < interval) return gapEnd;
    }
    settled = Math.max(settled ?? interval, interval + intervalLength);
  }
  const last = Math.max(...begun.map(({ receivedAt }) => receivedAt), Number.NEGATIVE_INFINITY);
  if (settled === undefined || now < last + idleTimeout) return settled;
  return Math.max(settled, quietThrough);
}

/** For each arrival, when the first of those at or behind it came. */
function earliestArrivals(arrivals: readonly Arrival[]): number[] {
  const earliest = new Array<number>(arrivals.length);
  let least = Number.POSITIVE_INFINITY;
  for (let index = arrivals.length - 1; index >= 0; index--) {
    least = Math.min(least, arrivals[index]?.receivedAt ?? least);
    earliest[index] = least;
  }
  return earliest;
}

/**
 * Advances and returns the watermark of (project, collection), ms; undefined while a new stream has none.
 * Reads the receipts since the last interval before it: those of two intervals in a live stream.
 */
export async function advanceWatermark(
  stream: { readonly project: string; readonly collection: string },
  options: Pace & { readonly now: number },
): Promise<number | undefined> {
  const key = { project: keyPart(stream.project), collection: keyPart(stream.collection) };
  const known = await Stream.get(key).go({ ...table(), consistent: true });
  const from = known.data?.watermark;
  const arrivals = await FileReceipt.query
    .byInterval(key)
    .between({ interval: Math.max(0, (from ?? 0) - options.intervalLength) }, { interval: LAST_TIME })
    .go({ ...table(), pages: 'all', consistent: true, attributes: ['interval', 'receivedAt'] });
  const watermark = settledThrough(from, arrivals.data, options);
  if (watermark === undefined || watermark === from) return watermark;
  return raiseWatermark(key, watermark, options.now);
}

/** Writes a higher watermark; where another function wrote one higher still, returns that. */
async function raiseWatermark(
  key: { project: ReturnType<typeof keyPart>; collection: ReturnType<typeof keyPart> },
  watermark: number,
  now: number,
): Promise<number> {
  try {
    await Stream.upsert({ ...key, list: 'all', watermark, expiresAt: expiresAt(now + RETENTION) })
      .where(
        (attribute, { notExists, lt }) => `${notExists(attribute.watermark)} OR ${lt(attribute.watermark, watermark)}`,
      )
      .go(table());
    return watermark;
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
    const other = await Stream.get(key).go({ ...table(), consistent: true });
    return other.data?.watermark ?? watermark;
  }
}

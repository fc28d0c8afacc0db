/**
 * An object in S3 held in memory: asked for again when its word is old, fetched only where its ETag has changed, and the
 * last good version kept while S3 cannot be read.
 */
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type Clock, ConfigurationError, log, MINUTE, messageOf, systemClock } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { readObjectIfChanged } from '../../stream/index.ts';
import type { Replaceable, Version } from './snapshots.ts';

/** How long a version is believed to be the newest, ms: a deploy of data should be seen about as fast as one of code. */
const BELIEVED = MINUTE;
const GZIP = 0x1f8b;
/** Bytes; the largest databases of addresses have about 400 MB. */
const LARGEST = 512 * 1024 * 1024;

export interface ObjectName {
  /** Of the bucket of stream files; what lies under `_millrace/` there is none itself: `_millrace/reference/city.mmdb`. */
  readonly key: string;
}

/** What is made of an object's bytes. */
export interface Reading<T> extends Pick<Replaceable<T>, 'pack' | 'unpack'> {
  /** Tells it from other readings of the same object. */
  readonly as: string;
  /** @param bytes gunzipped, 512 MiB at most. */
  read(bytes: Buffer): T | Promise<T>;
}

/**
 * An object, at most a minute old. Callers that come while it is fetched share the fetch. Its `newest` throws a
 * ConfigurationError where there is no such object, or it cannot be read; what S3 throws only while nothing was ever read.
 */
export function objectInMemory<T>(
  { key }: ObjectName,
  { as, read, pack, unpack }: Reading<T>,
  clock: Clock = systemClock,
): Replaceable<T> {
  let latest: Version<T> | undefined;
  let checked = Number.NEGATIVE_INFINITY;
  let under: Promise<Version<T>> | undefined;

  const refresh = async (): Promise<Version<T>> => {
    const before = latest;
    const bucket = streamsBucket();
    const answer = await readObjectIfChanged(bucket, key, before?.id).catch((caught: unknown) => {
      if (before === undefined) throw caught;
      log.warn('an object could not be read; its last good version is used', { key, error: messageOf(caught) });
      return 'unchanged' as const;
    });
    if (answer === 'missing') {
      if (before !== undefined) return before;
      throw new ConfigurationError(`there is no s3://${bucket}/${key}; put it there`);
    }
    const newest =
      answer === 'unchanged'
        ? (before as Version<T>) // unchanged only where there is one
        : { id: answer.etag, value: await readingOf(`s3://${bucket}/${key}`, answer.body, read) };
    latest = newest;
    checked = clock();
    return newest;
  };
  return {
    name: JSON.stringify([as, key]),
    newest: () => {
      if (latest !== undefined && clock() - checked < BELIEVED) return Promise.resolve(latest);
      under ??= refresh().finally(() => {
        under = undefined;
      });
      return under;
    },
    held: (id) => (latest?.id === id ? latest.value : undefined),
    pack,
    unpack,
  };
}

/** Errors of the reading name what was read. */
async function readingOf<T>(object: string, body: AsyncIterable<Uint8Array>, read: Reading<T>['read']): Promise<T> {
  const bytes = await buffer(body);
  try {
    return await read(unzipped(bytes));
  } catch (cause) {
    throw new ConfigurationError(`${object} cannot be read (${messageOf(cause)}); put a whole one there`, { cause });
  }
}

function unzipped(bytes: Buffer): Buffer {
  const zipped = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP;
  return zipped ? gunzipSync(bytes, { maxOutputLength: LARGEST }) : bytes;
}

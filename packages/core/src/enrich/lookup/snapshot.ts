/**
 * An object in S3 held in memory: asked for again when its word is old, fetched only where its ETag has changed, and the
 * last good version kept while S3 cannot be read.
 */
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { type Clock, ConfigurationError, log, MINUTE, messageOf, systemClock } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { readObjectIfChanged } from '../../stream/index.ts';

/** How long a version is believed to be the newest, ms: a deploy of data should be seen about as fast as one of code. */
const BELIEVED = MINUTE;
const GZIP = 0x1f8b;
/** Bytes; the largest databases of addresses have about 400 MB. */
const LARGEST = 512 * 1024 * 1024;

export interface ObjectName {
  /** Of the bucket of stream files; what lies under `_millrace/` there is none itself: `_millrace/reference/city.mmdb`. */
  readonly key: string;
}

interface Held<T> {
  readonly etag: string;
  readonly value: T;
}

/**
 * What `read` makes of the object's bytes (gunzipped, 512 MiB at most), at most a minute old. Callers that come while it is
 * fetched share the fetch.
 * @throws ConfigurationError where there is no such object, or it cannot be read; what S3 throws only while nothing was
 *   ever read.
 */
export function snapshotOf<T>(
  { key }: ObjectName,
  read: (bytes: Buffer) => T | Promise<T>,
  clock: Clock = systemClock,
): () => Promise<T> {
  let held: Held<T> | undefined;
  let checked = Number.NEGATIVE_INFINITY;
  let under: Promise<T> | undefined;

  const refresh = async (): Promise<T> => {
    const before = held;
    const bucket = streamsBucket();
    const answer = await readObjectIfChanged(bucket, key, before?.etag).catch((caught: unknown) => {
      if (before === undefined) throw caught;
      log.warn('an object could not be read; its last good version is used', { key, error: messageOf(caught) });
      return 'unchanged' as const;
    });
    if (answer === 'missing') {
      if (before !== undefined) return before.value;
      throw new ConfigurationError(`there is no s3://${bucket}/${key}; put it there`);
    }
    if (answer !== 'unchanged') {
      const bytes = await buffer(answer.body);
      held = { etag: answer.etag, value: await readingOf(`s3://${bucket}/${key}`, async () => read(unzipped(bytes))) };
    }
    checked = clock();
    return (held as Held<T>).value; // unchanged only where there is one
  };
  return () => {
    if (held !== undefined && clock() - checked < BELIEVED) return Promise.resolve(held.value);
    under ??= refresh().finally(() => {
      under = undefined;
    });
    return under;
  };
}

/** Errors of the reading name what was read. */
async function readingOf<T>(object: string, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (cause) {
    throw new ConfigurationError(`${object} cannot be read (${messageOf(cause)}); put a whole one there`, { cause });
  }
}

function unzipped(bytes: Buffer): Buffer {
  const zipped = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP;
  return zipped ? gunzipSync(bytes, { maxOutputLength: LARGEST }) : bytes;
}

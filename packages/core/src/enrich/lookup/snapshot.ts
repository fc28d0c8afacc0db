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

export interface ObjectName {
  /** Of the bucket of stream files; what lies under `_millrace/` there is none itself: `_millrace/reference/city.mmdb`. */
  readonly key: string;
}

interface Held<T> {
  readonly etag: string;
  readonly value: T;
}

/**
 * What `read` makes of the object's bytes (gunzipped), at most a minute old. Callers that come while it is fetched share
 * the fetch.
 * @throws ConfigurationError where there is no such object; what `read` throws; of S3 only while nothing was ever read.
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
    if (answer !== 'unchanged') held = { etag: answer.etag, value: await read(unzipped(await buffer(answer.body))) };
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

function unzipped(bytes: Buffer): Buffer {
  return bytes.length > 2 && bytes.readUInt16BE(0) === GZIP ? gunzipSync(bytes) : bytes;
}

/**
 * Objects in S3: exactly the version a pointer names, or nothing at all.
 */
import { Readable } from 'node:stream';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { FilePointer } from '../event/index.ts';
import { MillraceError, ObsoleteWork } from '../runtime/index.ts';

/** The object an event points to was deleted. */
export class MissingFile extends MillraceError {
  constructor({ bucket, key }: { readonly bucket: string; readonly key: string }) {
    super('missing_file', `s3://${bucket}/${key} is gone; put it back and replay it if it is still wanted`, {
      retryable: false,
    });
  }
}

/** The object an event points to was overwritten; the newer version has an event of its own. */
export class SupersededFile extends ObsoleteWork {
  constructor({ bucket, key, etag }: FilePointer) {
    super(
      'superseded_file',
      `s3://${bucket}/${key} is no longer the version ${etag}; its new version is worked on its own`,
    );
  }
}

let shared: S3Client | undefined;

/** One client a process; `AWS_ENDPOINT_URL_S3` points it elsewhere. */
export function s3(): S3Client {
  shared ??= new S3Client({});
  return shared;
}

/** HTTP status of an S3 error; undefined for any other. */
export function statusOf(caught: unknown): number | undefined {
  return caught instanceof S3ServiceException ? caught.$metadata.httpStatusCode : undefined;
}

/**
 * The bytes of exactly the version a pointer names.
 * @throws MissingFile, SupersededFile.
 */
export async function openObject(pointer: FilePointer): Promise<Readable> {
  try {
    return await get(pointer.bucket, pointer.key, `"${pointer.etag}"`);
  } catch (caught) {
    const status = statusOf(caught);
    if (status === 404) throw new MissingFile(pointer);
    if (status === 412) throw new SupersededFile(pointer);
    throw caught;
  }
}

/** The bytes of an object as it is now; undefined where there is none or it may not be seen (without ListBucket S3 says 403 for both). */
export async function readObjectIfPresent(bucket: string, key: string): Promise<Readable | undefined> {
  try {
    return await get(bucket, key);
  } catch (caught) {
    const status = statusOf(caught);
    if (status === 404 || status === 403) return undefined;
    throw caught;
  }
}

/** An object, or that it is the version one has already. */
export type ObjectAsItIs = { readonly etag: string; readonly body: Readable } | 'unchanged' | 'missing';

/** An object as it is now, unless it is still the version of `etag` (without quotes). */
export async function readObjectIfChanged(
  bucket: string,
  key: string,
  etag: string | undefined,
): Promise<ObjectAsItIs> {
  const IfNoneMatch = etag === undefined ? {} : { IfNoneMatch: `"${etag}"` };
  try {
    const { Body, ETag = '' } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: key, ...IfNoneMatch }));
    if (Body instanceof Readable) return { etag: ETag.replaceAll('"', ''), body: Body };
  } catch (caught) {
    const status = statusOf(caught);
    if (status === 304) return 'unchanged';
    if (status === 404 || status === 403) return 'missing';
    throw caught;
  }
  throw new MillraceError('no_body', `S3 sent no body for s3://${bucket}/${key}; try again`);
}

async function get(bucket: string, key: string, ifMatch?: string): Promise<Readable> {
  const { Body } = await s3().send(
    new GetObjectCommand({ Bucket: bucket, Key: key, ...(ifMatch === undefined ? {} : { IfMatch: ifMatch }) }),
  );
  if (!(Body instanceof Readable))
    throw new MillraceError('no_body', `S3 sent no body for s3://${bucket}/${key}; try again`);
  return Body;
}

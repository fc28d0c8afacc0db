/**
 * Putting a stream file where its layout says, and never over another one.
 */
import { HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { MillraceError, messageOf, nameOf } from '@millrace/core/runtime';
import type { Layout, Placement } from '@millrace/core/stream';
import type { Content } from './content.ts';

/** Bytes S3 takes in one request. */
const MAX_SIZE = 5 * 1024 ** 3;
/** Hexadecimal digits of the content's hash that tell files of one interval apart. */
const PART_DIGITS = 12;

export class NotPut extends MillraceError {
  constructor(bucket: string, key: string, cause: unknown) {
    super('not_put', `s3://${bucket}/${key} could not be written: ${messageOf(cause) || nameOf(cause)}`, { cause });
  }
}

export class TooLarge extends MillraceError {
  constructor(size: number) {
    super('too_large', `the file has ${size} bytes gzipped; one upload takes 5 GiB: split it into several files`, {
      retryable: false,
    });
  }
}

export interface Put {
  readonly key: string;
  /** `present`: these very bytes lay there already. */
  readonly outcome: 'written' | 'present';
}

let shared: S3Client | undefined;
const s3 = () => {
  shared ??= new S3Client({});
  return shared;
};

/**
 * Puts a file by its layout. Where another one has the interval's key, the new one lies beside it under a part named by
 * its content, so sending the same file again changes nothing.
 * @throws NotPut, TooLarge
 */
export async function putStreamFile(
  target: { readonly bucket: string; readonly layout: Layout; readonly placement: Placement },
  content: Content,
): Promise<Put> {
  if (content.size > MAX_SIZE) throw new TooLarge(content.size);
  const { bucket, layout, placement } = target;
  const beside = { ...placement, part: content.md5.slice(0, PART_DIGITS) };
  for (const place of [placement, beside]) {
    const key = layout.key(place);
    try {
      const etag = await etagOf(bucket, key);
      if (etag === undefined) {
        await putObject({ bucket, key, metadata: layout.metadata(place) }, content);
        return { key, outcome: 'written' };
      }
      if (etag === content.md5 || place === beside) return { key, outcome: 'present' };
    } catch (caught) {
      if (nameOf(caught) !== 'PreconditionFailed') throw new NotPut(bucket, key, caught); // somebody else was quicker
    }
  }
  return { key: layout.key(beside), outcome: 'present' };
}

/** Without quotes; undefined where nothing lies there. */
export async function etagOf(bucket: string, key: string): Promise<string | undefined> {
  try {
    const { ETag } = await s3().send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return ETag?.replaceAll('"', '');
  } catch (caught) {
    if (nameOf(caught) === 'NotFound' || nameOf(caught) === 'NoSuchKey') return undefined;
    throw caught;
  }
}

export interface ObjectPut {
  readonly bucket: string;
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Without it, what lies there stays, and the put fails with `PreconditionFailed`. */
  readonly overwrite?: boolean;
}

export async function putObject({ bucket, key, metadata, overwrite }: ObjectPut, content: Content): Promise<void> {
  await s3().send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: content.open(),
      ContentLength: content.size,
      ContentType: 'application/gzip',
      Metadata: { ...metadata },
      ...(overwrite ? {} : { IfNoneMatch: '*' }),
    }),
  );
}

/**
 * An object as it lies in the bucket now, and the stream file it is.
 */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import type { FilePointer, Metadata, StreamFile } from '../event/index.ts';
import { deterministicId, iso } from '../runtime/index.ts';
import type { Layout, Placement } from './layout.ts';
import type { Lineage } from './lineage.ts';
import { s3, statusOf } from './object.ts';

export interface FoundObject {
  readonly pointer: FilePointer;
  readonly metadata: Readonly<Record<string, string>>;
  /** ISO 8601; absent where S3 does not say. */
  readonly lastModified?: string;
}

/** Undefined where the object is gone. */
export async function headObject(bucket: string, key: string): Promise<FoundObject | undefined> {
  try {
    const head = await s3().send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    const lastModified = head.LastModified?.toISOString();
    return {
      pointer: { bucket, key, size: head.ContentLength ?? 0, etag: (head.ETag ?? '').replaceAll('"', '') },
      metadata: head.Metadata ?? {},
      ...(lastModified === undefined ? {} : { lastModified }),
    };
  } catch (caught) {
    if (statusOf(caught) === 404) return undefined;
    throw caught;
  }
}

/** @param receivedAt ISO 8601, where S3 does not say. */
export function streamFileOf(
  object: FoundObject,
  { placement, layout, lineage }: { placement: Placement; layout: Layout; lineage: Lineage | undefined },
  receivedAt: string,
): StreamFile {
  return {
    ...object.pointer,
    project: placement.project,
    collection: placement.collection,
    interval: iso(placement.interval),
    intervalLength: layout.intervalLength,
    receivedAt: object.lastModified ?? receivedAt,
    writtenBy: lineage?.writtenBy ?? 'producer',
  };
}

/** Of an event about an object: a function of the object, so the same at every delivery. */
export function objectMetadata(
  type: string,
  { bucket, key, etag }: FilePointer,
  { project, producedBy, lineage }: { project: string; producedBy: string; lineage: Lineage | undefined },
): Metadata {
  return {
    id: deterministicId('evt', type, bucket, key, etag),
    version: 1,
    project,
    traceId: lineage?.traceId ?? deterministicId('trc', bucket, key, etag),
    ...(lineage === undefined ? {} : { causedBy: lineage.causedBy }),
    hop: lineage?.hop ?? 0,
    producedBy,
  };
}

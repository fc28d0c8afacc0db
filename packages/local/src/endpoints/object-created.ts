/**
 * S3's event of a new object: which requests create one, and what the event says.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
import { randomUUID } from 'node:crypto';
import { ACCOUNT } from '../account.ts';
import type { BusEvent } from '../eventbridge/entry.ts';
import { isoSeconds } from '../eventbridge/entry.ts';
import type { Request } from './http.ts';

type Reason = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload' | 'POST Object';

interface Creation {
  readonly bucket: string;
  /** As it is, not URL-encoded. */
  readonly key: string;
  readonly reason: Reason;
  /** Of a HEAD request for the object. */
  readonly path: string;
}

export interface ObjectCreated extends Creation {
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
}

/** What a successful request created, if it is one that creates an object. */
export function createdBy(request: Request): Creation | undefined {
  const [path = '', query = ''] = request.url.split('?');
  const { bucket, key } = names(request.params);
  if (bucket === undefined || !key) return undefined;
  const search = new URLSearchParams(query);
  if (request.method === 'PUT' && ['uploadId', 'partNumber', 'tagging', 'acl'].every((name) => !search.has(name))) {
    return {
      bucket,
      key,
      path,
      reason: request.headers['x-amz-copy-source'] === undefined ? 'PutObject' : 'CopyObject',
    };
  }
  if (request.method === 'POST' && search.has('uploadId')) {
    return { bucket, key, path, reason: 'CompleteMultipartUpload' };
  }
  return undefined;
}

function names(params: unknown): { bucket?: string; key?: string } {
  if (typeof params !== 'object' || params === null || !('bucket' in params) || !('*' in params)) return {};
  return { bucket: String(params.bucket), key: String(params['*']) };
}

/**
 * The event, without what the bus adds.
 * @param sequence grows with each object, as the sequencer does.
 */
export function objectCreatedEvent(created: ObjectCreated, { now, sequence }: { now: number; sequence: number }) {
  return {
    id: randomUUID(),
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: isoSeconds(now),
    resources: [`arn:aws:s3:::${created.bucket}`],
    detail: {
      version: '0',
      bucket: { name: created.bucket },
      object: {
        key: created.key,
        size: created.size,
        etag: created.etag,
        sequencer: sequence.toString(16).toUpperCase().padStart(18, '0'),
      },
      'request-id': randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase(),
      requester: ACCOUNT,
      'source-ip-address': '127.0.0.1',
      reason: created.reason,
    },
  } satisfies Partial<BusEvent>;
}

/**
 * How producers lay their files out in the bucket, and how long a silent stream is waited for.
 *
 * Producers with another layout, or with a bucket of their own, are sources:
 *
 *   sources: [
 *     { prefix: 'firehose/', layout: firehose({ prefix: 'firehose/{project}/{collection}/' }) },
 *     { bucket: 'clicks-raw', layout: pattern('dt={date}/{collection}/…', { project: 'shop', timePath: 'at' }) },
 *   ],
 *
 * A bucket of its own is named in reach.ts first.
 */
import { MINUTE } from '@millrace/core/runtime';
import { defineStreams, keen } from '@millrace/core/stream';

export const streams = defineStreams({ layout: keen(), idleTimeout: 10 * MINUTE });

/**
 * How producers lay their files out in the bucket, and how long a silent stream is waited for.
 */
import { MINUTE } from '@millrace/core/runtime';
import { keen } from '@millrace/core/stream';

export const streams = {
  layout: keen(),
  /** An interval without a file counts as complete this long (ms) after its end or after the first file behind it. */
  idleTimeout: 10 * MINUTE,
} as const;

/**
 * Copies: which streams the copier copies, and where to. Without a `shape`, a copy drops `keen.id` and
 * `keen.created_at`, keeps the rest and says in `S3Object.URI` which file it came from. Without a `sink`, it is gzipped
 * into the bucket that stream files land in. More can be said:
 *
 *   {
 *     name: 'crm',
 *     from: {
 *       project: 'shop',
 *       collections: ['purchases'],
 *       where: { path: 'order.total', op: 'gte', value: 100 },
 *       sample: 0.1,
 *     },
 *     shape: {
 *       steps: [
 *         { kind: 'hash', at: ['**.email'], secret: 'CopyHashKey' },
 *         { kind: 'coerce', at: ['order.total'], to: 'number' },
 *       ],
 *     },
 *     sink: { kind: 'keen', project: '…', writeKey: 'KeenWriteKey' },
 *   }
 *
 * docs/copies.md has the rest. Steps: pick, drop, rename, set, coerce, hash, mask, flatten, unflatten, transform, expression (JSONata).
 * Sinks: s3, keen, http (signed with CopySigningKey), bus, firehose. Buckets, roles and delivery streams of your own are
 * named in reach.ts first.
 */
import { defineCopies } from '@millrace/core/copy';

export const copies = defineCopies([
  {
    name: 'shop-archive',
    from: { project: 'shop', collections: ['pageviews', 'signups', 'purchases'] },
    into: { project: 'shop-archive' },
  },
]);

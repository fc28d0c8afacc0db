/**
 * Copies: which streams the copier copies, and where to. Without a `shape`, a copy drops `keen.id` and
 * `keen.created_at`, keeps the rest and says in `S3Object.URI` which file it came from.
 */
import { defineCopies } from '@millrace/core/copy';

export const copies = defineCopies([
  {
    name: 'shop-archive',
    from: { project: 'shop', collections: ['pageviews', 'signups', 'purchases'] },
    into: { project: 'shop-archive' },
  },
]);

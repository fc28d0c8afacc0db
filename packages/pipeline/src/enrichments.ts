/**
 * Enrichments: what the enricher adds to which streams. Steps run in order; the result is a stream of its own, by default
 * in collection `{collection}_enriched` of the same project.
 */
import { defineEnrichments } from '@millrace/core/enrich';

export const enrichments = defineEnrichments([
  {
    name: 'shop',
    from: { project: 'shop', collections: ['pageviews', 'signups', 'purchases'] },
    steps: [
      { kind: 'transform', at: ['page.title', 'user_agent', 'items.*.product_id', 'product_id'], apply: ['trim'] },
      { kind: 'transform', at: ['user.plan', 'payment.status'], apply: ['trim', 'lowercase'] },
      { kind: 'transform', at: ['order.total', 'items.*.price'], apply: ['toNumber'] },
      { kind: 'date-time', at: 'keen.timestamp', into: 'time' },
      { kind: 'date-time', at: 'placed_at', into: 'placed', zone: 'Europe/Berlin' },
      { kind: 'lookup', table: 'products', at: 'product_id', into: 'product.name' },
      { kind: 'lookup', table: 'products', at: 'items.*.product_id', into: 'items.*.product_name' },
    ],
  },
]);

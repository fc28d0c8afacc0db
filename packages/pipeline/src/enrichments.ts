/**
 * Enrichments: what the enricher adds to which streams. Steps run in order, each for the records its `when` means; the
 * result is a stream of its own, by default in collection `{collection}_enriched` of the same project. What a step cannot
 * do is noted in `enrichment_errors` of the record, or has its line quarantined (`onFailure: 'quarantine'`).
 *
 * Steps: transform, date-time, url, referrer, campaign, user-agent, ip, keen-addons, lookup, currency, series, fingerprint,
 * hash, mask, truncate-ip, require, compute, function; docs/enrichments.md has each of them.
 */
import { defineEnrichments } from '@millrace/core/enrich';

const onPages = { collections: ['pageviews'] };

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
      { kind: 'url', at: 'page.url', into: 'page.parts', when: onPages },
      { kind: 'campaign', at: 'page.url', into: 'campaign', when: onPages },
      { kind: 'referrer', at: 'referrer', page: 'page.url', into: 'origin', when: onPages },
      { kind: 'user-agent', at: 'user_agent', into: 'agent', when: onPages },
      { kind: 'lookup', table: 'products', at: 'product_id', into: 'product.name' },
      { kind: 'lookup', table: 'products', at: 'items.*.product_id', into: 'items.*.product_name' },
    ],
  },
]);

/**
 * Which records are conversions, which are touches, and how a conversion's value is shared among the touches before it.
 */
import { defineAttributions } from '@millrace/core/attribution';

export const attributions = defineAttributions([
  {
    name: 'shop purchases',
    project: 'shop',
    conversions: {
      collection: 'purchases',
      visitor: 'visitor.id',
      value: 'order.total',
      currency: 'order.currency',
    },
    touches: {
      collections: ['pageviews'],
      visitor: 'visitor.id',
      url: 'page.url',
      referrer: 'referrer',
    },
    lookback: { intervals: 4 }, // the interval of the conversions and the four before it
    sessions: { timeout: '30m', newCampaign: true }, // a visit is one touch; another campaign opens another
    models: ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'],
    refunds: { collection: 'refunds', conversion: 'purchase', value: 'amount', currency: 'currency' }, // by keen.id
    aliases: [{ collection: 'signups', anonymous: 'visitor.id', user: 'user.id' }],
    into: 'attributions',
    ownDomains: ['shop.example'],
  },
]);

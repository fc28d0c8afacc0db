import { describe, expect, it } from 'vitest';
import { type AttributionDeclaration, defineAttributions } from './definition.ts';

const declared: AttributionDeclaration = {
  name: 'purchases',
  project: 'shop',
  conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
  touches: { collections: ['pageviews'], visitor: 'visitor.id' },
  models: ['last'],
};

describe('defineAttributions', () => {
  it('cuts paths and fills what is usual', () =>
    expect(defineAttributions([{ ...declared, ownDomains: ['Shop.Example'] }])).toEqual([
      {
        ...declared,
        conversions: {
          collection: 'purchases',
          visitor: ['visitor', 'id'],
          value: ['order', 'total'],
          currency: ['order', 'currency'],
        },
        touches: {
          collections: ['pageviews'],
          visitor: ['visitor', 'id'],
          url: ['page', 'url'],
          referrer: ['referrer'],
        },
        lookback: { intervals: 4 },
        into: 'attributions',
        ownDomains: ['shop.example'],
      },
    ]));

  const twin = { ...declared, name: 'twin' };
  it.each<[string, unknown[], RegExp]>([
    [
      'a path with an empty step',
      [{ ...declared, conversions: { ...declared.conversions, value: 'a..b' } }],
      /not a path/,
    ],
    ['an unknown model', [{ ...declared, models: ['magic'] }], /models\[0\]/],
    ['no model', [{ ...declared, models: [] }], /models/],
    ['a model twice', [{ ...declared, models: ['last', 'last'] }], /names a model twice/],
    ['a misspelt property', [{ ...declared, lokback: 4 }], /lokback/],
    ['more than a day', [{ ...declared, lookback: { intervals: 289 } }], /intervals/],
    ['a URL for a domain', [{ ...declared, ownDomains: ['https://shop.example/x'] }], /not a domain/],
    [
      'the same name twice',
      [declared, { ...declared, project: 'other' }],
      /two declarations have the name "purchases"/,
    ],
    [
      'the same conversions twice',
      [declared, { ...twin, into: 'others' }],
      /conversions of "purchases" in project "shop"/,
    ],
    [
      'the same target twice',
      [declared, { ...twin, conversions: { ...declared.conversions, collection: 'signups' } }],
      /"attributions" of project "shop" as into/,
    ],
    ['its own output as touches', [{ ...declared, into: 'pageviews' }], /one collection in two places/],
    [
      'its conversions as touches',
      [{ ...declared, touches: { ...declared.touches, collections: ['purchases'] } }],
      /one collection in two places/,
    ],
  ])('refuses %s', (_, declarations, message) =>
    expect(() => defineAttributions(declarations as AttributionDeclaration[])).toThrow(message),
  );
});

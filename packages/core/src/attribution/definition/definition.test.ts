import { describe, expect, it } from 'vitest';
import { keen, pattern } from '../../stream/index.ts';
import { type AttributionDeclaration, defineAttributions, storeOf } from './definition.ts';

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
          views: [],
          visitor: ['visitor', 'id'],
          url: ['page', 'url'],
          referrer: ['referrer'],
        },
        lookback: { intervals: 4 },
        sessions: { timeout: 1_800_000, newCampaign: true },
        via: 'auto',
        models: [{ name: 'last', kind: 'last' }],
        aliases: [],
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
    ['a misspelt parameter', [{ ...declared, models: [{ kind: 'position', frist: 1 }] }], /frist/],
    [
      'a position that weighs nothing',
      [{ ...declared, models: [{ kind: 'position', first: 0, last: 0 }] }],
      /either end/,
    ],
    [
      'a half-life that is none',
      [{ ...declared, models: [{ kind: 'time_decay', halfLife: 'soon' }] }],
      /not a duration/,
    ],
    ['a half-life of no time', [{ ...declared, models: [{ kind: 'time_decay', halfLife: '0d' }] }], /no time at all/],
    [
      'two of a kind without names',
      [{ ...declared, models: ['position', { kind: 'position', first: 20, last: 60 }] }],
      /names a model twice/,
    ],
    [
      'views that are no touches',
      [{ ...declared, touches: { ...declared.touches, views: ['ads'] } }],
      /"ads" among views/,
    ],
    ['a lookback of a year', [{ ...declared, lookback: { click: '365d' } }], /at most 90d/],
    ['a visit of no length', [{ ...declared, sessions: { timeout: '0m' } }], /write false/],
    ['weeks in files', [{ ...declared, via: 's3', lookback: { click: '7d' } }], /more than a day in files/],
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

describe('the store of touches', () => {
  const unnamed = pattern('{project}/{interval}/{collection}/…', { timePath: 'keen.timestamp' });
  const other = { prefix: 'clicks/', layout: unnamed };
  const intervals = { intervals: 4 };
  it.each<[string, object, Parameters<typeof storeOf>[1], 's3' | 'index']>([
    ['files, up to a day', { lookback: { click: '1d' } }, { layout: keen() }, 's3'],
    ['the index, beyond', { lookback: { click: '86401s' } }, { layout: keen() }, 'index'],
    [
      'the index, where only views count for longer',
      { lookback: { click: '1h', view: '2d' } },
      { layout: keen() },
      'index',
    ],
    ['the index, where files cannot be named', { lookback: intervals }, { layout: unnamed }, 'index'],
    [
      'the index, where there are other sources',
      { lookback: intervals },
      { layout: keen(), sources: [other] },
      'index',
    ],
    ['files, as asked', { via: 's3', lookback: intervals }, { layout: keen(), sources: [other] }, 's3'],
    ['the index, as asked', { via: 'index', lookback: intervals }, { layout: keen() }, 'index'],
  ])('is %s', (_, change, streams, expected) => {
    const stores = defineAttributions([{ ...declared, ...change }]).map((attribution) => storeOf(attribution, streams));
    expect(stores).toEqual([expected]);
  });
});

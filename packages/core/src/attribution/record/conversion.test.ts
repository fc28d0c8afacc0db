import { describe, expect, it } from 'vitest';
import { type JsonObject, keen } from '../../stream/index.ts';
import { defineAttributions } from '../definition/definition.ts';
import { toConversion } from './conversion.ts';
import { toTouch } from './touch.ts';

const [attribution] = defineAttributions([
  {
    name: 'purchases',
    project: 'shop',
    conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
    touches: { collections: ['pageviews'], visitor: 'visitor.id' },
    models: ['last'],
  },
]);
if (attribution === undefined) throw new Error('declared above');
const place = { key: 'k', line: 7 };
const timestamp = '2026-03-02T09:12:33.000Z';
const purchase = (change: JsonObject = {}): JsonObject => ({
  keen: { id: 'k-1', timestamp },
  visitor: { id: 'v-0001' },
  order: { currency: 'EUR', total: '49.98' },
  ...change,
});
const read = (change: JsonObject) => toConversion(purchase(change), place, attribution, keen());

describe('toConversion', () => {
  it.each<[string, JsonObject, object]>([
    [
      'as it is',
      {},
      { id: 'k-1', time: Date.parse(timestamp), row: 7, visitor: 'v-0001', value: 4998, currency: 'EUR' },
    ],
    ['with a number for a visitor', { visitor: { id: 12 } }, { visitor: '12' }],
    [
      'with another zone',
      { keen: { id: 'a', timestamp: '2026-03-02T10:12:33+01:00' } },
      { time: Date.parse(timestamp) },
    ],
    ['without an id', { keen: { timestamp } }, { id: 'k:7' }],
  ])('reads a record %s', (_, change, expected) => expect(read(change)).toMatchObject(expected));

  it.each<[string, JsonObject]>([
    ['no_visitor', { visitor: {} }],
    ['no_visitor', { visitor: { id: '' } }],
    ['no_visitor', { visitor: { id: null } }],
    ['no_visitor', { visitor: { id: { a: 1 } } }],
    ['no_visitor', { visitor: 'v' }],
    ['invalid_time', { keen: { id: 'a' } }],
    ['invalid_time', { keen: { timestamp: '2026-03-02T09:12:33' } }],
    ['invalid_time', { keen: { timestamp: '2026-02-31T99:12:33Z' } }],
    ['invalid_time', { keen: { timestamp: '2026-02-29T09:12:33Z' } }],
    ['invalid_time', { keen: { timestamp: 1772442753000 } }],
    ['no_value', { order: { currency: 'EUR' } }],
    ['no_value', { order: null }],
    ['too_many_decimals', { order: { currency: 'JPY', total: 1.5 } }],
  ])('refuses for %s: %j', (reason, change) => expect(read(change)).toMatchObject({ reason }));
});

describe('toTouch', () => {
  const view = { keen: { id: 't', timestamp }, visitor: { id: 'v' }, page: { url: '/?gclid=1' }, referrer: '' };
  const wanted = new Set(['v']);
  const touch = (record: JsonObject) =>
    toTouch(record, { ...place, collection: 'pageviews', row: 9 }, wanted, attribution, keen());

  it('reads a record', () =>
    expect(touch(view)).toEqual({
      id: 't',
      kind: 'click',
      time: Date.parse(timestamp),
      row: 9,
      visitor: 'v',
      channel: 'paid_search',
      source: 'google',
      medium: null,
      campaign: null,
    }));

  it.each<[string, JsonObject]>([
    ['of another visitor', { ...view, visitor: { id: 'w' } }],
    ['of no visitor', { ...view, visitor: {} }],
    ['of no time', { ...view, keen: {} }],
  ])('passes over one %s', (_, record) => expect(touch(record)).toBeUndefined());
});

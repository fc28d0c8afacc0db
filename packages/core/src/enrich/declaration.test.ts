import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../runtime/index.ts';
import { keen } from '../stream/index.ts';
import { defineEnrichments, type EnrichmentDeclaration } from './declaration.ts';

const layout = keen();
const interval = Date.parse('2026-03-02T09:00:00.000Z');
const trim = { kind: 'transform', apply: ['trim'] };
const lookup = { kind: 'lookup', table: 't', at: 'id' };

const declare = (name: string, steps: object[], more: object = {}) =>
  ({ name, from: { project: 'shop' }, steps, ...more }) as EnrichmentDeclaration;

describe('defineEnrichments', () => {
  it('writes beside the source by default', () => {
    const [enrichment] = defineEnrichments([declare('a', [trim, lookup])]);
    const file = {
      ...{ bucket: 'b', key: layout.key({ project: 'shop', collection: 'p', interval }), size: 1, etag: 'e' },
      ...{ project: 'shop', collection: 'p', interval: new Date(interval).toISOString(), intervalLength: 1 },
      ...{ receivedAt: '', writtenBy: 'producer' },
    };
    expect(enrichment?.selects(file)).toBe(true);
    expect(enrichment?.placement(file, layout)).toEqual({ project: 'shop', collection: 'p_enriched', interval });
  });

  it.each<[string, EnrichmentDeclaration[], RegExp]>([
    ['no steps', [declare('a', [])], /steps/],
    ['a step nobody knows', [declare('a', [{ kind: 'geo' }])], /kind/],
    ['a function nobody knows', [declare('a', [{ kind: 'transform', apply: ['trimm'] }])], /apply/],
    [
      'a time zone nobody knows',
      [declare('a', [{ kind: 'date-time', at: 't', into: 'x', zone: 'Mars/One' }])],
      /IANA name/,
    ],
    ['parts in place of their time', [declare('a', [{ kind: 'date-time', at: 't', into: 't' }])], /not be `at` itself/],
    ['from many to one', [declare('a', [{ ...lookup, at: 'items.*.id', into: 'name' }])], /the same steps as `at`/],
    ['from one to many', [declare('a', [{ ...lookup, into: 'items.*.name' }])], /the same steps as `at`/],
    ['** in a lookup', [declare('a', [{ ...lookup, at: '**.id' }])], /each element of an array/],
    ['a lookup without a source', [declare('a', [{ kind: 'lookup', at: 'id' }])], /name a table/],
    ['a lookup with two', [declare('a', [{ ...lookup, from: { open: () => undefined } }])], /name a table/],
    ['a condition nobody knows', [declare('a', [{ ...trim, when: { where: { path: 'a', op: 'is' } } }])], /where/],
    [
      'a currency nobody has',
      [declare('a', [{ kind: 'currency', table: 't', at: 'a', into: 'b', currency: 'c', to: 'Euro' }])],
      /three letters/,
    ],
    [
      'a series without end',
      [declare('a', [{ kind: 'series', from: { open: () => undefined }, rule: 'r', over: '30d', into: 'n' }])],
      /from 1m to 7d/,
    ],
    [
      'its own source',
      [declare('a', [trim], { into: { collection: '{collection}' } })],
      /would write into a stream it reads/,
    ],
    ['two for one file', [declare('a', [trim]), declare('b', [lookup])], /may write the same stream file/],
  ])('refuses %s', (_, declarations, message) => {
    expect(() => defineEnrichments(declarations)).toThrow(message);
    expect(() => defineEnrichments(declarations)).toThrow(ConfigurationError);
  });
});

import { describe, expect, it } from 'vitest';
import { keyPart, table } from '../../table/index.ts';
import { fetchReferences, InvalidReference, loadReferences, Reference } from './reference.ts';

const products = { project: 'shop', table: 'products' };
const hostile = [
  'a#b',
  '%',
  ' ',
  '__proto__',
  'x'.repeat(2000),
  '🙂',
  '\u0000',
  '\ud800',
  '../x',
  'constructor',
  'x'.repeat(10_240),
];

describe('references', () => {
  it('come back as they were loaded, more than a request holds, unknown ids missing', async () => {
    const entries = Array.from({ length: 730 }, (_, n) => ({ id: `p-${n}`, value: n }));
    expect(await loadReferences(products, entries)).toBe(730);
    const found = await fetchReferences(products, [...entries.map(({ id }) => id), 'p-730', 'nobody']);
    expect(found).toEqual(new Map(entries.map(({ id, value }) => [id, String(value)])));
  });

  it('have ids and values of any kind', async () => {
    const value = JSON.parse('{"__proto__":{"a":""},"b":[null,1e300,"\\u0000"]}');
    await loadReferences(
      { project: 'p#', table: 't#' },
      hostile.map((id) => ({ id, value })),
    );
    const found = await fetchReferences({ project: 'p#', table: 't#' }, hostile);
    expect([...found.keys()].sort()).toEqual([...hostile].sort());
    expect(new Set(found.values())).toEqual(new Set([JSON.stringify(value)]));
  });

  it('are loaded again without a trace, and replaced one by one', async () => {
    const scope = { project: 'shop', table: 'again' };
    const items = async () => {
      const query = Reference.query.byTable({ project: keyPart(scope.project), table: keyPart(scope.table) });
      return (await query.go({ ...table(), pages: 'all', data: 'includeKeys' })).data;
    };
    const entries = [
      { id: 'a', value: 'A' },
      { id: 'b', value: 'B' },
    ];
    await loadReferences(scope, entries);
    const before = await items();
    await loadReferences(scope, entries);
    expect(await items()).toEqual(before);
    async function* one() {
      yield { id: 'b', value: 'C' };
    }
    await loadReferences(scope, one());
    expect(await fetchReferences(scope, ['a', 'b'])).toEqual(
      new Map([
        ['a', '"A"'],
        ['b', '"C"'],
      ]),
    );
  });

  it('are read by the very keys the entity gives them', async () => {
    await Reference.put({
      ...{ project: keyPart('shop'), table: keyPart('keys'), id: keyPart('x#1') },
      json: '"by the entity"',
    }).go(table());
    expect(await fetchReferences({ project: 'shop', table: 'keys' }, ['x#1'])).toEqual(
      new Map([['x#1', '"by the entity"']]),
    );
  });

  it.each([
    ['without an id', { id: '', value: 1 }, /the id is empty/],
    ['too large', { id: 'a', value: 'x'.repeat(8 * 1024) }, /8194 bytes of JSON, at most 8192/],
    ['without a value', JSON.parse('{"id":"a"}'), /no value/],
  ])('refuse an entry %s', async (_, entry, message) => {
    const loading = loadReferences(products, [entry]);
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toBeInstanceOf(InvalidReference);
  });
});

import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type EntryOptions, formatOf, readEntries } from './index.ts';

async function entries(text: string, options: EntryOptions) {
  const all = [];
  for await (const entry of readEntries(Readable.from([Buffer.from(text)]), options)) all.push([entry.id, entry.value]);
  return all;
}

describe('readEntries', () => {
  it.each<[EntryOptions, string, unknown]>([
    [
      { format: 'csv' },
      'id,name\n1,Pan\n2,"Pot, big"\n',
      [
        ['1', 'Pan'],
        ['2', 'Pot, big'],
      ],
    ],
    [{ format: 'csv' }, '\uFEFFsku,name\r\np-1,"A ""b""\nc"\r\n', [['p-1', 'A "b"\nc']]],
    [{ format: 'csv' }, 'id,name,price\n1,Pan,7\n', [['1', { name: 'Pan', price: '7' }]]],
    [{ format: 'csv', id: 'code' }, 'name,code\nEuro,EUR\n', [['EUR', 'Euro']]],
    [{ format: 'csv' }, 'id\n1\n', [['1', {}]]],
    [{ format: 'csv' }, '', []],
    [
      { format: 'ndjson' },
      '{"id":"1","value":[1]}\n\n{"id":2,"a":1}\n',
      [
        ['1', [1]],
        ['2', { a: 1 }],
      ],
    ],
    [{ format: 'ndjson', id: 'sku' }, '\uFEFF{"sku":"1","name":"Pan"}', [['1', { name: 'Pan' }]]],
    [{ format: 'ndjson' }, '{"id":"1","value":null}', [['1', null]]],
  ])('%j of %j', async (options, text, expected) => {
    expect(await entries(text, options)).toEqual(expected);
  });

  it('takes __proto__ for a name', async () => {
    const [[, value] = []] = await entries('id,__proto__,a\n1,x,y\n', { format: 'csv' });
    expect(JSON.stringify(value)).toBe('{"__proto__":"x","a":"y"}');
  });

  it.each<[EntryOptions, string, RegExp]>([
    [{ format: 'csv' }, 'id,name\n1,Pan\n2\n', /CSV cannot be read/],
    [{ format: 'csv', id: 'code' }, 'id,name\n1,Pan\n', /line 2: has no code/],
    [{ format: 'ndjson' }, '{"id":"1","value":1}\n{"value":2}', /line 2: has no id/],
    [{ format: 'ndjson' }, '{"id":', /line 1: /],
    [{ format: 'ndjson' }, '[1]', /line 1: is no JSON object/],
    [{ format: 'ndjson' }, '{"id":{"a":1}}', /line 1: has no id that is text or a number/],
  ])('%j refuses %j', async (options, text, message) => {
    await expect(entries(text, options)).rejects.toThrow(message);
  });

  it.each([
    ['a/products.csv', 'csv'],
    ['products.CSV.gz', 'csv'],
    ['products.ndjson', 'ndjson'],
    ['products.jsonl.gz', 'ndjson'],
    ['products.xlsx', undefined],
    ['products', undefined],
  ])('%s is %s', (name, format) => expect(formatOf(name)).toBe(format));
});

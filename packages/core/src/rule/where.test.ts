import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../stream/index.ts';
import { compileWhere, discriminatorOf, type Where } from './where.ts';

const record: JsonObject = {
  name: 'Ada',
  empty: '',
  n: 5,
  limit: 7,
  zero: 0,
  yes: true,
  nothing: null,
  page: { url: 'https://shop.example/p', load_ms: 812 },
  items: [
    { id: 'a', quantity: 2 },
    { id: 'b', quantity: 9 },
  ],
  ...(JSON.parse('{"__proto__": {"admin": true}}') as JsonObject),
};

const cases: [Where, boolean][] = [
  [{ path: 'name', op: 'eq', value: 'Ada' }, true],
  [{ path: 'name', op: 'eq', value: 'ada' }, false],
  [{ path: 'n', op: 'eq', value: 5 }, true],
  [{ path: 'n', op: 'eq', value: '5' }, false],
  [{ path: 'yes', op: 'eq', value: true }, true],
  [{ path: 'nothing', op: 'eq', value: null }, true],
  [{ path: 'absent', op: 'eq', value: null }, false],
  [{ path: 'page', op: 'eq', value: 'x' }, false],
  [{ path: 'page.load_ms', op: 'eq', value: 812 }, true],
  [{ path: 'items.1.id', op: 'eq', value: 'b' }, true],
  [{ path: 'name', op: 'neq', value: 'Bob' }, true],
  [{ path: 'name', op: 'neq', value: 'Ada' }, false],
  [{ path: 'absent', op: 'neq', value: 'Ada' }, true],
  [{ path: 'n', op: 'lt', value: 6 }, true],
  [{ path: 'n', op: 'lt', value: 5 }, false],
  [{ path: 'n', op: 'lte', value: 5 }, true],
  [{ path: 'n', op: 'gt', value: 5 }, false],
  [{ path: 'n', op: 'gt', value: 4 }, true],
  [{ path: 'n', op: 'gte', value: 5 }, true],
  [{ path: 'n', op: 'gt', value: '4' }, false],
  [{ path: 'name', op: 'lt', value: 'B' }, true],
  [{ path: 'absent', op: 'lt', value: 6 }, false],
  [{ path: 'nothing', op: 'lt', value: 6 }, false],
  [{ path: 'n', op: 'lt', value: { path: 'limit' } }, true],
  [{ path: 'n', op: 'eq', value: { path: 'limit' } }, false],
  [{ path: 'n', op: 'neq', value: { path: 'limit' } }, true],
  [{ path: 'n', op: 'lt', value: { path: 'absent' } }, false],
  [{ path: 'absent', op: 'eq', value: { path: 'also.absent' } }, false],
  [{ path: 'page', op: 'eq', value: { path: 'page' } }, false],
  [{ path: 'name', op: 'in', values: ['Bob', 'Ada'] }, true],
  [{ path: 'absent', op: 'in', values: ['Ada'] }, false],
  [{ path: 'nothing', op: 'in', values: [null] }, true],
  [{ path: 'name', op: 'nin', values: ['Ada'] }, false],
  [{ path: 'absent', op: 'nin', values: ['Ada'] }, true],
  [{ path: 'page.url', op: 'prefix', value: 'https://' }, true],
  [{ path: 'page.url', op: 'suffix', value: '/p' }, true],
  [{ path: 'page.url', op: 'contains', value: 'shop' }, true],
  [{ path: 'page.url', op: 'contains', value: 'SHOP' }, false],
  [{ path: 'n', op: 'prefix', value: '5' }, false],
  [{ path: 'name', op: 'ieq', value: 'aDA' }, true],
  [{ path: 'nothing', op: 'exists' }, true],
  [{ path: 'absent', op: 'exists' }, false],
  [{ path: 'absent', op: 'missing' }, true],
  [{ path: 'empty', op: 'missing' }, false],
  [{ path: 'nothing', op: 'null' }, true],
  [{ path: 'absent', op: 'null' }, false],
  [{ path: 'name', op: 'type', value: 'string' }, true],
  [{ path: 'n', op: 'type', value: 'number' }, true],
  [{ path: 'yes', op: 'type', value: 'boolean' }, true],
  [{ path: 'nothing', op: 'type', value: 'null' }, true],
  [{ path: 'page', op: 'type', value: 'object' }, true],
  [{ path: 'items', op: 'type', value: 'array' }, true],
  [{ path: 'items', op: 'type', value: 'object' }, false],
  [{ path: 'items', op: 'anyItem', where: { path: 'quantity', op: 'gt', value: 5 } }, true],
  [{ path: 'items', op: 'anyItem', where: { path: 'quantity', op: 'gt', value: 9 } }, false],
  [{ path: 'page', op: 'anyItem', where: { path: 'url', op: 'exists' } }, false],
  [
    {
      all: [
        { path: 'n', op: 'eq', value: 5 },
        { path: 'name', op: 'exists' },
      ],
    },
    true,
  ],
  [
    {
      all: [
        { path: 'n', op: 'eq', value: 5 },
        { path: 'absent', op: 'exists' },
      ],
    },
    false,
  ],
  [
    {
      any: [
        { path: 'n', op: 'eq', value: 6 },
        { path: 'name', op: 'exists' },
      ],
    },
    true,
  ],
  [{ any: [{ path: 'n', op: 'eq', value: 6 }] }, false],
  [{ not: { path: 'n', op: 'eq', value: 6 } }, true],
  [{ path: 'constructor', op: 'exists' }, false],
  [{ path: 'name.length', op: 'exists' }, false],
  [{ path: 'items.length', op: 'exists' }, false],
  [{ path: 'toString', op: 'missing' }, true],
];

describe('compileWhere', () => {
  it.each(cases)('%j → %s', (where, holds) => {
    expect(compileWhere(where)(record)).toBe(holds);
  });

  it('sees __proto__ as data, and only where it is', () => {
    const test = compileWhere({ path: '__proto__.admin', op: 'eq', value: true });
    expect(test(JSON.parse('{"__proto__": {"admin": true}}'))).toBe(true);
    expect(test({})).toBe(false);
    expect(compileWhere({ path: 'admin', op: 'exists' })(JSON.parse('{"__proto__": {"admin": true}}'))).toBe(false);
  });
});

describe('discriminatorOf', () => {
  it.each<[Where, unknown]>([
    [
      { path: 'a', op: 'eq', value: 1 },
      { path: 'a', values: [1] },
    ],
    [
      { path: 'a', op: 'in', values: [1, 2] },
      { path: 'a', values: [1, 2] },
    ],
    [
      { all: [{ path: 'b', op: 'gt', value: 1 }, { all: [{ path: 'a', op: 'eq', value: null }] }] },
      { path: 'a', values: [null] },
    ],
    [{ path: 'a', op: 'eq', value: { path: 'b' } }, undefined],
    [{ any: [{ path: 'a', op: 'eq', value: 1 }] }, undefined],
    [{ not: { path: 'a', op: 'eq', value: 1 } }, undefined],
    [{ path: 'a', op: 'anyItem', where: { path: 'b', op: 'eq', value: 1 } }, undefined],
  ])('%j → %j', (where, expected) => {
    expect(discriminatorOf(where)).toEqual(expected);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../stream/index.ts';
import { compileWhere, type Discrimination, discriminate, type Literal, type Where } from './where.ts';

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

describe('discriminate', () => {
  const a1: Where = { path: 'a', op: 'eq', value: 1 };
  const a2: Where = { path: 'a', op: 'in', values: [1, 2] };
  const b: Where = { path: 'b', op: 'gt', value: 1 };
  const n: Where = { path: 'a', op: 'eq', value: null };
  it.each<[Where, Discrimination]>([
    [a1, { by: { path: 'a', values: [1] } }],
    [a2, { by: { path: 'a', values: [1, 2] } }],
    [{ all: [a1] }, { by: { path: 'a', values: [1] } }],
    [{ all: [b, { all: [n] }] }, { by: { path: 'a', values: [null] }, rest: b }],
    [{ all: [b, { all: [n, b] }] }, { by: { path: 'a', values: [null] }, rest: { all: [b, b] } }],
    [{ all: [a1, a2, b] }, { by: { path: 'a', values: [1] }, rest: { all: [a2, b] } }],
    [b, { rest: b }],
    [{ all: [b, b] }, { rest: { all: [b, b] } }],
    [{ path: 'a', op: 'eq', value: { path: 'b' } }, { rest: { path: 'a', op: 'eq', value: { path: 'b' } } }],
    [{ any: [a1] }, { rest: { any: [a1] } }],
    [{ not: a1 }, { rest: { not: a1 } }],
    [{ path: 'a', op: 'anyItem', where: a1 }, { rest: { path: 'a', op: 'anyItem', where: a1 } }],
  ])('%j → %j', (where, expected) => {
    expect(discriminate(where)).toEqual(expected);
  });

  it('finds what the whole condition finds', () => {
    const value = fc.constantFrom<Literal>(1, 2, '1', null, true);
    const leaf: fc.Arbitrary<Where> = fc.oneof(
      fc.record({ path: fc.constantFrom('a', 'b'), op: fc.constantFrom('eq' as const, 'neq' as const), value }),
      fc.record({
        path: fc.constantFrom('a', 'b'),
        op: fc.constant('in' as const),
        values: fc.array(value, { minLength: 1 }),
      }),
    );
    const tree = fc.oneof(
      leaf,
      fc.record({
        all: fc.array(fc.oneof(leaf, fc.record({ all: fc.array(leaf, { minLength: 1 }) })), { minLength: 1 }),
      }),
    );
    fc.assert(
      fc.property(tree, fc.record({ a: value, b: value }, { requiredKeys: [] }), (where, record) => {
        const { by, rest } = discriminate(where);
        const found = by === undefined || by.values.some((one) => one === (record as JsonObject)[by.path]);
        expect(found && (rest === undefined || compileWhere(rest)(record as JsonObject))).toBe(
          compileWhere(where)(record as JsonObject),
        );
      }),
    );
  });
});

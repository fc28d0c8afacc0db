import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { compileShape, Shape } from '../shape.ts';
import { ExpressionFailed } from './expression.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_CopyHashKey = JSON.stringify({ value: 'key' });
});

const origin = { source: 's3://b/k', line: 3 };

function shaped(steps: unknown, record: JsonValue, drop: string[] = []): string {
  const shape = compileShape(Shape.parse({ drop, steps, provenance: false }));
  expect(shape.splice).toBeUndefined();
  return shape.json(record as JsonObject, origin);
}
const hmac = (text: string) => createHmac('sha256', 'key').update(text).digest('hex');
const hostile = JSON.parse('{"__proto__":{"a":1},"constructor":{"email":"x"},"a":{"__proto__":2}}') as JsonValue;

describe('steps', () => {
  it.each<[string, unknown[], JsonValue, string]>([
    [
      'pick',
      [{ kind: 'pick', paths: ['a.b', 'c', 'gone'] }],
      { a: { b: 1, x: 2 }, c: [3], d: 4 },
      '{"a":{"b":1},"c":[3]}',
    ],
    [
      'pick of hostile names',
      [{ kind: 'pick', paths: ['__proto__.a', 'constructor'] }],
      hostile,
      '{"__proto__":{"a":1},"constructor":{"email":"x"}}',
    ],
    ['pick does not enter arrays', [{ kind: 'pick', paths: ['a.0', 'a.length'] }], { a: [1] }, '{}'],
    [
      'drop in arrays',
      [{ kind: 'drop', at: ['items.*.price'] }],
      { items: [{ price: 1, id: 2 }, { price: 3 }] },
      '{"items":[{"id":2},{}]}',
    ],
    ['drop of elements', [{ kind: 'drop', at: ['a.0', 'a.2'] }], { a: [0, 1, 2, 3] }, '{"a":[1,3]}'],
    [
      'drop of what several globs mean',
      [{ kind: 'drop', at: ['**.b.**', 'a', '**.a.**.c'] }],
      { a: 1, b: [1, { a: { c: 2, d: 3 } }], d: { a: { c: 4 } } },
      '{"b":[{"a":{}}],"d":{"a":{}}}',
    ],
    [
      'coerce within what it keeps',
      [{ kind: 'coerce', at: ['a', '**'], to: 'number' }],
      { a: { b: '1' }, c: ['2', { d: '3' }] },
      '{"a":{"b":1},"c":[2,{"d":3}]}',
    ],
    [
      'drop however deep',
      [{ kind: 'drop', at: ['**.email'] }],
      { email: 1, a: [{ email: 2, b: { email: { c: 3 } } }] },
      '{"a":[{"b":{}}]}',
    ],
    ['rename', [{ kind: 'rename', from: 'a.b', to: 'c.d' }], { a: { b: 1, x: 2 } }, '{"a":{"x":2},"c":{"d":1}}'],
    ['rename of nothing', [{ kind: 'rename', from: 'a.b', to: 'c' }], { a: 1 }, '{"a":1}'],
    ['rename out of what it replaces', [{ kind: 'rename', from: 'a.b', to: 'a' }], { a: { b: 1 } }, '{"a":1}'],
    ['rename to __proto__', [{ kind: 'rename', from: 'a', to: '__proto__' }], { a: { b: 1 } }, '{"__proto__":{"b":1}}'],
    ['set', [{ kind: 'set', at: 'a.b', value: { c: [1] } }], { a: 1 }, '{"a":{"b":{"c":[1]}}}'],
    [
      'coerce to numbers',
      [{ kind: 'coerce', at: ['*'], to: 'number' }],
      { a: ' 1.5', b: true, c: 'x', d: null, e: '12345678901234567890' },
      '{"a":1.5,"b":1,"c":"x","d":null,"e":"12345678901234567890"}',
    ],
    [
      'coerce or null',
      [{ kind: 'coerce', at: ['*'], to: 'integer', otherwise: 'null' }],
      { a: '-1.9', b: {}, c: 'x' },
      '{"a":-1,"b":null,"c":null}',
    ],
    [
      'coerce to text',
      [{ kind: 'coerce', at: ['*'], to: 'string' }],
      { a: 1, b: false, c: 'x', d: {} },
      '{"a":"1","b":"false","c":"x","d":{}}',
    ],
    [
      'coerce to booleans',
      [{ kind: 'coerce', at: ['*'], to: 'boolean' }],
      { a: 'Yes', b: 0, c: 'maybe' },
      '{"a":true,"b":false,"c":"maybe"}',
    ],
    [
      'hash',
      [{ kind: 'hash', at: ['user.id', 'gone'], secret: 'CopyHashKey' }],
      { user: { id: 7, n: null } },
      `{"user":{"id":"${hmac('7')}","n":null}}`,
    ],
    [
      'hash of all below',
      [{ kind: 'hash', at: ['user.**'], secret: 'CopyHashKey' }],
      { user: { a: ['x'], b: null } },
      `{"user":{"a":["${hmac('x')}"],"b":null}}`,
    ],
    [
      'hash of an object',
      [{ kind: 'hash', at: ['a', 'a.b'], secret: 'CopyHashKey' }],
      { a: { b: 1 } },
      `{"a":"${hmac('{"b":1}')}"}`,
    ],
    [
      'mask',
      [{ kind: 'mask', at: ['**.card'], keep: 4 }],
      { card: '4111111111111111', x: [{ card: '12345678' }, { card: { n: 1 } }] },
      '{"card":"***1111","x":[{"card":"***"},{"card":"***"}]}',
    ],
    ['mask whole', [{ kind: 'mask', at: ['a'] }], { a: 'secret' }, '{"a":"***"}'],
    [
      'flatten',
      [{ kind: 'flatten' }],
      { a: { b: { c: 1 }, d: [{ e: 2 }], f: {} } },
      '{"a_b_c":1,"a_d":[{"e":2}],"a_f":{}}',
    ],
    [
      'flatten of hostile names',
      [{ kind: 'flatten', separator: '.' }],
      hostile,
      '{"__proto__.a":1,"constructor.email":"x","a.__proto__":2}',
    ],
    [
      'unflatten',
      [{ kind: 'unflatten', separator: '.' }],
      { 'a.b': 1, 'a.c.d': 2, 'a.b.x': 3, '.y': 4 },
      '{"a":{"b":1,"c":{"d":2}},"a.b.x":3,".y":4}',
    ],
    [
      'unflatten of hostile names',
      [{ kind: 'unflatten', separator: '.' }],
      { '__proto__.polluted': 1 },
      '{"__proto__":{"polluted":1}}',
    ],
    [
      'transform by name',
      [{ kind: 'transform', apply: ['trim', 'uppercase'] }],
      { a: [' x ', 1], b: { c: 'y' } },
      '{"a":["X",1],"b":{"c":"Y"}}',
    ],
    [
      'transform by path and value',
      [
        {
          kind: 'transform',
          at: ['a.**'],
          apply: [(path: string[], value: JsonValue) => `${path.join('/')}=${value}`],
        },
      ],
      { a: { b: [1] }, c: 2 },
      '{"a":{"b":["a/b/0=1"]},"c":2}',
    ],
    [
      'expression',
      [{ kind: 'expression', expression: '{ "total": $sum(items.(price * quantity)), "ids": items.id }' }],
      {
        items: [
          { id: 'a', price: 2, quantity: 3 },
          { id: 'b', price: 1, quantity: 1 },
        ],
      },
      '{"total":7,"ids":["a","b"]}',
    ],
    ['expression of the whole', [{ kind: 'expression', expression: '$merge([$, {"n": n + 1}])' }], { n: 1 }, '{"n":2}'],
    [
      'one after the other',
      [{ kind: 'rename', from: 'a', to: 'b' }, { kind: 'coerce', at: ['b'], to: 'number' }, { kind: 'flatten' }],
      { a: '1' },
      '{"b":1}',
    ],
  ])('%s', (_, steps, record, copy) => {
    const before = JSON.stringify(record);
    expect(shaped(steps, record)).toBe(copy);
    expect(JSON.stringify(record)).toBe(before);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('come after what is dropped and before where it comes from', () => {
    const shape = compileShape(Shape.parse({ steps: [{ kind: 'pick', paths: ['keen', 'a'] }], line: 'S3Object.Line' }));
    expect(shape.json({ keen: { id: 1, timestamp: 2 }, a: 3, b: 4 }, origin)).toBe(
      '{"keen":{"timestamp":2},"a":3,"S3Object":{"URI":"s3://b/k","Line":3}}',
    );
  });

  it('quarantine a record whose values a function makes nothing of', () => {
    const spoil = (_: string[], value: JsonValue) => (value === 2 ? new Map() : value);
    expect(() => shaped([{ kind: 'transform', apply: [spoil] }], { a: { b: [1, 2] } })).toThrow(
      /failed on a\.b\.1: not_json/,
    );
  });

  it.each(['n', '[1]', '$uppercase(n)', 'gone', 'function($x){$x}', '{"f": function($x){$x}}'])(
    'fail on a record that the expression %s makes no object of',
    (expression) => {
      expect(() => shaped([{ kind: 'expression', expression }], { n: 1 })).toThrow(ExpressionFailed);
    },
  );

  it('leave a name with endless separators as it is', () => {
    const name = 'a.'.repeat(100_000);
    expect(JSON.parse(shaped([{ kind: 'unflatten', separator: '.' }], { [`${name}b`]: 1 }))).toEqual({
      [`${name}b`]: 1,
    });
  });

  it('unflatten what flatten made, of names without the separator', () => {
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<JsonValue>(1, 'x', null, [{ a: 1 }]),
        fc.dictionary(fc.constantFrom('a', 'b', 'constructor', 'é'), tie('value'), {
          minKeys: 1,
        }) as fc.Arbitrary<JsonValue>,
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c', 'toString'), value), (record) => {
        const steps = [{ kind: 'flatten' }, { kind: 'unflatten' }];
        expect(JSON.parse(shaped(steps, record as JsonValue))).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });
});

describe('refused', () => {
  it.each([
    [{ kind: 'rename', from: 'a', to: 'a.b' }, /lies within/],
    [{ kind: 'hash', at: ['a'], secret: 'the secret itself' }, /name of a secret/],
    [{ kind: 'mask', at: [] }, /at/],
    [{ kind: 'drop', at: ['a..b'] }, /joined by dots/],
    [{ kind: 'expression', expression: '{' }, /is no JSONata/],
    [{ kind: 'expression', expression: '{ "at": $now() }' }, /the same at every run/],
    [{ kind: 'transform', apply: [async () => 1] }, /answers at once/],
    [{ kind: 'flip' }, /kind/],
  ])('%j', (step, message) => {
    expect(() => Shape.parse({ steps: [step] })).toThrow(message);
  });
});

/**
 * Event patterns, case by case: what matches, what does not, what is refused.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern, InvalidPattern, matchesEvent } from './index.ts';

const matches = (pattern: unknown, event: unknown) => matchesEvent(compilePattern(JSON.stringify(pattern)), event);

/** Pattern of the field `x`; values of `x` that match; values that do not. `absent` stands for an event without it. */
const absent = Symbol('absent');
const field: readonly [string, pattern: readonly unknown[], yes: readonly unknown[], no: readonly unknown[]][] = [
  ['text', ['a'], ['a', ['b', 'a'], [['a']]], ['A', 'ab', '', 1, null, absent, {}, [], { a: 'a' }]],
  ['empty text', [''], [''], [' ', null, absent]],
  ['several', ['a', 'b', 3], ['a', 'b', 3, ['z', 3]], ['c', '3', absent]],
  ['number', [300], [300, 3e2, 300.0], ['300', 301, null]],
  ['true', [true], [true], ['true', false, 1]],
  ['null', [null], [null, ['a', null]], ['null', '', 0, false, absent, [], {}]],
  ['prefix', [{ prefix: 'ab' }], ['ab', 'abc', ['x', 'abz']], ['Ab', 'xab', '', 1, null, absent]],
  ['prefix of nothing', [{ prefix: '' }], ['', 'a'], [1, null, absent]],
  ['prefix in any case', [{ prefix: { 'equals-ignore-case': 'aB' } }], ['ABc', 'ab'], ['b', 'xab', absent]],
  ['suffix', [{ suffix: '.gz' }], ['a.gz', '.gz'], ['a.GZ', 'gz', 'a.gz ', 5, absent]],
  ['suffix in any case', [{ suffix: { 'equals-ignore-case': '.Gz' } }], ['a.gZ'], ['a.g', absent]],
  ['any case', [{ 'equals-ignore-case': 'Alice' }], ['alice', 'ALICE'], ['alic', 'alice ', null, absent]],
  ['wildcard inside', [{ wildcard: 'a*z' }], ['az', 'abcz', 'a*z', 'azz'], ['a', 'z', 'azb', 'xaz', '', absent]],
  ['wildcard around', [{ wildcard: '*/lib/*' }], ['/lib/', 'a/lib/b'], ['/lib', 'lib/', absent]],
  ['wildcards in order', [{ wildcard: 'a*b*c*' }], ['abc', 'a-b-c-', 'abbcc'], ['acb', 'ab', absent]],
  ['wildcard alone', [{ wildcard: '*' }], ['', 'a'], [1, null, absent]],
  ['wildcard ends do not overlap', [{ wildcard: 'aba*aba' }], ['abaaba', 'abaXaba'], ['aba', 'ababa']],
  ['no wildcard', [{ wildcard: 'abc' }], ['abc'], ['abcd', '']],
  ['a star itself', [{ wildcard: 'a\\*b' }], ['a*b'], ['ab', 'axb', 'a\\*b']],
  ['a backslash itself', [{ wildcard: 'a\\\\*' }], ['a\\', 'a\\b'], ['a', 'ab']],
  ['anything but text', [{ 'anything-but': 'a' }], ['b', '', 1, null, true, ['a', 'b']], ['a', ['a'], absent, [], {}]],
  ['anything but number', [{ 'anything-but': 5 }], [6, '5', null], [5, [5, 5], absent]],
  ['anything but a list', [{ 'anything-but': ['a', 'b'] }], ['c', ['a', 'c']], ['a', 'b', ['a', 'b'], absent]],
  ['anything but numbers', [{ 'anything-but': [1, 2] }], [3, '1'], [1, 2, absent]],
  ['anything but prefix', [{ 'anything-but': { prefix: '_m/' } }], ['m/', '', 1], ['_m/', '_m/x', absent]],
  ['anything but prefixes', [{ 'anything-but': { prefix: ['a', 'b'] } }], ['c'], ['a1', 'b2', absent]],
  ['anything but suffix', [{ 'anything-but': { suffix: '.png' } }], ['a.jpg', '.PNG'], ['a.png', absent]],
  ['anything but in any case', [{ 'anything-but': { 'equals-ignore-case': ['A', 'b'] } }], ['c'], ['a', 'B', absent]],
  ['anything but wildcard', [{ 'anything-but': { wildcard: '*/lib/*' } }], ['/lib', 'x'], ['a/lib/b', absent]],
  ['numeric equal', [{ numeric: ['=', 3.018e2] }], [301.8], [301.80001, '301.8', absent]],
  ['numeric less', [{ numeric: ['<', 10] }], [9.999999, -5e9], [10, 11, '9', null, absent]],
  ['numeric at most', [{ numeric: ['<=', 10] }], [10], [10.000001]],
  ['numeric greater', [{ numeric: ['>', 0] }], [0.000001, 5e9], [0, -1, 6e9]],
  ['numeric at least', [{ numeric: ['>=', 0] }], [0, -0], [-0.000001]],
  ['numeric range', [{ numeric: ['>', 0, '<=', 5] }], [5, 0.1, [9, 3]], [0, 5.1, [-1, 9], 'x', absent]],
  ['cidr of IPv4', [{ cidr: '10.0.0.0/24' }], ['10.0.0.0', '10.0.0.255'], ['10.0.1.0', '::1', 'x', 5, absent]],
  ['cidr off its boundary', [{ cidr: '10.0.0.77/24' }], ['10.0.0.1'], ['10.0.1.77']],
  ['cidr of one address', [{ cidr: '10.0.0.1/32' }], ['10.0.0.1'], ['10.0.0.2']],
  ['cidr of everything', [{ cidr: '0.0.0.0/0' }], ['255.1.2.3'], ['::1']],
  ['cidr of IPv6', [{ cidr: '2001:db8::/32' }], ['2001:db8::1', '2001:0DB8:1::'], ['2001:db9::1', '10.0.0.1', absent]],
  ['exists', [{ exists: true }], ['a', null, 0, false, '', ['a']], [absent, {}, { a: 1 }, [], [{}]]],
  ['does not exist', [{ exists: false }], [absent, {}, { a: 1 }, []], ['a', null, ['a']]],
  ['absent or a value', [{ exists: false }, 'a'], [absent, 'a', ['b', 'a']], ['b', null]],
  ['operators mixed', ['a', { prefix: 'b' }, { numeric: ['>', 5] }], ['a', 'bc', 6], ['c', 5, absent]],
];

describe.each(field)('%s', (_, pattern, yes, no) => {
  const event = (value: unknown) => (value === absent ? { y: 1 } : { x: value, y: 1 });

  test.each(yes.map((value) => [value]))('matches %j', (value) => {
    expect(matches({ x: pattern }, event(value))).toBe(true);
    expect(matches({ detail: { x: pattern } }, { detail: event(value) })).toBe(true);
  });

  test.each(no.map((value) => [value]))('does not match %j', (value) => {
    expect(matches({ x: pattern }, event(value))).toBe(false);
    expect(matches({ detail: { x: pattern } }, { detail: event(value) })).toBe(false);
  });
});

const people = {
  employees: [
    { first: 'John', last: 'Doe', tags: ['a', 'b'] },
    { first: 'Anna', last: 'Smith', tags: [] },
    [{ first: 'Peter', last: 'Jones' }],
  ],
};

test.each<[string, unknown, unknown, boolean]>([
  ['fields are ANDed', { a: [1], b: [2] }, { a: 1, b: 2 }, true],
  ['one field fails', { a: [1], b: [2] }, { a: 1, b: 3 }, false],
  ['other fields are ignored', { a: [1] }, { a: 1, z: { y: 1 } }, true],
  ['nested', { a: { b: { c: [1] } } }, { a: { b: { c: 1 } } }, true],
  ['nested, wrong depth', { a: { b: [1] } }, { a: 1, b: 1 }, false],
  ['an object where a leaf is wanted', { a: ['b'] }, { a: { b: 'b' } }, false],
  ['array structure is crushed out', { employees: { first: ['Anna'] } }, people, true],
  ['nested arrays too', { employees: { first: ['Peter'], last: ['Jones'] } }, people, true],
  ['one element must have both', { employees: { first: ['John'], last: ['Doe'] } }, people, true],
  ['not two elements together', { employees: { first: ['Anna'], last: ['Doe'] } }, people, false],
  ['not across a nested array', { employees: { first: ['Peter'], last: ['Doe'] } }, people, false],
  ['an array inside an element', { employees: { first: ['John'], tags: ['b'] } }, people, true],
  ['not another element’s array', { employees: { first: ['Peter'], tags: ['b'] } }, people, false],
  ['absent in the element chosen', { employees: { first: ['Anna'], tags: [{ exists: false }] } }, people, true],
  ['present in the element chosen', { employees: { first: ['John'], tags: [{ exists: false }] } }, people, false],
  ['different arrays are free', { a: { x: [1] }, b: { y: [2] } }, { a: [{ x: 0 }, { x: 1 }], b: [{ y: 2 }] }, true],
  ['a dotted key is a path', { 'a.b': [1] }, { a: { b: 1 } }, true],
  ['and a path a dotted key', { a: { b: [1] } }, { 'a.b': 1 }, true],
  ['or, first', { $or: [{ a: [1] }, { b: [2] }] }, { a: 1 }, true],
  ['or, second', { $or: [{ a: [1] }, { b: [2] }] }, { b: 2 }, true],
  ['or, neither', { $or: [{ a: [1] }, { b: [2] }] }, { a: 2, b: 1 }, false],
  ['or and a field', { c: [3], $or: [{ a: [1] }, { b: [2] }] }, { a: 1 }, false],
  ['or inside', { d: { $or: [{ a: [1] }, { b: [2], c: [3] }] } }, { d: { b: 2, c: 3 } }, true],
  ['or inside, half of an and', { d: { $or: [{ a: [1] }, { b: [2], c: [3] }] } }, { d: { b: 2 } }, false],
  ['two ors', { $or: [{ a: [1] }, { b: [1] }], d: { $or: [{ e: [1] }, { f: [1] }] } }, { b: 1, d: { f: 1 } }, true],
  ['or within or', { $or: [{ a: [1] }, { $or: [{ b: [1] }, { c: [1] }] }] }, { c: 1 }, true],
  ['or over array elements', { l: { x: [1], $or: [{ y: [1] }, { z: [1] }] } }, { l: [{ x: 1 }, { y: 1 }] }, false],
  ['a field named $or', { $or: { a: [1] } }, { $or: { a: 1 } }, true],
  ['hostile names are data', { a: [{ exists: true }] }, JSON.parse('{"__proto__": {"a": 1}}'), false],
  [
    'hostile names can be matched',
    JSON.parse('{"__proto__": {"a": [1]}}'),
    JSON.parse('{"__proto__": {"a": 1}}'),
    true,
  ],
  [
    'names of Object.prototype are absent',
    { constructor: [{ exists: false }], toString: [{ exists: false }] },
    {},
    true,
  ],
])('%s', (_, pattern, event, expected) => {
  expect(matches(pattern, event)).toBe(expected);
});

test.each<[string, string]>([
  ['no JSON', '{'],
  ['not an object', '["a"]'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['an empty object inside', '{"a": {}}'],
  ['a bare value', '{"a": "b"}'],
  ['a bare null', '{"a": null}'],
  ['an empty array', '{"a": []}'],
  ['an array in an array', '{"a": [["b"]]}'],
  ['an unknown operator', '{"a": [{"matches": "b"}]}'],
  ['a name of Object.prototype as operator', '{"a": [{"constructor": "b"}]}'],
  ['an empty operator', '{"a": [{}]}'],
  ['two operators in one', '{"a": [{"prefix": "b", "suffix": "c"}]}'],
  ['a prefix that is no text', '{"a": [{"prefix": 1}]}'],
  ['a prefix with an unknown operator', '{"a": [{"prefix": {"wildcard": "b"}}]}'],
  ['a wildcard doubled', '{"a": [{"wildcard": "a**b"}]}'],
  ['a wildcard with a wrong escape', '{"a": [{"wildcard": "a\\\\b"}]}'],
  ['a wildcard that ends in a backslash', '{"a": [{"wildcard": "a\\\\"}]}'],
  ['anything but nothing', '{"a": [{"anything-but": []}]}'],
  ['anything but null', '{"a": [{"anything-but": null}]}'],
  ['anything but a mixed list', '{"a": [{"anything-but": ["b", 1]}]}'],
  ['anything but an unknown operator', '{"a": [{"anything-but": {"numeric": ["<", 1]}}]}'],
  ['anything but an empty prefix', '{"a": [{"anything-but": {"prefix": ""}}]}'],
  ['numeric of text', '{"a": [{"numeric": "<5"}]}'],
  ['numeric without a number', '{"a": [{"numeric": ["<"]}]}'],
  ['numeric with an unknown operator', '{"a": [{"numeric": ["!=", 5]}]}'],
  ['numeric, upper bound first', '{"a": [{"numeric": ["<", 5, ">", 1]}]}'],
  ['numeric, nothing between', '{"a": [{"numeric": [">", 5, "<", 5]}]}'],
  ['numeric, too large', '{"a": [{"numeric": [">", 5000000001]}]}'],
  ['numeric, text as the number', '{"a": [{"numeric": [">", "5"]}]}'],
  ['cidr without bits', '{"a": [{"cidr": "10.0.0.0"}]}'],
  ['cidr with too many bits', '{"a": [{"cidr": "10.0.0.0/33"}]}'],
  ['cidr of no address', '{"a": [{"cidr": "10.0.0/24"}]}'],
  ['exists of text', '{"a": [{"exists": "true"}]}'],
  ['$or of one', '{"$or": [{"a": [1]}]}'],
  ['$or of operators', '{"$or": [{"prefix": "a"}, {"suffix": 5}]}'],
])('refused: %s', (_, pattern) => {
  expect(() => compilePattern(pattern)).toThrow(InvalidPattern);
});

test('a refusal names the field', () => {
  expect(() => compilePattern('{"detail": {"state": [{"prefix": 1}]}}')).toThrow(/at "detail\.state"/);
});

test('too many combinations of $or are refused', () => {
  const or = { $or: Array.from({ length: 11 }, (_, index) => ({ a: [index] })) };
  const pattern = { p: or, q: or, r: or };
  expect(() => compilePattern(JSON.stringify(pattern))).toThrow(/1000 combinations/);
});

test('a deeply nested event exhausts nothing', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`);
  expect(matches({ a: [1] }, deep)).toBe(false);
});

test('a wildcard matches as the regular expression it stands for', () => {
  const piece = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 3 });
  fc.assert(
    fc.property(
      fc.array(
        piece.filter((text) => text !== ''),
        { minLength: 1, maxLength: 4 },
      ),
      fc.boolean(),
      fc.boolean(),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 }),
      (pieces, open, close, text) => {
        const source = `${open ? '*' : ''}${pieces.join('*')}${close ? '*' : ''}`;
        const expected = new RegExp(`^${source.replaceAll('*', '[ab]*')}$`).test(text);
        expect(matches({ x: [{ wildcard: source }] }, { x: text })).toBe(expected);
      },
    ),
  );
});

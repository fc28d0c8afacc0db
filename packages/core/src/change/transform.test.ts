import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { JsonObject, JsonValue } from '../stream/index.ts';
import type { LeafFunction } from './leaf-functions.ts';
import { compileTransform, transformOptions } from './transform.ts';

const Options = z.strictObject(transformOptions);
type Apply = z.output<typeof Options>['apply'][number];

/** The record after the transform, and what was noted, `path reason`. */
function transform(json: string, apply: Apply[], at?: string[]): { record: string; notes: string[] } {
  const record = JSON.parse(json) as JsonObject;
  const notes: string[] = [];
  const options = Options.parse({ apply, ...(at === undefined ? {} : { at }) });
  compileTransform(options)(record, (path, reason) => notes.push(`${path.join('.')} ${reason}`));
  return { record: JSON.stringify(record), notes };
}

describe('built-in functions', () => {
  it.each<[Apply, string, string]>([
    ['trim', '" a\\n"', '"a"'],
    ['lowercase', '"ÄB"', '"äb"'],
    ['uppercase', '"äb"', '"ÄB"'],
    ['trim', '7', '7'],
    ['lowercase', 'null', 'null'],
    ['toNumber', '"24.99"', '24.99'],
    ['toNumber', '" -1e3 "', '-1000'],
    ['toNumber', '".5"', '0.5'],
    ['toNumber', '3', '3'],
    ['toNumber', 'true', 'true'],
    ['toBoolean', '"Yes"', 'true'],
    ['toBoolean', '"0"', 'false'],
    ['toBoolean', '1', 'true'],
    ['toBoolean', 'false', 'false'],
    ['toBoolean', 'null', 'null'],
  ])('%s of %s is %s', (apply, before, after) => {
    expect(transform(`{"a":${before}}`, [apply])).toEqual({ record: `{"a":${after}}`, notes: [] });
  });

  it.each<[Apply, string, string]>([
    ['toNumber', '"abc"', 'not_a_number'],
    ['toNumber', '""', 'not_a_number'],
    ['toNumber', '"0x10"', 'not_a_number'],
    ['toNumber', '"Infinity"', 'not_a_number'],
    ['toNumber', '"9007199254740993"', 'not_a_number'],
    ['toNumber', '"1e999"', 'not_a_number'],
    ['toNumber', '"__proto__"', 'not_a_number'],
    ['toNumber', '"١٢"', 'not_a_number'],
    ['toNumber', '"1_000"', 'not_a_number'],
    ['toNumber', `"${'1'.repeat(10_240)}"`, 'not_a_number'],
    ['toNumber', `"${'1'.repeat(10_240)}.x"`, 'not_a_number'],
    ['toBoolean', '"maybe"', 'not_a_boolean'],
    ['toBoolean', '"__proto__"', 'not_a_boolean'],
    ['toBoolean', `"${'yes'.repeat(5_000)}"`, 'not_a_boolean'],
    ['toBoolean', '2', 'not_a_boolean'],
  ])('%s leaves %s as it was: %s', (apply, before, reason) => {
    expect(transform(`{"a":${before}}`, [apply])).toEqual({ record: `{"a":${before}}`, notes: [`a ${reason}`] });
  });
});

describe('functions of a team', () => {
  const failing =
    (returned: unknown): LeafFunction =>
    () =>
      returned as JsonValue;
  it.each<[string, LeafFunction, string, string[]]>([
    ['get path and value', (path, value) => `${path.join('/')}=${value}`, '{"a":["a/0=1"]}', []],
    ['may return an object', () => ({ b: [1] }), '{"a":[{"b":[1]}]}', []],
    [
      'may throw',
      () => {
        throw new Error('no');
      },
      '{"a":[1]}',
      ['a.0 function_failed'],
    ],
    ['return no bigint', failing(1n), '{"a":[1]}', ['a.0 not_json']],
    ['return no bigint inside', failing({ b: 1n }), '{"a":[1]}', ['a.0 not_json']],
    ['return no NaN inside', failing([Number.NaN]), '{"a":[1]}', ['a.0 not_json']],
    ['return no promise', () => Promise.reject(new Error('no')) as never, '{"a":[1]}', ['a.0 not_json']],
    ['return no 2 MB', failing({ b: 'x'.repeat(2_000_000) }), '{"a":[1]}', ['a.0 too_long']],
    ['may return names of Object.prototype', failing(JSON.parse('{"__proto__":1}')), '{"a":[{"__proto__":1}]}', []],
    ['return no NaN', failing(Number.NaN), '{"a":[1]}', ['a.0 not_json']],
    ['return something', failing(undefined), '{"a":[1]}', ['a.0 not_json']],
  ])('%s', (_, apply, record, notes) => {
    expect(transform('{"a":[1]}', [apply])).toEqual({ record, notes });
  });

  it('follow each other, all or none', () => {
    expect(transform('{"a":" 7 ","b":" x "}', ['trim', 'toNumber'])).toEqual({
      record: '{"a":7,"b":" x "}',
      notes: ['b not_a_number'],
    });
  });
});

describe('paths', () => {
  const record = '{"a":"x","b":{"a":"x","c":[{"a":"x"},["x",{"d":"x"}]]},"__proto__":{"a":"x"}}';
  it.each<[string[], string[]]>([
    [['**'], ['a', 'b.a', 'b.c.0.a', 'b.c.1.0', 'b.c.1.1.d', '__proto__.a']],
    [['a'], ['a']],
    [['b.*'], ['b.a']],
    [['**.a'], ['a', 'b.a', 'b.c.0.a', '__proto__.a']],
    [['b.**'], ['b.a', 'b.c.0.a', 'b.c.1.0', 'b.c.1.1.d']],
    [['b.c.*.*'], ['b.c.0.a', 'b.c.1.0']],
    [['b.c.1.0'], ['b.c.1.0']],
    [['**.c.**.d'], ['b.c.1.1.d']],
    [
      ['**.a', '**', 'a'],
      ['a', 'b.a', 'b.c.0.a', 'b.c.1.0', 'b.c.1.1.d', '__proto__.a'],
    ],
    [['b', 'b.c', 'constructor', 'b.c.length', 'missing.*'], []],
  ])('%j mean %j', (at, meant) => {
    const met: string[] = [];
    const note: LeafFunction = (path, value) => {
      met.push(path.join('.'));
      return value;
    };
    expect(transform(record, [note], at).record).toBe(record);
    expect(met).toEqual(meant);
  });

  it('deeper than 64 levels are noted and left alone', () => {
    const deep = `${'{"a":'.repeat(70)}"x"${'}'.repeat(70)}`;
    const { record, notes } = transform(deep, ['uppercase']);
    expect(record).toBe(deep);
    expect(notes).toEqual([`${Array.from({ length: 64 }, () => 'a').join('.')} nesting_too_deep`]);
  });
});

it('touches each leaf of any record once, and nothing else', () => {
  const record = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '0', '*')),
    fc.jsonValue({ maxDepth: 5 }),
    {
      noNullPrototype: true,
    },
  );
  fc.assert(
    fc.property(record, (given) => {
      const json = JSON.stringify(given);
      const met: string[] = [];
      const wrap: LeafFunction = (path, value) => {
        met.push(JSON.stringify(path));
        return [value];
      };
      const expected: string[] = [];
      const wrapped = JSON.stringify(wrapLeaves(JSON.parse(json), [], expected));
      expect(transform(json, [wrap], ['**', '**.*']).record).toBe(wrapped);
      expect(met).toEqual(expected);
    }),
    { numRuns: 500 },
  );
});

function wrapLeaves(value: JsonValue, path: string[], met: string[]): JsonValue {
  if (value === null || typeof value !== 'object') {
    met.push(JSON.stringify(path));
    return [value];
  }
  if (Array.isArray(value)) return value.map((one, index) => wrapLeaves(one, [...path, String(index)], met));
  const entries = Object.entries(value).map(([key, one]) => [key, wrapLeaves(one, [...path, key], met)] as const);
  return Object.fromEntries(entries);
}

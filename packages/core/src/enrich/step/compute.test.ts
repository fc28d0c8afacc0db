/**
 * Computed properties: what expressions and a team's own functions are given, and what they may make of it.
 */
import { describe, expect, it } from 'vitest';
import { expression } from '../expression/index.ts';
import { runSteps } from '../test/run-steps.ts';

async function after(step: object, json: string) {
  const { json: record, notes } = await runSteps([step], json);
  return { record, notes };
}

describe('compute', () => {
  it.each<[string, string, string, string[]]>([
    [
      '$sum(items.(price * quantity))',
      '{"items":[{"price":2,"quantity":3}]}',
      '{"items":[{"price":2,"quantity":3}],"out":6}',
      [],
    ],
    ['first & " " & last', '{"first":"A","last":"B"}', '{"first":"A","last":"B","out":"A B"}', []],
    ['missing.thing', '{"a":1}', '{"a":1}', []],
    ['items[price > 1].id', '{"items":[{"id":1,"price":2}]}', '{"items":[{"id":1,"price":2}],"out":1}', []],
    ['{"x": a}', '{"a":1}', '{"a":1,"out":{"x":1}}', []],
    ['a / 0', '{"a":1}', '{"a":1}', ['out not_json']],
    ['$number(a)', '{"a":"x"}', '{"a":"x"}', ['out expression_failed']],
    ['function($x){$x}', '{"a":1}', '{"a":1}', ['out not_json']],
    ['a.constructor', '{"a":{}}', '{"a":{}}', ['out not_json']],
    ['toString', '{"a":1}', '{"a":1}', ['out not_json']],
    ['__proto__.x', '{"__proto__":{"x":1}}', '{"__proto__":{"x":1},"out":1}', []],
    [
      '$merge([a, b])',
      '{"a":{"__proto__":{"polluted":1}},"b":{}}',
      '{"a":{"__proto__":{"polluted":1}},"b":{},"out":{}}',
      [],
    ],
    ['$length(a)', `{"a":"${'x'.repeat(10_240)}"}`, `{"a":"${'x'.repeat(10_240)}","out":10240}`, []],
    ['$uppercase(a)', '{"a":["x"]}', '{"a":["x"]}', ['out expression_failed']],
  ])('%s of %s', async (text, before, record, notes) => {
    expect(await after({ kind: 'compute', expression: expression(text), into: 'out' }, before)).toEqual({
      record,
      notes,
    });
  });

  it('is refused where it is no JSONata', () => expect(() => expression('(')).toThrow(/no JSONata/));
  it('is refused where every run would make another thing', () =>
    expect(() => expression('$now()')).toThrow(/the same at every run/));
  it('is no text', async () => {
    const step = { kind: 'compute', expression: 'a', into: 'out' };
    await expect(runSteps([step], '{}')).rejects.toThrow(/as expression/);
  });
});

describe('a function of one’s own', () => {
  const of = (apply: (record: Record<string, unknown>) => unknown, into = 'out') => ({ kind: 'function', apply, into });
  const throwing = (thrown: unknown) => () => {
    throw thrown;
  };
  const nested = (depth: number, inmost: unknown = 1) => {
    let value = inmost;
    for (let n = 0; n < depth; n++) value = [value];
    return value;
  };
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;

  it.each<[string, unknown, string | undefined]>([
    ['undefined', undefined, undefined],
    ['null', null, 'null'],
    ['text of half a character', '\ud800', '"\\ud800"'],
    ['1 MB of text', 'x'.repeat(1_000_000), `"${'x'.repeat(1_000_000)}"`],
    ['-0', -0, '0'],
    ['a date', new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['bytes', Buffer.from('a'), '{"type":"Buffer","data":[97]}'],
    [
      'an instance of a class',
      new (class Money {
        minor = 7;
      })(),
      '{"minor":7}',
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['an object that inherits', Object.create({ inherited: 1 }), '{}'],
    [
      'names of Object.prototype',
      JSON.parse('{"__proto__":{"a":1},"constructor":2}'),
      '{"__proto__":{"a":1},"constructor":2}',
    ],
    ['undefined in an object and an array', { a: undefined, b: [undefined, 1] }, '{"b":[null,1]}'],
    ['63 levels', nested(63), `${'['.repeat(63)}1${']'.repeat(63)}`],
  ])('returns %s', async (_, value, json) => {
    const out = json === undefined ? '' : `,"out":${json}`;
    expect(
      await after(
        of(() => value),
        '{"a":2}',
      ),
    ).toEqual({ record: `{"a":2${out}}`, notes: [] });
    expect({}).not.toHaveProperty('a');
  });

  it.each<[string, (record: Record<string, unknown>) => unknown, string]>([
    ['NaN', () => Number.NaN, 'not_json'],
    ['infinity, in an object', () => ({ a: [Number.POSITIVE_INFINITY] }), 'not_json'],
    ['a number of the record that no double holds', ({ big }) => big, 'not_json'],
    ['a bigint', () => 1n, 'not_json'],
    ['a bigint in an object', () => ({ a: 1n }), 'not_json'],
    ['a symbol', () => Symbol('a'), 'not_json'],
    ['a function', () => () => 1, 'not_json'],
    ['a function in an object', () => ({ a: () => 1 }), 'not_json'],
    ['a promise', () => Promise.resolve(1), 'not_json'],
    ['a promise that fails', () => Promise.reject(new Error('no')), 'not_json'],
    ['promises in an array', () => [Promise.resolve(1), Promise.reject(new Error('no'))], 'not_json'],
    ['a map', () => new Map([['a', 1]]), 'not_json'],
    ['a set', () => new Set(['a']), 'not_json'],
    ['an error', () => new Error('no'), 'not_json'],
    ['a cycle', () => cycle, 'nesting_too_deep'],
    [
      'what stands for itself',
      () => ({
        toJSON() {
          return this;
        },
      }),
      'nesting_too_deep',
    ],
    ['64 levels', () => nested(64), 'nesting_too_deep'],
    ['100,000 levels', () => nested(100_000), 'nesting_too_deep'],
    ['2 MB of text', () => ['x'.repeat(2_000_000)], 'too_long'],
    ['two million elements', () => Array(2_000_000).fill(1), 'too_long'],
    ['nothing, 4 billion times', () => new Array(2 ** 32 - 1), 'too_long'],
    [
      'properties with names of a million characters',
      () => Object.fromEntries(Array.from({ length: 1100 }, (_, n) => [String(n).padEnd(1000), 1])),
      'too_long',
    ],
    [
      'what cannot be read',
      () => ({
        get a() {
          throw new Error('no');
        },
      }),
      'function_failed',
    ],
    ['a proxy that says no', () => new Proxy({}, { ownKeys: throwing(new Error('no')) }), 'function_failed'],
    ['an error it throws', throwing(new Error('no')), 'function_failed'],
    ['nothing, which it throws', throwing(undefined), 'function_failed'],
    [
      'a stack that overflows',
      function again(): unknown {
        return [again()];
      },
      'function_failed',
    ],
  ])('notes %s', async (_, apply, reason) => {
    const { notes, record } = await runSteps([of(apply)], '{"a":2,"big":1e400}');
    expect([record, notes]).toEqual([{ a: 2, big: Number.POSITIVE_INFINITY }, [`out ${reason}`]]);
    await new Promise(setImmediate); // a rejection that nobody took would end the process here
  });

  it.each<[string, string]>([
    ['text of 10 KB', JSON.stringify('x'.repeat(10_240))],
    ['text of 1 MB', JSON.stringify('x'.repeat(1_000_000))],
    ['half a character', '"\\ud800"'],
    ['names of Object.prototype', '{"__proto__":{"constructor":1},"constructor":{"prototype":2},"toString":null}'],
    ['numbers of many digits', '[123456789012345678901234567890,-0,1.0]'],
    ['60 levels', `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`],
  ])('is given %s as it is', async (_, json) => {
    const value = JSON.stringify(JSON.parse(json));
    expect(
      await after(
        of(({ a }) => a),
        `{"a":${json}}`,
      ),
    ).toEqual({ record: `{"a":${value},"out":${value}}`, notes: [] });
  });

  it('may do with the record what it likes', async () => {
    const spoil = (record: Record<string, unknown>) => {
      record.big = 1n;
      record.self = record;
      delete record.a;
      return Object.keys(record).length;
    };
    expect(await after(of(spoil), '{"a":1,"b":{"c":2}}')).toEqual({ record: '{"a":1,"b":{"c":2},"out":3}', notes: [] });
  });

  it('is cut off from what it returned', async () => {
    const kept = { n: 1 };
    const { record } = await runSteps(
      [of(() => kept), { kind: 'transform', at: ['out.n'], apply: [() => 2] }, of(() => kept, 'again')],
      '{}',
    );
    expect(record).toEqual({ out: { n: 2 }, again: { n: 1 } });
  });

  it.each<[string, string, string[]]>([
    ['__proto__.a', '{"__proto__":{"a":1}}', []],
    ['constructor', '{"constructor":1}', []],
    ['a', '{"a":1}', []],
  ])('may put it at %s', async (into, record, notes) => {
    expect(
      await after(
        of(() => 1, into),
        '{}',
      ),
    ).toEqual({ record, notes });
  });

  it('counts the levels on the way', async () => {
    expect(
      (
        await after(
          of(() => nested(61), 'a.b.c'),
          '{}',
        )
      ).notes,
    ).toEqual([]);
    expect(
      (
        await after(
          of(() => nested(62), 'a.b.c'),
          '{}',
        )
      ).notes,
    ).toEqual(['a.b.c nesting_too_deep']);
  });

  it('is noted where something is in the way', async () => {
    expect(
      await after(
        of(() => 1, 'a.b'),
        '{"a":1}',
      ),
    ).toEqual({ record: '{"a":1}', notes: ['a.b path_blocked'] });
  });

  it('is refused where it is async', async () => {
    await expect(runSteps([of(async () => 1)], '{}')).rejects.toThrow(/answers at once/);
    const transform = { kind: 'transform', apply: [async () => 1] };
    await expect(runSteps([transform], '{}')).rejects.toThrow(/answers at once/);
  });
});

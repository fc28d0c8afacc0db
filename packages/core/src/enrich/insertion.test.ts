import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../stream/index.ts';
import { begin, compileSteps, complete, openPlan, Steps, toBytes, toJson } from './steps.ts';
import { scope } from './test/run-steps.ts';

/** What steps make of a text: by insertion where that can be, and by writing the record anew. */
async function enriched(steps: readonly object[], text: string) {
  const plan = await openPlan(compileSteps(Steps.parse(steps), 'shop'), scope);
  const inserted = begin(plan, JSON.parse(text) as JsonObject, Buffer.from(text).toString('latin1'));
  const anew = begin(plan, JSON.parse(text) as JsonObject);
  await complete(plan, [inserted, anew], { lookups: 0, misses: 0 });
  const bytes = toBytes(plan, inserted, 'e');
  return {
    inserted: bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString(),
    anew: toJson(anew, 'e'),
  };
}

const hash = (into: string) => ({ kind: 'fingerprint', of: ['id'], into });
const HASH = (await enriched([hash('h')], '{"id":1}')).anew.slice('{"id":1,"h":'.length, -1);

describe('what is inserted', () => {
  it.each<[string, object[], string, string]>([
    ['at the end', [hash('h')], '{"id":1}', `{"id":1,"h":${HASH}}`],
    ['into an object', [hash('p.h')], '{"id":1,"p":{"x":2}}', `{"id":1,"p":{"h":${HASH},"x":2}}`],
    ['into an empty one', [hash('p.h')], '{"id":1,"p": { }}', `{"id":1,"p": {"h":${HASH} }}`],
    ['two into one', [hash('p.h'), hash('p.i')], '{"id":1,"p":{}}', `{"id":1,"p":{"h":${HASH},"i":${HASH}}}`],
    ['with the object', [hash('p.h'), hash('p.i')], '{"id":1}', `{"id":1,"p":{"h":${HASH},"i":${HASH}}}`],
    ['far inside', [hash('a.b.h')], '{"id":1,"a":{"b":{"c":0}}}', `{"id":1,"a":{"b":{"h":${HASH},"c":0}}}`],
    ['beside numbers as they are', [hash('h')], '{"id":1,"n":[1.0,1e400,-0,12345678901234567890]}', ''],
    ['beside other alphabets', [hash('größe.h')], '{"id":1,"größe":{"☃":"ü"}}', ''],
    ['with notes', [{ kind: 'url', at: 'u', into: 'parts' }], '{"u":"javascript:alert(1)"}', ''],
    ['beside names of no meaning', [hash('h')], '{"id":1,"__proto__":{"x":1},"constructor":2}', ''],
    ['where a name is a text besides', [hash('p.h')], '{"id":1,"kind":"p","say":"a \\"p\\" b","p":{"x":1}}', ''],
    [
      'where a trim trims nothing',
      [{ kind: 'transform', at: ['t'], apply: ['trim'] }, hash('h')],
      '{"id":1,"t":"x"}',
      '',
    ],
    ['what a function makes', [{ kind: 'function', apply: spoil, into: 'f' }], '{"id":1}', '{"id":1,"f":1}'],
    ['where there is no list', [{ kind: 'mask', at: ['items.*.id'] }, hash('h')], '{"id":1}', ''],
    ['where there are no add-ons', [{ kind: 'keen-addons' }, hash('h')], '{"id":1,"keen":{"id":"a"}}', ''],
  ])('%s', async (_what, steps, text, expected) => {
    const { inserted, anew } = await enriched(steps, text);
    if (expected !== '') expect(inserted).toBe(expected);
    const plain = (json: string | undefined) => JSON.parse((json ?? 'null').replace('1e400,-0', 'null,0'));
    expect(plain(inserted)).toEqual(plain(anew));
  });

  it('leaves numbers as they were written', async () => {
    const { inserted } = await enriched([hash('h')], '{"id":1,"n":[1.0,1e400,12345678901234567890]}');
    expect(inserted).toContain('"n":[1.0,1e400,12345678901234567890]');
  });
});

describe('written anew is', () => {
  it.each<[string, object[], string]>([
    ['what has a value there', [hash('h')], '{"id":1,"h":2}'],
    ['what is changed', [{ kind: 'transform', at: ['t'], apply: ['trim'] }, hash('h')], '{"id":1,"t":" x"}'],
    ['what has the name twice', [hash('p.h')], '{"id":1,"p":{"x":1},"q":{"p":{}}}'],
    ['what has it in disguise', [hash('p.h')], '{"id":1,"\\u0070":{"x":1},"q":{"p":{}}}'],
    ['what is on several lines', [hash('h')], '{"id":1,\n"x":2}'],
    ['what has errors of before', [{ kind: 'url', at: 'u', into: 'p' }], '{"u":"x","enrichment_errors":[1]}'],
    ['what has add-ons', [{ kind: 'keen-addons' }, hash('h')], '{"id":1,"keen":{"addons":[]}}'],
    ['what is added and masked', [hash('p.h'), { kind: 'mask', at: ['p'] }], '{"id":1}'],
  ])('%s', async (_what, steps, text) => {
    expect((await enriched(steps, text)).inserted).toBeUndefined();
  });
});

const name = fc.constantFrom('a', 'b', 'id', 'page', '__proto__', 'ü', 'x/y');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((steps) => steps.join('.'));
const glob = fc
  .array(fc.oneof(name, fc.constantFrom('*', '**')), { minLength: 1, maxLength: 3 })
  .map((all) => all.join('.'));
const date = '2026-03-02T09:12:33.000Z';
const leaf = fc.oneof(
  fc.constantFrom<string>(
    '1.0',
    'null',
    '"page"',
    '" x"',
    '"say \\"page\\":{"',
    '"\\u0070age"',
    '"https://a.example/?a=1"',
  ),
  fc.constantFrom<string>(`"${date}"`, '"a\\\\"', '[]', '{}', '"ü"', '{ }', '20'),
);
const space = fc.constantFrom('', '', '', ' ', '\t', '\n');

/** JSON as a stranger may write it: spaces, names twice or in disguise. */
const json: fc.Arbitrary<string> = fc.letrec<{ object: string; value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    tie('object'),
    fc.array(tie('value'), { maxLength: 2 }).map((all) => `[${all}]`),
  ),
  object: fc
    .array(fc.tuple(space, name, fc.boolean(), space, space, tie('value'), space), { maxLength: 5 })
    .map(
      (members) =>
        `{${members.map(([s, key, disguised, t, u, value, v]) => `${s}${written(key, disguised)}${t}:${u}${value}${v}`).join(',')}}`,
    ),
})).object;

function written(key: string, disguised: boolean): string {
  return disguised && key === 'page' ? '"p\\u0061ge"' : JSON.stringify(key);
}

/** A function of one's own that treats a record as its own. */
function spoil(record: Record<string, unknown>): number {
  const names = Object.keys(record).length;
  for (const name of Object.keys(record)) delete record[name];
  record.a = 1n;
  return names;
}

const step = fc.oneof(
  path.map(hash),
  path.map((into) => ({ kind: 'date-time', at: 'a', into: into === 'a' ? 'time' : into })),
  path.map((into) => ({ kind: 'url', at: 'page.a', into: into === 'page.a' ? 'url' : into })),
  glob.map((at) => ({ kind: 'transform', at: [at], apply: ['trim'] })),
  glob.map((at) => ({ kind: 'mask', at: [at] })),
  path.map((into) => ({ kind: 'function', apply: spoil, into })),
  fc.constant({ kind: 'require', properties: ['b'] }),
  fc.constant({ kind: 'keen-addons' }),
);

it('read as JSON, is what writing anew makes', async () => {
  let inserted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 3 }), json, async (steps, text) => {
      const made = await enriched(steps, text);
      if (made.inserted === undefined) return;
      inserted++;
      expect(made.inserted).not.toContain('\n');
      expect(JSON.stringify(sorted(JSON.parse(made.inserted)))).toBe(JSON.stringify(sorted(JSON.parse(made.anew))));
    }),
    { numRuns: 3000 },
  );
  expect(inserted).toBeGreaterThan(300);
});

/** Objects as lists of their members by name: their order does not count. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return {
    members: Object.entries(value)
      .sort()
      .map(([key, one]) => [key, sorted(one)]),
  };
}

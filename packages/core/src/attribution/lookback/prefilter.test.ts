import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, parsePath, valueAt } from '../../stream/index.ts';
import { visitorId } from '../record/visitor.ts';
import { prefilter } from './prefilter.ts';

const path = parsePath('visitor.id');
/** Whether a line gets through, with other lines around it. */
function passes(visitors: string[], line: string, of = path) {
  const filter = prefilter(of, new Set(visitors));
  if (filter === undefined) return 'parse all';
  const before = '{"visitor":{"id":"v-9"},"a":"\\u0041"}\n';
  const bytes = Buffer.from(`${before}${line}\n${before}`);
  return filter(bytes, before.length, before.length + Buffer.byteLength(line));
}

describe('prefilter', () => {
  it.each<[string, string[], string, boolean | 'parse all']>([
    ['a visitor asked for', ['v-1'], '{"keen":{"id":"k"},"visitor":{"id":"v-1"}}', true],
    ['another', ['v-1'], '{"keen":{"id":"k"},"visitor":{"id":"v-2"}}', false],
    ['the beginning of one', ['v-1'], '{"visitor":{"id":"v-12"}}', false],
    ['the same text elsewhere', ['v-1'], '{"a":"v-1","id":"v-2"}', false],
    ['white space', ['v-1'], '{"visitor":{ "id" \t: "v-1" }}', true],
    ['none', ['v-1'], '{"visitor":{}}', false],
    ['the name as a value', ['v-1'], '{"id":"id","a":["id","v-1"]}', false],
    ['an escaped visitor', ['v-1'], '{"visitor":{"id":"v\\u002d1"}}', true],
    ['an escaped name', ['v-1'], '{"visitor":{"\\u0069d":"v-1"}}', true],
    ['another escape', ['v-1'], '{"visitor":{"id":"v-2"},"a":"\\n\\""}', false],
    ['the name twice', ['v-1'], '{"visitor":{"id":"x","id":"v-1"}}', true],
    ['UTF-8', ['bjørn☃'], '{"visitor":{"id":"bjørn☃"}}', true],
    ['a number', ['12'], '{"visitor":{"id":12}}', true],
    ['a number in another way', ['12'], '{"visitor":{"id":1.2e1}}', true],
    ['a number where none is asked for', ['v-1'], '{"visitor":{"id":12}}', false],
    ['a visitor with a quote', ['a"b'], '{}', 'parse all'],
    ['a visitor with a slash', ['a/b'], '{}', 'parse all'],
  ])('%s', (_, visitors, line, expected) => expect(passes(visitors, line)).toBe(expected));

  it('parses everything where the path ends in an array', () =>
    expect(passes(['v'], '{}', parsePath('visitors.0'))).toBe('parse all'));

  const id = fc.oneof(
    fc.constantFrom<string | number>('v-1', 'v-2', 12, -3, 0, 1e21, '12', 'ü', 'a"b', 'a\\b', '\u2028', '😀'),
    fc.string(),
  );
  const escaped = (json: string) =>
    json.replace(/[a-z]/g, (c) => (c.charCodeAt(0) % 3 ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`));
  it('lets every line through that parsing would find', () =>
    fc.assert(
      fc.property(id, fc.array(id), fc.jsonValue(), fc.boolean(), (own, others, other, escaping) => {
        const wanted = [own, ...others].map((one) => visitorId(one)).filter((one) => one !== undefined);
        const json = JSON.stringify({ other, visitor: { name: other, id: own } });
        const line = escaping ? escaped(JSON.stringify({ visitor: { id: own } })) : json;
        const found = visitorId(valueAt(JSON.parse(line) as JsonObject, path)); // made above
        if (found !== undefined && wanted.includes(found)) expect(passes(wanted, line)).toBeTruthy();
      }),
      { numRuns: 2000 },
    ));
});

import { describe, expect, it } from 'vitest';
import { LIMITS } from './index.ts';
import { chunks, cut, read } from './test/read.ts';

const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
const pretty = JSON.stringify([{ a: 1 }, { b: { c: [{ d: '}{' }] } }], undefined, 2);

describe('a container is told by its content', () => {
  const a = { a: 1 };
  const b = { b: 'é}{"' };
  const c = { c: [{}, {}] };
  const json = [a, b, c].map((value) => JSON.stringify(value));
  const three = [a, b, c];
  const cases: [name: string, content: string, values: unknown[]][] = [
    ['nothing between', json.join(''), three],
    ['a comma between', json.join(), three],
    ['blanks between', json.join('  \t'), three],
    ['one a line, the first line two', `${json[0]}${json[1]}\n${json[2]}\n`, three],
    ['one a line, a later line two', `${json[0]}\n${json[1]}${json[2]}\n`, three],
    ['over several lines', three.map((value) => JSON.stringify(value, undefined, 2)).join('\n'), three],
    ['an array', `[${json.join()}]`, three],
    ['an array with line breaks', `\n [\n${json.join(',\n')}\n]\n`, three],
    ['a pretty array', pretty, JSON.parse(pretty)],
    ['an empty array', '[ ]\n', []],
    ['arrays in a row', `[${json[0]}][]\n[${json[1]},${json[2]}]`, three],
    ['Records', `{"Records":[${json.join()}]}`, three],
    ['Records with white space', `\r\n{ "Records" :\t[ ${json.join(' , ')} ] }\n`, three],
    ['Records in a row', `{"Records":[${json[0]}]}{"Records":[${json[1]}]}\n{"Records":[${json[2]}]}`, three],
    ['no Records', '{"Records":[]}', []],
    ['what only begins like Records', '{"Records":7}', [{ Records: 7 }]],
    ['what only begins like Records, in a row', '{"Record":7}{"Records":7}', [{ Record: 7 }, { Records: 7 }]],
    ['Records of no array after Records', '{"Records":[{"a":1}]}{"Rec":2}', [a, { Rec: 2 }]],
    ['a space in the name', '{"Rec ords":[1]}{"a":1}', [{ 'Rec ords': [1] }, a]],
  ];
  it.each(cases)('%s', async (_, content, values) => {
    for (const text of [content, `\ufeff${content}`]) {
      for (const size of [1, 2, 7, 10_000]) {
        const result = await read(chunks(...cut(Buffer.from(text), [size])));
        expect(result.rejected).toEqual([]);
        expect(result.values).toEqual(values);
      }
    }
  });
});

it('numbers the records and places them in the content', async () => {
  const { places, rejected } = await read(chunks(Buffer.from('[{"a":1}, 7,\n{"b":tru e}, {"c":"é"} , {"d":')));
  expect(places).toEqual(['1 {"a":1}', '4 {"c":"é"}']);
  expect(rejected).toMatchObject([
    { line: 2, offset: 10, reason: 'not_an_object', text: '7' },
    { line: 3, offset: 13, reason: 'invalid_json', text: '{"b":tru e}' },
    { line: 5, offset: 39, reason: 'truncated_file', text: '{"d":' },
  ]);
});

it('gives each record of a line with several a number of its own', async () => {
  const { places } = await read(chunks(Buffer.from('{"a":1}\n{"a":2}{"a":3}\n{"a":4}\n')));
  expect(places).toEqual(['1 {"a":1}', '2 {"a":2}', '3 {"a":3}', '4 {"a":4}']);
});

describe('damage', () => {
  const invalid = (text: string) => ({ reason: 'invalid_json', text });
  const cases: [name: string, content: string, ids: number[], rejected: object[]][] = [
    ['in a value', '{"n":1}{"n":}{"n":3}', [1, 3], [invalid('{"n":}')]],
    ['in the first value', '{"n":}{"n":2}{"n":3}', [2, 3], [invalid('{"n":}')]],
    ['a missing quote', '{"n":1}{"x":"a}{"n":3}{"n":4}', [1, 3, 4], [invalid('{"x":"a}')]],
    ['a missing last quote', '{"n":1}{"x":"a}{"n":3}', [1, 3], [invalid('{"x":"a}')]],
    ['a bracket too many', '{"n":1}{"x":{}{"n":3}', [1, 3], [invalid('{"x":{}')]],
    ['an escaped quote', '[{"n":1},{"x":"a\\"},{"n":3},{"n":4}]', [1, 3, 4], [invalid('{"x":"a\\"}')]],
    ['junk between', '{"n":1}junk{"n":3}', [1, 3], [invalid('junk')]],
    ['a stray bracket', '{"n":1}}{"n":3}', [1, 3], [invalid('}')]],
    ['junk before', '#!{"n":1}{"n":2}{"n":3}', [1, 2, 3], [invalid('#!')]],
    ['in an array', '[{"n":1},{"n":{},"k":x y},{"n":3}]', [1, 3], [invalid('{"n":{},"k":x y}')]],
    ['at the end of an array', '[{"n":1},{"n":a b}]', [1], [invalid('{"n":a b}]')]],
    ['in Records', '{"Records":[{"n":1},{"n"},{"n":3}]}', [1, 3], [invalid('{"n"}')]],
    ['in the opening of an array', '\0{"n":1},{"n":2},{"n":3}]', [1, 2, 3], [invalid('\0'), invalid(']')]],
    ['more in the object around Records', '{"Records":[{"n":1}],"x":{}}', [1], [invalid(',"x":{}}')]],
    ['an array that is not closed', '[{"n":1},{"n":2}', [1, 2], [{ reason: 'truncated_file', text: '' }]],
    ['Records that are not closed', '{"Records":[{"n":1}]', [1], [{ reason: 'truncated_file', text: '' }]],
    ['values that are cut', '{"n":1}{"n":2}{"n"', [1, 2], [{ reason: 'truncated_file', text: '{"n"' }]],
    ['nesting past the limit', `[{"n":1},${nested(65)},{"n":3}]`, [1, 3], [{ reason: 'nesting_too_deep' }]],
    ['an array of scalars', '["a",null,true,[{}],{"n":1}]', [1], Array(4).fill({ reason: 'not_an_object' })],
    ['lines that begin with an array', '[1]\n{"n":1}\n{"n":2}\n', [1, 2], [{ reason: 'not_an_object', text: '1' }]],
    ['a line cut before the first whole one', '{"x":\n{"n":1}\n{"n":2}\n', [1, 2], [invalid('{"x":')]],
  ];
  it.each(cases)('%s: its neighbours are read', async (_, content, ids, expected) => {
    for (const size of [1, 3, 10_000]) {
      const { values, rejected, counts } = await read(chunks(...cut(Buffer.from(content), [size])));
      expect(values.map(({ n }) => n)).toEqual(ids);
      expect(rejected).toMatchObject(expected);
      expect(counts.read).toBe(values.length + rejected.length);
    }
  });

  it('invalid UTF-8 in one of several values', async () => {
    const content = Buffer.concat([Buffer.from('{"n":1}{"x":"'), Buffer.from([0xff]), Buffer.from('"}{"n":3}')]);
    const { values, rejected } = await read(chunks(content));
    expect([values, rejected.map(({ reason }) => reason)]).toEqual([[{ n: 1 }, { n: 3 }], ['invalid_utf8']]);
  });

  it.each([1, 7, 64, 10_000])('a value over the limit is skipped, in chunks of %i', async (size) => {
    const limits = { ...LIMITS, recordBytes: 100 };
    const large = (bytes: number) => `{"a":"${'}{'.repeat(bytes / 2 - 4)}"}`;
    for (const content of [
      `{"n":1}${large(100)}${large(102)}{"n":2}${large(5000)}{"n":3}`,
      `[${large(5000)},{"n":1},${large(100)},${large(102)},{"n":2},${large(500)},{"n":3}]`,
      `{"n":1}${large(100)}{"n":2}{"n":3}${'{"a":"'.repeat(100)}`,
    ]) {
      const { values, rejected } = await read(chunks(...cut(Buffer.from(content), [size])), limits);
      expect(values.flatMap(({ n }) => (n === undefined ? [] : [n]))).toEqual([1, 2, 3]);
      expect(values).toHaveLength(4);
      for (const { reason } of rejected)
        expect(['record_too_large', 'invalid_json', 'truncated_file']).toContain(reason);
    }
  });

  it('takes time in proportion to the content, however it is damaged', async () => {
    const hostile = ['{"a":"}{', '{"', '{[', '{{}', '{"a":[{}', '}{"', '{"a":"\\"}{', ',{', '{"a":"}{"}{'];
    const start = performance.now();
    for (const text of hostile) {
      const { counts, values, rejected } = await read(chunks(...cut(Buffer.from(text.repeat(30_000)), [65_536])));
      expect(counts.read).toBe(values.length + rejected.length);
    }
    expect(performance.now() - start).toBeLessThan(30_000); // it takes two seconds; a minute where each damage is read from anew
  }, 90_000);
});

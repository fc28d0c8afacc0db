import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../stream/index.ts';
import { type CopyShape, compileShape, Shape } from './shape.ts';

const origin = { source: 's3://bucket/shop/file "one".json.gz', line: 7 };
const byDefault = compileShape(Shape.parse({}));

function spliced(shape: CopyShape, text: string): string | undefined {
  const found = shape.splice?.(Buffer.from(text).toString('latin1'));
  if (found === undefined) return undefined;
  let copy = '';
  shape.put(found, origin, (piece) => {
    copy += piece;
  });
  return Buffer.from(copy, 'latin1').toString();
}

describe('spliced to the letter', () => {
  const S3Object = `"S3Object":{"URI":${JSON.stringify(origin.source)}}`;
  it.each([
    ['{"keen":{"id":"1","created_at":"x","timestamp":"t"},"a":1}', '{"keen":{"timestamp":"t"},"a":1,S}'],
    ['{"keen":{"timestamp":"t","id":"1","created_at":"x"},"a":1}', '{"keen":{"timestamp":"t"},"a":1,S}'],
    ['{"a":1,"keen":{"created_at":"x","timestamp":"t","id":"1"}}', '{"a":1,"keen":{"timestamp":"t"},S}'],
    ['{"keen":{"id":"1","created_at":"x"}}', '{"keen":{},S}'],
    ['{"keen":{}}', '{"keen":{},S}'],
    ['{}', '{S}'],
    ['{"a":[{"keen":{"id":1}}]}', '{"a":[{"keen":{"id":1}}],S}'],
    ['{"id":1,"x":{"id":2,"created_at":3}}', '{"id":1,"x":{"id":2,"created_at":3},S}'],
    [
      '{"keen": {"id": "1", "x": 1.50, "created_at": 2}, "a": "\\u00e9\\n"}\r',
      '{"keen": {"x": 1.50}, "a": "\\u00e9\\n",S}',
    ],
    [
      '{"__proto__":{"id":1},"constructor":"☃","keen":{"__proto__":1}}',
      '{"__proto__":{"id":1},"constructor":"☃","keen":{"__proto__":1},S}',
    ],
    [
      '{"n":[0,-1,-0.5,12345678901234567890,1e99,2.5E-7,true,false,null]}',
      '{"n":[0,-1,-0.5,12345678901234567890,1e99,2.5E-7,true,false,null],S}',
    ],
  ])('%s', (text, copy) => {
    expect(spliced(byDefault, text)).toBe(copy.replace('S}', `${S3Object}}`));
  });

  it('with a line number, into an object of its own', () => {
    const shape = compileShape(Shape.parse({ drop: ['a'], provenance: 'from.file', line: 'from.line' }));
    expect(spliced(shape, '{"a":1,"b":2}')).toBe(`{"b":2,"from":{"file":${JSON.stringify(origin.source)},"line":7}}`);
  });

  it('with nothing appended', () => {
    const shape = compileShape(Shape.parse({ drop: ['b'], provenance: false }));
    expect(spliced(shape, '{"a":1,"b":2}')).toBe('{"a":1}');
    expect(spliced(shape, '{"b":2}')).toBe('{}');
  });
});

describe('left to the parser', () => {
  it.each([
    ['a name twice that is cut into', '{"keen":{"id":1},"keen":{"id":2}}'],
    ['a property twice that is left out', '{"keen":{"id":1,"id":2,"id":3}}'],
    ['a name in disguise', '{"k\\u0065en":{"id":1}}'],
    ['an S3Object of its own', '{"S3Object":{"size":1}}'],
    ['keen that is no object', '{"keen":["id"]}'],
    ['deep nesting', '{"a":[[[[1]]]]}'],
    ['a number that is written as null', '{"a":1e400}'],
    ['a number that is written as another', '{"a":-0}'],
    ['other white space', '{ "a":1}'],
    ...['', '42', '[]', 'null', '{', '{"a":1', '{"a":1}}', '{"a":1,}', '{,"a":1}', '{"a":01}', '{"a":1.}'].map(broken),
    ...['{"a":+1}', '{"a":"\t"}', '{"a":"\\x"}', '{"a":tru}', '{"a":"b}', '{"a" 1}', '{"a":[1,]}', "{'a':1}"].map(
      broken,
    ),
    ...['{"keen":{"id":1,}}', '{"keen":{"id":}}', '{"keen":{"id":1,"x":1}', '{"keen":{"id":1},}', '{"a":1}{}'].map(
      broken,
    ),
  ])('%s: %s', (_, text) => {
    expect(spliced(byDefault, text)).toBeUndefined();
  });
});

it('leaves a huge text to the parser', () => {
  expect(spliced(byDefault, JSON.stringify({ a: 'x'.repeat(65536) }))).toBeUndefined();
});

function broken(text: string): [string, string] {
  return ['broken', text];
}

it('takes time in proportion to the text where it does not match', () => {
  const members = (count: number) =>
    `{${Array.from({ length: count }, (_, n) => `"p${n}":"${'x'.repeat(20)}"`)},"keen":1}`;
  const time = (text: string) => {
    const start = performance.now();
    for (let n = 0; n < 20; n++) expect(byDefault.splice?.(text)).toBeUndefined();
    return performance.now() - start;
  };
  time(members(100));
  expect(time(members(1600))).toBeLessThan(200 * Math.max(1, time(members(100))));
});

describe('any text', () => {
  const names = [
    'keen',
    'id',
    'created_at',
    'timestamp',
    'S3Object',
    'URI',
    'a',
    '__proto__',
    'constructor',
    '0',
    'é☃',
  ];
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...names.map((text) => JSON.stringify(text))) },
    fc.constantFrom('"k\\u0065en"', '"\\u0069d"', '"S3Object\\n"', '""', '"a,"', '"}"', '"{\\""'),
  );
  const leaf = fc.constantFrom(
    ...[
      '1',
      '-1',
      '0',
      '-0',
      '-0.0',
      '-0.5',
      '0.1',
      '1.50',
      '1e5',
      '1E+400',
      '-1e-400',
      '1e22',
      '1e-7',
      '123456789012345678901',
    ],
    ...[
      '1234567890123456789012',
      'true',
      'false',
      'null',
      '""',
      '"keen"',
      '"\\"id\\":1"',
      '"\\\\"',
      '"\\u00e9\\/"',
      '"\\ud800"',
    ],
    ...['"é☃😀"', '"{\\"keen\\":"', '",\\"id\\":1,"', '"\u2028"', '"\u007f"'],
  );
  const comma = fc.constantFrom(',', ',', ',', ', ', ' ,');
  const colon = fc.constantFrom(':', ':', ':', ': ', ' : ');
  const { value, object } = fc.letrec<{ value: string; object: string }>((tie) => ({
    object: fc
      .tuple(fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }), comma, colon)
      .map(([members, by, is]) => `{${members.map((member) => member.join(is)).join(by)}}`),
    value: fc.oneof(
      { maxDepth: 5 },
      { weight: 3, arbitrary: leaf },
      fc.tuple(fc.array(tie('value'), { maxLength: 3 }), comma).map(([items, by]) => `[${items.join(by)}]`),
      { weight: 2, arbitrary: tie('object') },
    ),
  }));
  const keen = fc.tuple(object, object).map(([one, other]) => `{"keen":${one},"a":${other}}`);
  const record = fc.oneof(object, keen, value);
  /** A text with one character taken out, put in or doubled. */
  const damaged = fc
    .tuple(
      record,
      fc.nat(),
      fc.constantFrom('', '{', '}', '[', ']', '"', ',', ':', '\\', '0', '-', '.', 'e', '\u0001', ' '),
      fc.nat(1),
    )
    .map(([text, at, put, taken]) =>
      Buffer.from(
        `${text.slice(0, at % (text.length + 1))}${put}${text.slice((at % (text.length + 1)) + taken)}`,
      ).toString(),
    );
  const path = fc.array(fc.constantFrom('keen', 'id', 'created_at', 'S3Object', 'a', '__proto__', 'é☃', '0'), {
    minLength: 1,
    maxLength: 3,
  });
  const shape = fc.record({
    drop: fc.array(
      path.map((steps) => steps.join('.')),
      { maxLength: 5 },
    ),
    provenance: fc.oneof(
      fc.constant(false as const),
      path.map((steps) => steps.join('.')),
    ),
    line: fc.option(
      path.map((steps) => steps.join('.')),
      { nil: undefined },
    ),
  });

  it.each([
    ['the default shape', fc.constant(byDefault), 20_000],
    ['any shape', shape.map((given) => compileShape(Shape.parse(given))), 2000],
  ])('is spliced to what parsing it and writing it anew says, or left to the parser: %s', (_, shapes, numRuns) => {
    let count = 0;
    fc.assert(
      fc.property(shapes, fc.oneof(record, damaged), (shape, text) => {
        const copy = spliced(shape, text);
        if (copy === undefined) return;
        count++;
        const parsed: JsonValue = JSON.parse(text); // throws where splicing took what is no JSON
        expect(isObject(parsed)).toBe(true);
        if (isObject(parsed)) expect(sorted(copy)).toBe(sorted(shape.json(parsed, origin)));
      }),
      { numRuns },
    );
    expect(count).toBeGreaterThan(numRuns / 50);
  });
});

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The order of properties is no part of what JSON says; the sign of zero and numbers beyond a double are shown. */
function sorted(json: string): string {
  return show(JSON.parse(json) as JsonValue);
}

function show(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  if (!isObject(value))
    return Object.is(value, -0) ? '-0' : typeof value === 'number' ? String(value) : JSON.stringify(value);
  return `{${Object.keys(value)
    .sort()
    .map((property) => `${JSON.stringify(property)}:${show(value[property] as JsonValue)}`)
    .join()}}`;
}

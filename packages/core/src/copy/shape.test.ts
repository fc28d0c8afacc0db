import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../stream/index.ts';
import { compileShape, Shape } from './shape.ts';

const parse = (json: string) => JSON.parse(json) as JsonObject;
const source = 's3://bucket/shop/file.json.gz';
const origin = { source, line: 1 };
const byDefault = compileShape(Shape.parse({}));

describe('the default shape', () => {
  it.each([
    [
      'a Keen event',
      '{"keen":{"id":"1","created_at":"x","timestamp":"t"},"a":1}',
      '{"keen":{"timestamp":"t"},"a":1,"S3Object":{"URI":"U"}}',
    ],
    ['no keen object', '{"a":[1,{"b":null}]}', '{"a":[1,{"b":null}],"S3Object":{"URI":"U"}}'],
    ['keen that is no object', '{"keen":["id"]}', '{"keen":["id"],"S3Object":{"URI":"U"}}'],
    ['keen that is null', '{"keen":null}', '{"keen":null,"S3Object":{"URI":"U"}}'],
    ['an S3Object of its own', '{"S3Object":{"size":1,"URI":"old"},"a":1}', '{"S3Object":{"size":1,"URI":"U"},"a":1}'],
    ['an S3Object that is text', '{"S3Object":"x"}', '{"S3Object":{"URI":"U"}}'],
    ['an empty record', '{}', '{"S3Object":{"URI":"U"}}'],
    [
      'hostile keys',
      '{"__proto__":{"id":1},"constructor":{"prototype":{}},"keen":{"__proto__":null,"id":1},"toString":1}',
      '{"__proto__":{"id":1},"constructor":{"prototype":{}},"keen":{"__proto__":null},"toString":1,"S3Object":{"URI":"U"}}',
    ],
  ])('%s', (_, record, copy) => {
    expect(byDefault.json(parse(record), { source: 'U', line: 1 })).toBe(copy);
  });
});

describe('any shape', () => {
  const key = fc.constantFrom(
    'keen',
    'id',
    'created_at',
    'a',
    '__proto__',
    'constructor',
    'S3Object',
    'URI',
    '0',
    'length',
  );
  const { value } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
    object: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map(object),
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, 1, 'x', true),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
  }));
  const record = fc.array(fc.tuple(key, value), { maxLength: 8 }).map(object);
  const path = fc.array(key, { minLength: 1, maxLength: 3 }).map((steps) => steps.join('.'));

  it('equals cloning, deleting and setting, and leaves the record alone', () => {
    fc.assert(
      fc.property(
        record,
        fc.array(path, { maxLength: 4 }),
        fc.option(path, { nil: false as const }),
        (given, drop, provenance) => {
          const before = JSON.stringify(given);
          expect(sorted(compileShape(Shape.parse({ drop, provenance })).json(given, origin))).toBe(
            sorted(naively(given, drop, provenance)),
          );
          expect(JSON.stringify(given)).toBe(before);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** The order of properties is no part of what JSON says. */
function sorted(json: string): string {
  return JSON.stringify(parse(json), (_, value: JsonValue) =>
    isObject(value) ? object(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))) : value,
  );
}

/** Own properties, whatever their names. */
function object(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  const result: JsonObject = {};
  for (const [property, value] of entries) own(result, property, value);
  return result;
}

function own(target: JsonObject, property: string, value: JsonValue): void {
  Object.defineProperty(target, property, { value, enumerable: true, configurable: true, writable: true });
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function naively(record: JsonObject, drop: readonly string[], provenance: string | false): string {
  const clone = parse(JSON.stringify(record));
  for (const steps of drop.map((text) => text.split('.'))) {
    let holder: JsonValue | undefined = clone;
    for (const step of steps.slice(0, -1)) {
      holder = isObject(holder) && Object.hasOwn(holder, step) ? holder[step] : undefined;
    }
    if (isObject(holder)) delete holder[steps.at(-1) ?? ''];
  }
  if (provenance === false) return JSON.stringify(clone);
  const steps = provenance.split('.');
  let holder = clone;
  for (const step of steps.slice(0, -1)) {
    const inner: JsonValue | undefined = Object.hasOwn(holder, step) ? holder[step] : undefined;
    const next: JsonObject = isObject(inner) ? inner : {};
    if (next !== inner) own(holder, step, next);
    holder = next;
  }
  own(holder, steps.at(-1) ?? '', source);
  return JSON.stringify(clone);
}

/**
 * The steps `flatten` and `unflatten`: `{"page":{"url":1}}` to `{"page_url":1}` and back. Arrays are values.
 */
import * as z from 'zod';
import { define, isObject } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';

const separator = z.string().min(1).max(8).default('_');
export const FlattenStep = onFirstUse(() => z.strictObject({ kind: z.literal('flatten'), separator }));
export const UnflattenStep = onFirstUse(() => z.strictObject({ kind: z.literal('unflatten'), separator }));

/** Objects within each other that `unflatten` makes; a longer name stays what it is. */
const MAX_DEPTH = 32;

/** Of two properties that come to one name the later stands. An empty object is a value. */
export function compileFlatten({
  separator,
}: z.output<ReturnType<typeof FlattenStep>>): (record: JsonObject) => JsonObject {
  const spread = (holder: JsonObject, prefix: string, flat: JsonObject): JsonObject => {
    for (const [property, value] of Object.entries(holder)) {
      const name = `${prefix}${property}`;
      if (isObject(value) && Object.keys(value).length > 0) spread(value, `${name}${separator}`, flat);
      else define(flat, name, value);
    }
    return flat;
  };
  return (record) => spread(record, '', {});
}

/** A name that would lead through something that is no object stays what it is. */
export function compileUnflatten({
  separator,
}: z.output<ReturnType<typeof UnflattenStep>>): (record: JsonObject) => JsonObject {
  return (record) => {
    const nested: JsonObject = {};
    for (const [name, value] of Object.entries(record)) {
      const path = name.split(separator);
      const usable = path.length <= MAX_DEPTH && path.every((step) => step !== '');
      const holder = usable ? holderAt(nested, path.slice(0, -1)) : undefined;
      const last = path.at(-1) ?? '';
      if (holder === undefined || Object.hasOwn(holder, last)) define(nested, name, value);
      else define(holder, last, value);
    }
    return nested;
  };
}

function holderAt(root: JsonObject, path: readonly string[]): JsonObject | undefined {
  let holder = root;
  for (const step of path) {
    const inner = Object.hasOwn(holder, step) ? holder[step] : {};
    if (!isObject(inner)) return undefined;
    if (!Object.hasOwn(holder, step)) define(holder, step, inner);
    holder = inner;
  }
  return holder;
}

/**
 * Properties of records by their paths: own ones only, whatever their names.
 */
import { define, isObject } from '../../change/index.ts';
import type { JsonObject, JsonValue, Path } from '../../stream/index.ts';

/** Undefined where there is none. Steps name properties of objects. */
export function get(record: JsonObject, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = record;
  for (const step of path) value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  return value;
}

/** Sets a path, keeping what lies beside it; what is no object on the way is replaced by one. */
export function set(record: JsonObject, path: Path, value: JsonValue): void {
  const [property = '', ...rest] = path;
  if (rest.length === 0) {
    define(record, property, value);
    return;
  }
  const inner = Object.hasOwn(record, property) ? record[property] : undefined;
  const holder: JsonObject = isObject(inner) ? inner : {};
  if (holder !== inner) define(record, property, holder);
  set(holder, rest, value);
}

export function remove(record: JsonObject, path: Path): void {
  const holder = get(record, path.slice(0, -1));
  const last = path.at(-1);
  if (isObject(holder) && last !== undefined) delete holder[last];
}

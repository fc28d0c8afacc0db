/**
 * Records as steps change them: own properties only, whatever their names.
 */
import type { JsonObject, JsonValue, Path } from '../../stream/index.ts';

/** Arrays as objects of their indices. */
export function isContainer(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

export function isLeaf(value: JsonValue): value is string | number | boolean | null {
  return !isContainer(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return isContainer(value) && !Array.isArray(value);
}

/** An own property whatever its name: plain assignment to a missing `__proto__` would set the prototype. */
export function define(holder: JsonObject, property: string, value: JsonValue): void {
  if (property !== '__proto__') holder[property] = value;
  else Object.defineProperty(holder, property, { value, enumerable: true, configurable: true, writable: true });
}

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

/**
 * Records as their values are changed: own properties only, whatever their names.
 */
import type { JsonObject, JsonValue } from '../stream/index.ts';

/** What is neither object nor array. */
export type Leaf = string | number | boolean | null;

/** Arrays as objects of their indices. */
export function isContainer(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null;
}

export function isLeaf(value: JsonValue): value is Leaf {
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

/** A value that can be changed without changing the one it was copied from. */
export function copyOf(value: JsonObject): JsonObject;
export function copyOf(value: JsonValue): JsonValue;
export function copyOf(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => copyOf(element));
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) define(copy, key, copyOf(value[key] as JsonValue)); // an own property
  return copy;
}

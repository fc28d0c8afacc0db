/**
 * A record as every workflow sees it: a JSON object of a producer's making, so hostile until proven otherwise.
 */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [property: string]: JsonValue;
}

/** A path into a record, `keen.timestamp`, cut at its dots. */
export type Path = readonly string[];

/**
 * The value at a path, own properties only (`constructor` and `__proto__` are data or nothing); undefined where it is
 * missing. An array is entered by a decimal index.
 */
export function valueAt(record: JsonValue, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = record;
  for (const property of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, property)) return undefined;
    if (property === 'length' && Array.isArray(value)) return undefined; // an array's own, and no data
    value = (value as JsonObject)[property]; // an array as an object of its indices
  }
  return value;
}

/** Cuts `a.b.c` at its dots. @throws RangeError on an empty path or step. */
export function parsePath(text: string): Path {
  const path = text.split('.');
  if (path.some((step) => step === ''))
    throw new RangeError(`"${text}" is not a path; write property names joined by dots`);
  return path;
}

/**
 * What a team's own code makes, as JSON.
 */
import { types } from 'node:util';
import { type JsonObject, type JsonValue, LIMITS } from '../stream/index.ts';
import { define } from './object.ts';
import { UnfitValue } from './unfit.ts';

/** For declarations: a function that can answer with nothing but a promise makes no JSON. */
export function answersAtOnce(value: unknown): boolean {
  return typeof value === 'function' && !types.isAsyncFunction(value);
}

/**
 * A copy of a value, undefined for undefined: what JSON.stringify makes of it, where that leaves nothing out but properties
 * that are undefined. Bounded as the reader bounds the record it goes into: `depth` levels in, as many deep as are left of
 * 64, and a million characters and values.
 * @throws UnfitValue `not_json` (for a number that is not finite, a bigint, symbol, function, promise, map or set anywhere),
 *   `nesting_too_deep` (for a cycle, too), `too_long`; what getters and toJSON throw.
 */
export function jsonOf(value: unknown, depth: number): JsonValue | undefined {
  return copied(value, depth, { left: LIMITS.recordBytes });
}

/** Characters and values. */
interface Room {
  left: number;
}

function copied(value: unknown, depth: number, room: Room): JsonValue | undefined {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return take(room, value.length) ?? value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw UnfitValue.of('not_json');
  if (depth >= LIMITS.nesting) throw UnfitValue.of('nesting_too_deep');
  if ('toJSON' in value && typeof value.toJSON === 'function') return copied(value.toJSON(), depth + 1, room);
  return Array.isArray(value) ? copiedArray(value, depth, room) : copiedObject(value, depth, room);
}

function copiedArray(elements: readonly unknown[], depth: number, room: Room): JsonValue[] {
  take(room, elements.length);
  for (const element of elements) forgo(element); // all of them, before the first is refused
  return Array.from(elements, (element) => copied(element, depth + 1, room) ?? null); // null for holes, too
}

function copiedObject(value: object, depth: number, room: Room): JsonObject {
  forgo(value);
  if (Object.prototype.toString.call(value) !== '[object Object]') throw UnfitValue.of('not_json');
  const copy: JsonObject = {};
  for (const [name, property] of Object.entries(value)) {
    take(room, name.length + 1);
    const inner = copied(property, depth + 1, room);
    if (inner !== undefined) define(copy, name, inner);
  }
  return copy;
}

function take(room: Room, amount: number): undefined {
  room.left -= amount;
  if (room.left < 0) throw UnfitValue.of('too_long');
}

/** A promise is refused, and must not end the process when it fails afterwards. */
function forgo(value: unknown): void {
  if (types.isPromise(value)) value.catch(() => undefined);
}

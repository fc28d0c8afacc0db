/**
 * One record's text to a JSON object, or why not.
 */
import { messageOf } from '../runtime/index.ts';
import type { JsonObject, JsonValue } from './record.ts';
import type { ReadReason, Rejection } from './rejection.ts';

export class Unparsable implements Rejection {
  readonly reason: ReadReason;
  readonly message: string;

  constructor(reason: ReadReason, message: string) {
    this.reason = reason;
    this.message = message;
  }
}

/**
 * Never throws: JSON.parse of V8 does not recurse, so depth cannot overflow the stack.
 * @param openings how many brackets open in the text, or more; where that is known.
 */
export function parseRecord(text: string, maxNesting: number, openings?: number): JsonObject | Unparsable {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (caught) {
    return new Unparsable('invalid_json', messageOf(caught));
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return new Unparsable('not_an_object', `${kindOf(value)} instead of an object; write one JSON object a line`);
  }
  const mayBeDeep = openings === undefined ? mayNestBeyond(text, maxNesting) : openings > maxNesting;
  if (mayBeDeep && nesting(text) > maxNesting) {
    return new Unparsable('nesting_too_deep', `nested deeper than ${maxNesting}; flatten the record`);
  }
  return value;
}

function kindOf(value: JsonValue): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

/** Cheap and never wrong about `false`: hops from bracket to bracket, at most `limit` of them. */
function mayNestBeyond(text: string, limit: number): boolean {
  if (text.length <= 2 * limit) return false;
  let brackets = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++brackets > limit) return true;
    }
  }
  return false;
}

/** Depth of valid JSON: brackets outside of strings. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, ++depth);
    else if (character === '}' || character === ']') depth--;
  }
  return deepest;
}

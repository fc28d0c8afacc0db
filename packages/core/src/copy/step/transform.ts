/**
 * The step `transform`: functions over the values of a record by path and value, however deep.
 */
import * as z from 'zod';
import { MillraceError, messageOf, onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, JsonValue, Path } from '../../stream/index.ts';
import { isLeaf } from './object.ts';
import { compileGlobs, Globs } from './sites.ts';

/** A function of a team's own: what takes the place of a value that is neither object nor array. It has to be pure; one that throws has the record quarantined. */
export type ValueFunction = (path: Path, value: string | number | boolean | null) => JsonValue;

const onText =
  (change: (text: string) => string): ValueFunction =>
  (_path, value) =>
    typeof value === 'string' ? change(value) : value;

const named = {
  trim: onText((text) => text.trim()),
  lowercase: onText((text) => text.toLowerCase()),
  uppercase: onText((text) => text.toUpperCase()),
} as const satisfies Record<string, ValueFunction>;

export const TransformStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('transform'),
    at: Globs.default(['**']),
    /** One after the other. */
    apply: z
      .array(
        z.union([
          z.enum(['trim', 'lowercase', 'uppercase']),
          z.custom<ValueFunction>((value) => typeof value === 'function', 'a function (path, value) => value'),
        ]),
      )
      .min(1),
  }),
);

/** A function could make nothing of a value: the record is quarantined. */
export class TransformFailed extends MillraceError {
  constructor(path: Path, cause: unknown) {
    super('transform_failed', `a transform failed on ${path.join('.')}: ${messageOf(cause)}`, { cause });
  }
}

/** What it makes throws TransformFailed. */
export function compileTransform({
  at,
  apply,
}: z.output<ReturnType<typeof TransformStep>>): (record: JsonObject) => JsonObject {
  const sitesOf = compileGlobs(at);
  const functions = apply.map((one) => (typeof one === 'string' ? named[one] : one));
  return (record) => {
    for (const { holder, key, path, value } of sitesOf(record)) holder[key] = transformed(value, path, functions);
    return record;
  };
}

function transformed(value: JsonValue, path: Path, functions: readonly ValueFunction[]): JsonValue {
  let changed = value;
  try {
    for (const change of functions) if (isLeaf(changed)) changed = asJson(change(path, changed));
  } catch (caught) {
    throw new TransformFailed(path, caught);
  }
  return changed;
}

/** Holds a team's functions to what their type says, and cuts what they return off from what they keep. */
function asJson(value: JsonValue): JsonValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw new TypeError('what it returned is no JSON');
  return JSON.parse(JSON.stringify(value));
}

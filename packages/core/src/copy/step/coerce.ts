/**
 * The step `coerce`: values of another type than the other side wants. What cannot be made one stays as it is, or becomes
 * null.
 */
import * as z from 'zod';
import { booleanOf, compilePlaces, Globs, isLeaf, numberOf } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';

export const CoerceStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('coerce'),
    at: Globs,
    to: z.enum(['string', 'number', 'integer', 'boolean']),
    otherwise: z.enum(['keep', 'null']).default('keep'),
  }),
);

/** Undefined where the value is nothing of the kind. */
const coercions = {
  string: String,
  number: (value) => asNumber(value),
  /** Towards zero. */
  integer: (value) => {
    const number = asNumber(value);
    return number === undefined ? undefined : Math.trunc(number);
  },
  boolean: booleanOf,
} as const satisfies Record<string, (value: string | number | boolean) => JsonValue | undefined>;

export function compileCoerce({
  at,
  to,
  otherwise,
}: z.output<ReturnType<typeof CoerceStep>>): (record: JsonObject) => void {
  const places = compilePlaces(at);
  const coerce = coercions[to];
  return (record) =>
    places(record, (holder, key, value) => {
      if (value === null) return true;
      const coerced = isLeaf(value) ? coerce(value) : undefined;
      if (coerced === undefined && otherwise === 'keep') return false;
      holder[key] = coerced ?? null;
      return true;
    });
}

function asNumber(value: string | number | boolean): number | undefined {
  return typeof value === 'string' ? numberOf(value) : Number(value);
}

/**
 * The step `coerce`: values of another type than the other side wants. What cannot be made one stays as it is, or becomes
 * null.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { isLeaf } from './object.ts';
import { compileGlobs, Globs } from './sites.ts';

export const CoerceStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('coerce'),
    at: Globs,
    to: z.enum(['string', 'number', 'integer', 'boolean']),
    otherwise: z.enum(['keep', 'null']).default('keep'),
  }),
);

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const booleans = new Map<string, boolean>([
  ...['true', 'yes', '1'].map((text): [string, boolean] => [text, true]),
  ...['false', 'no', '0'].map((text): [string, boolean] => [text, false]),
]);

/** Undefined where the value is nothing of the kind. */
const coercions = {
  string: String,
  number: (value) => numberOf(value),
  /** Towards zero. */
  integer: (value) => {
    const number = numberOf(value);
    return number === undefined ? undefined : Math.trunc(number);
  },
  boolean: (value) => booleans.get(String(value).trim().toLowerCase()),
} as const satisfies Record<string, (value: string | number | boolean) => JsonValue | undefined>;

export function compileCoerce({
  at,
  to,
  otherwise,
}: z.output<ReturnType<typeof CoerceStep>>): (record: JsonObject) => JsonObject {
  const sitesOf = compileGlobs(at);
  const coerce = coercions[to];
  return (record) => {
    for (const { holder, key, value } of sitesOf(record)) {
      if (value === null) continue;
      const coerced = isLeaf(value) ? coerce(value) : undefined;
      if (coerced !== undefined) holder[key] = coerced;
      else if (otherwise === 'null') holder[key] = null;
    }
    return record;
  };
}

/** Of text only what a double holds as written in whole numbers: a long id would become another one. */
function numberOf(value: string | number | boolean): number | undefined {
  if (typeof value !== 'string') return Number(value);
  const number = NUMBER.test(value.trim()) ? Number(value) : Number.NaN;
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

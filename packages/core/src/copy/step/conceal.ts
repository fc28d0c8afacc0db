/**
 * Steps for personal data: `hash` makes the same value the same pseudonym, which nobody can compute without the secret;
 * `mask` leaves at most its last characters. Objects and arrays they meet are concealed whole.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { isContainer } from './object.ts';
import { compileGlobs, Globs } from './sites.ts';

/** Nothing that could be the secret itself. */
export const SecretName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'is the name of a secret, as in CopyHashKey');

export const HashStep = onFirstUse(() => z.strictObject({ kind: z.literal('hash'), at: Globs, secret: SecretName }));
export const MaskStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('mask'),
    at: Globs,
    /** Characters left at the end; values up to twice as long are masked whole. */
    keep: z.number().int().min(0).max(8).default(0),
  }),
);

const MASK = '***';

/** HMAC-SHA256 in hex; numbers and text that read alike become one pseudonym. Null stays null: it tells of nobody. */
export function compileHash(step: z.output<ReturnType<typeof HashStep>>): (record: JsonObject) => JsonObject {
  return conceal(step.at, (text) => createHmac('sha256', secret(step.secret)).update(text).digest('hex'));
}

export function compileMask({ at, keep }: z.output<ReturnType<typeof MaskStep>>): (record: JsonObject) => JsonObject {
  return conceal(at, (text, whole) => {
    const characters = keep === 0 || whole ? [] : [...text];
    return characters.length <= 2 * keep ? MASK : `${MASK}${characters.slice(-keep).join('')}`;
  });
}

function conceal(
  at: readonly string[],
  how: (text: string, whole: boolean) => string,
): (record: JsonObject) => JsonObject {
  const sitesOf = compileGlobs(at);
  return (record) => {
    // What is found within something concealed is no longer part of the record.
    for (const { holder, key, value } of sitesOf(record)) holder[key] = concealed(value, how);
    return record;
  };
}

function concealed(value: JsonValue, how: (text: string, whole: boolean) => string): JsonValue {
  if (value === null) return null;
  return isContainer(value) ? how(JSON.stringify(value), true) : how(String(value), false);
}

/**
 * Personal data: `hash` makes the same value the same pseudonym, which nobody can compute without the secret; `mask` leaves
 * at most its last characters. Objects and arrays they meet are concealed whole.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { secret } from '../runtime/resource.ts';
import type { JsonObject, JsonValue, Path } from '../stream/index.ts';
import { Globs } from './globs.ts';
import { isContainer } from './object.ts';
import { compilePlaces } from './places.ts';

/** Name of a secret, and nothing that could be the secret itself. */
export const SecretName = z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'is the name of a secret, as in SlackWebhookUrl');

export const hashOptions = { at: Globs, secret: SecretName };

export const maskOptions = {
  at: Globs,
  /** Characters left at the end; values up to twice as long are masked whole. */
  keep: z.number().int().min(0).max(8).default(0),
};

const MASK = '***';

/** Changes a record in place. */
type Concealment = (record: JsonObject) => void;

/** HMAC-SHA256 in hex; numbers and text that read alike become one pseudonym. Null stays null: it tells of nobody. */
export function compileHash(step: { readonly at: readonly string[]; readonly secret: string }): Concealment {
  const hash = conceal(step.at, (text) => createHmac('sha256', secret(step.secret)).update(text).digest('hex'));
  return (record) => hash(record);
}

export function compileMask({ at, keep }: { readonly at: readonly string[]; readonly keep: number }): Concealment {
  const mask = conceal(at, (text, whole) => {
    const characters = keep === 0 || whole ? [] : [...text];
    return characters.length <= 2 * keep ? MASK : `${MASK}${characters.slice(-keep).join('')}`;
  });
  return (record) => mask(record);
}

/**
 * @param how makes of a value's text what takes its place; undefined of what it cannot read, which is masked whole: it may
 *   be personal all the same.
 */
export function conceal(
  globs: readonly string[],
  how: (text: string, whole: boolean) => string | undefined,
): (record: JsonObject, unread?: (path: Path) => void) => void {
  const places = compilePlaces(globs);
  return (record, unread) =>
    places(record, (holder, key, value, path) => {
      const text = textOf(value);
      if (text === undefined) return true;
      const made = how(text, isContainer(value));
      if (made === undefined) unread?.(path);
      holder[key] = made ?? MASK;
      return true;
    });
}

function textOf(value: JsonValue): string | undefined {
  if (value === null) return undefined;
  return isContainer(value) ? JSON.stringify(value) : String(value);
}

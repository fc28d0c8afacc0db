/**
 * Personal data: `hash` makes the same value the same pseudonym, which nobody can compute without the secret; `mask` leaves
 * at most its last characters; `truncate-ip` leaves the network of an address. Objects and arrays they meet are concealed
 * whole.
 */
import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { secret } from '../../runtime/resource.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { isContainer } from './element-path.ts';
import { truncatedIp } from './ip-address.ts';
import { compileLeafPaths, Glob } from './leaf-paths.ts';
import { type Change, common, type FailureReason, Unsuitable, unsuitable } from './step.ts';

const at = z.array(Glob).min(1);

export const HashStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('hash'),
    at,
    /** Name of a secret, never the secret itself. */
    secret: z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'is the name of a secret, as in EnrichHashKey'),
    ...common,
  }),
);

export const MaskStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('mask'),
    at,
    /** Characters left at the end; values up to twice as long are masked whole. */
    keep: z.number().int().min(0).max(8).default(0),
    ...common,
  }),
);

export const TruncateIpStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('truncate-ip'),
    at,
    /** Bits left of an address; the rest become 0. */
    ipv4Bits: z.number().int().min(0).max(32).default(24),
    ipv6Bits: z.number().int().min(0).max(128).default(48),
    ...common,
  }),
);

const MASK = '***';

/** HMAC-SHA256 in hex; numbers and text that read alike become one pseudonym. Null stays null: it tells of nobody. */
export function compileHash(step: z.output<ReturnType<typeof HashStep>>): Change {
  return conceal(step.at, (text) => createHmac('sha256', secret(step.secret)).update(text).digest('hex'));
}

export function compileMask({ at, keep }: z.output<ReturnType<typeof MaskStep>>): Change {
  return conceal(at, (text, whole) => {
    const characters = keep === 0 || whole ? [] : [...text];
    return characters.length <= 2 * keep ? MASK : `${MASK}${characters.slice(-keep).join('')}`;
  });
}

/** What is no address is masked whole and noted: it may be personal all the same. */
export function compileTruncateIp({ at, ipv4Bits, ipv6Bits }: z.output<ReturnType<typeof TruncateIpStep>>): Change {
  return conceal(at, (text) => truncatedIp(text, { ipv4Bits, ipv6Bits }) ?? unsuitable('not_an_ip'));
}

type Conceal = (text: string, whole: boolean) => string | Unsuitable;

/** Globs that end in `**` mean what is neither object nor array, however deep; others mean whatever lies there. */
function conceal(globs: readonly string[], how: Conceal): Change {
  const leaves = compileLeafPaths(globs);
  const whole = compileLeafPaths(globs.filter((glob) => glob !== '**' && !glob.endsWith('.**')));
  return (record, note) => {
    const path: string[] = [];
    const walk = (holder: JsonObject, leaf: typeof leaves | undefined, any: typeof leaves | undefined) => {
      for (const key of Object.keys(holder)) {
        const [nextLeaf, nextAny] = [leaf?.into(key), any?.into(key)];
        if (nextLeaf === undefined) continue;
        const value = holder[key] as JsonValue; // an own property
        path.push(key);
        if (nextAny?.accepts || (nextLeaf.accepts && !isContainer(value))) {
          holder[key] = concealed(value, how, (reason) => note(path.join('.'), reason));
        } else if (isContainer(value)) walk(value, nextLeaf, nextAny);
        path.pop();
      }
    };
    walk(record, leaves, whole);
  };
}

function concealed(value: JsonValue, how: Conceal, note: (reason: FailureReason) => void): JsonValue {
  if (value === null) return null;
  const made = isContainer(value) ? how(JSON.stringify(value), true) : how(String(value), false);
  if (!(made instanceof Unsuitable)) return made;
  note(made.reason);
  return MASK;
}

/**
 * A fingerprint of some properties of a record: the same values, the same text, to find repetitions by or to join on.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonValue, parsePath, valueAt } from '../../stream/index.ts';
import { elementPath, placeInRecord } from './element-path.ts';
import { type Change, common } from './step.ts';

export const FingerprintStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('fingerprint'),
    /** Paths of the properties, in an order that counts. */
    of: z.array(elementPath.refine((path) => !path.includes('*'), 'name properties without *')).min(1),
    into: elementPath.refine((path) => !path.includes('*'), 'name a property without *'),
    ...common,
  }),
);

/** SHA-256 in hex over the values as JSON, objects in the order of their property names; what is missing is null. */
export function compileFingerprint({ of, into }: z.output<ReturnType<typeof FingerprintStep>>): Change {
  const paths = of.map(parsePath);
  const place = placeInRecord(into);
  return (record, note) => {
    const text = JSON.stringify(paths.map((path) => sorted(valueAt(record, path) ?? null)));
    if (!place(record, createHash('sha256').update(text).digest('hex'))) note(into, 'path_blocked');
  };
}

/** Objects as lists of pairs, so that the order they were written in does not count. */
function sorted(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).map(([key, inner]): [string, JsonValue] => [key, sorted(inner)]);
  return { object: entries.sort(([one], [other]) => (one < other ? -1 : 1)) }; // names differ
}

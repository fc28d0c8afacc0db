/**
 * Steps that put values somewhere: `rename` moves one, over what lies there; `set` puts a fixed one.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonObject, type JsonValue, parsePath } from '../../stream/index.ts';
import { get, remove, set } from './object.ts';
import { PropertyPath } from './path.ts';

export const RenameStep = onFirstUse(() =>
  z
    .strictObject({ kind: z.literal('rename'), from: PropertyPath, to: PropertyPath })
    .refine(({ from, to }) => !`${to}.`.startsWith(`${from}.`), '"to" lies within "from"'),
);
export const SetStep = onFirstUse(() =>
  z.strictObject({
    kind: z.literal('set'),
    at: PropertyPath,
    value: z.json().transform((value): JsonValue => value),
  }),
);

export function compileRename({ from, to }: z.output<ReturnType<typeof RenameStep>>): (record: JsonObject) => void {
  const [source, target] = [parsePath(from), parsePath(to)];
  return (record) => {
    const value = get(record, source);
    if (value === undefined) return;
    remove(record, source);
    set(record, target, value);
  };
}

export function compileSet({ at, value }: z.output<ReturnType<typeof SetStep>>): (record: JsonObject) => void {
  const path = parsePath(at);
  const json = JSON.stringify(value);
  return (record) => {
    set(record, path, JSON.parse(json)); // one of its own for each record: later steps may change it
  };
}

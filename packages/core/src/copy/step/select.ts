/**
 * Steps that say what is in a copy: `pick` keeps nothing else, `drop` leaves out wherever it lies, in arrays too.
 */
import * as z from 'zod';
import { compilePlaces, Globs } from '../../change/index.ts';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonObject, parsePath } from '../../stream/index.ts';
import { get, set } from './object.ts';
import { PropertyPath } from './path.ts';

export const PickStep = onFirstUse(() =>
  z.strictObject({ kind: z.literal('pick'), paths: z.array(PropertyPath).min(1) }),
);
export const DropStep = onFirstUse(() => z.strictObject({ kind: z.literal('drop'), at: Globs }));

export function compilePick({ paths }: z.output<ReturnType<typeof PickStep>>): (record: JsonObject) => JsonObject {
  const wanted = paths.map(parsePath);
  return (record) => {
    const picked: JsonObject = {};
    for (const path of wanted) {
      const value = get(record, path);
      if (value !== undefined) set(picked, path, value);
    }
    return picked;
  };
}

export function compileDrop({ at }: z.output<ReturnType<typeof DropStep>>): (record: JsonObject) => void {
  const places = compilePlaces(at);
  return (record) => {
    const dropped: { readonly holder: JsonObject; readonly key: string }[] = [];
    places(record, (holder, key) => dropped.push({ holder, key }) > 0);
    // From the back, so that indices of an array stay what they were.
    for (const { holder, key } of dropped.reverse()) {
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
    }
  };
}

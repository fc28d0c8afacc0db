/**
 * Steps that make something of a value they find at one path and put it at another: most of them.
 */
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { Recent } from '../lookup/recent.ts';
import { define, elementPath, placeAt, sameElements, sitesOf } from './element-path.ts';
import { type Change, Unsuitable, unsuitable } from './step.ts';

/** From where to where. */
export const derivation = {
  at: elementPath,
  /** Where what is made goes. */
  into: elementPath,
};

/** For `refine`: what is made goes beside what it is made of. */
export const samePlaces: [(step: { at: string; into: string }) => boolean, { message: string; path: string[] }] = [
  ({ at, into }) => sameElements(at, into) && at !== into,
  {
    message: '`into` has to start with the same steps as `at`, up to its last *, and not be `at` itself',
    path: ['into'],
  },
];

/** Undefined adds nothing and is no failure. */
export type Derived = JsonValue | undefined | Unsuitable;

/** A path that is missing or null is no failure. */
export function derive(
  { at, into }: { readonly at: string; readonly into: string },
  make: (value: JsonValue, record: JsonObject) => Derived,
): Change {
  const sites = sitesOf(at);
  const place = placeAt(into);
  return (record, note) => {
    for (const site of sites(record)) {
      if (site.value === null) continue;
      const made = make(site.value, record);
      if (made === undefined) continue;
      if (made instanceof Unsuitable) note(site.path, made.reason);
      else if (!place(site, made)) note(site.path, 'path_blocked');
    }
  };
}

/** Texts remembered; the same pages, visitors and programs come again and again. */
const REMEMBERED = 4096;
/** Longer ones are worked out each time: hostile ones would push the others out of memory. */
const LONGEST_REMEMBERED = 1024;

/** `make`, with the answers to the last texts remembered: the same object each time, not to be changed. */
export function recalling<T extends object>(make: (text: string) => T): (text: string) => T {
  const known = new Recent<T>(REMEMBERED);
  return (text) => {
    if (text.length > LONGEST_REMEMBERED) return make(text);
    const answer = known.get(text);
    if (answer !== undefined) return answer;
    const made = make(text);
    known.set(text, made);
    return made;
  };
}

/** `make` for text, with the answers to the last texts remembered. Each asker gets a value of its own. */
export function remembered(make: (text: string) => Derived): (value: JsonValue) => Derived {
  const recall = recalling((text) => ({ made: make(text) }));
  return (value) => {
    if (typeof value !== 'string') return unsuitable('not_text');
    const { made } = recall(value);
    return made instanceof Unsuitable || made === undefined ? made : copyOf(made);
  };
}

/** A value that can be changed without changing the one it was copied from. */
export function copyOf(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) define(copy, key, copyOf(value[key] as JsonValue)); // an own property
  return copy;
}

/**
 * Steps that make something of a value they find at one path and put it at another: most of them.
 */
import type { JsonObject, JsonValue } from '../../stream/index.ts';
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

/** Texts remembered, once or twice as many; the same pages, visitors and programs come again and again. */
const REMEMBERED = 8192;
/** Longer ones are worked out each time: hostile ones would push the others out of memory. */
const LONGEST_REMEMBERED = 1024;

/**
 * `make`, with the answers to the last texts remembered: the same object each time, not to be changed. In two generations,
 * so that finding one costs no more than a look: when the young are many the old are forgotten, but for those used since.
 */
export function recalling<T extends object>(make: (text: string) => T): (text: string) => T {
  let young = new Map<string, T>();
  let old = new Map<string, T>();
  return (text) => {
    const recent = young.get(text);
    if (recent !== undefined) return recent;
    const answer = old.get(text) ?? make(text);
    if (text.length > LONGEST_REMEMBERED) return answer;
    if (young.size >= REMEMBERED) {
      old = young;
      young = new Map();
    }
    young.set(text, answer);
    return answer;
  };
}

/** Whether records may share what was made of the same text: no step after it changes it. */
export type Sharing = 'shared' | 'own';

/** `make` for text, with the answers to the last texts remembered. */
export function remembered(make: (text: string) => Derived, sharing: Sharing): (value: JsonValue) => Derived {
  const recall = recalling((text) => ({ made: make(text) }));
  return (value) => {
    if (typeof value !== 'string') return unsuitable('not_text');
    const { made } = recall(value);
    return sharing === 'shared' || made instanceof Unsuitable || made === undefined ? made : copyOf(made);
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

/**
 * Steps that make something of a value they find at one path and put it at another: most of them.
 */
import { copyOf } from '../../change/index.ts';
import { type JsonObject, type JsonValue, parsePath, valueAt } from '../../stream/index.ts';
import { elementPath, placeAt, placeInRecord, sameElements, sitesOf } from './element-path.ts';
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
  if (!at.includes('*')) return deriveOne(at, into, make);
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

/** The same of the one value at a path without `*`, which needs no list of values. */
function deriveOne(at: string, into: string, make: (value: JsonValue, record: JsonObject) => Derived): Change {
  const path = parsePath(at);
  const place = placeInRecord(into);
  return (record, note) => {
    const value = valueAt(record, path);
    if (value === undefined || value === null) return;
    const made = make(value, record);
    if (made === undefined) return;
    if (made instanceof Unsuitable) note(at, made.reason);
    else if (!place(record, made)) note(at, 'path_blocked');
  };
}

/** Texts remembered, once or twice as many; the same pages, visitors and programs come again and again. */
const REMEMBERED = 8192;
/** Longer ones are worked out each time: hostile ones would push the others out of memory. */
const LONGEST_REMEMBERED = 1024;

/** Texts that are waited for to come again. */
const NEW = 512;

/**
 * `make`, with the answers to the last texts or numbers remembered: the same object each time, not to be changed. In two
 * generations, so that finding one costs no more than a look: when the young are many the old are forgotten, but for those
 * used since.
 * @param cheap what comes a second time soon is remembered, the rest made anew: memory is dearer than making it.
 */
export function recalling<T extends object, K extends string | number = string>(
  make: (key: K) => T,
  cheap = false,
): (key: K) => T {
  let fresh = new Map<K, T>();
  let young = new Map<K, T>();
  let old = new Map<K, T>();
  return (key) => {
    const recent = young.get(key);
    if (recent !== undefined) return recent;
    const known = old.get(key) ?? fresh.get(key);
    const answer = known ?? make(key);
    if (typeof key === 'string' && key.length > LONGEST_REMEMBERED) return answer;
    if (cheap && known === undefined) {
      if (fresh.size >= NEW) fresh = new Map();
      fresh.set(key, answer);
      return answer;
    }
    if (young.size >= REMEMBERED) {
      old = young;
      young = new Map();
    }
    young.set(key, answer);
    return answer;
  };
}

/** Whether records may share what was made of the same text: no step after it changes it. */
export type Sharing = 'shared' | 'own';

/** `make` for text, with the answers to the last texts remembered; see `recalling`. */
export function remembered(
  make: (text: string) => Derived,
  sharing: Sharing,
  cheap = false,
): (value: JsonValue) => Derived {
  const recall = recalling((text) => ({ made: make(text) }), cheap);
  return (value) => {
    if (typeof value !== 'string') return unsuitable('not_text');
    const { made } = recall(value);
    return sharing === 'shared' || made instanceof Unsuitable || made === undefined ? made : copyOf(made);
  };
}

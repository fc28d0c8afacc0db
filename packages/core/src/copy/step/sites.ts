/**
 * The places in a record that globs mean: `*` is any one step, `**` any number of them, all else a property name or an
 * index. `items.*.email` is the email of each item, `**.email` every email however deep, `user.**` each value below user
 * that is neither object nor array.
 */
import * as z from 'zod';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../../stream/index.ts';
import { isContainer } from './object.ts';

/** Each one more than that multiplies the ways a walk can take. */
const MAX_DEEP = 2;

export const Glob = z
  .string()
  .refine((text) => text.split('.').every((step) => step !== ''), 'write steps joined by dots, as in items.*.email')
  .refine((text) => text.split('.').filter((step) => step === '**').length <= MAX_DEEP, `at most ${MAX_DEEP} times **`);

export const Globs = z.array(Glob).min(1);

export interface Site {
  readonly holder: JsonObject;
  readonly key: string;
  /** From the root, with indices in place of `*`. */
  readonly path: Path;
  readonly value: JsonValue;
}

/** Compiles globs to what finds their places, each once, holders before what they hold. */
export function compileGlobs(globs: readonly string[]): (record: JsonObject) => Site[] {
  const patterns = globs.map(parsePath);
  return (record) => {
    const found = new Map<JsonObject, Map<string, Site>>();
    const add = (site: Site) => {
      const known = found.get(site.holder) ?? new Map<string, Site>();
      known.set(site.key, site);
      found.set(site.holder, known);
    };
    for (const pattern of patterns) collect(record, pattern, [], add);
    const sites = [...found.values()].flatMap((one) => [...one.values()]);
    return sites.sort((one, other) => one.path.length - other.path.length);
  };
}

function collect(holder: JsonObject, pattern: Path, path: Path, add: (site: Site) => void): void {
  const [step = '', ...rest] = pattern;
  const deep = step === '**';
  if (deep && rest.length > 0) collect(holder, rest, path, add);
  for (const key of keysFor(holder, step)) {
    const value = holder[key] as JsonValue; // an own property
    const here = [...path, key];
    if (deep && isContainer(value)) collect(value, pattern, here, add);
    else if (rest.length === 0) add({ holder, key, path: here, value });
    else if (!deep && isContainer(value)) collect(value, rest, here, add);
  }
}

function keysFor(holder: JsonObject, step: string): readonly string[] {
  if (step === '*' || step === '**') return Object.keys(holder);
  const isIndex = /^\d+$/.test(step);
  return Object.hasOwn(holder, step) && (isIndex || !Array.isArray(holder)) ? [step] : [];
}

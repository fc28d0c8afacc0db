/**
 * Paths that reach into arrays: in `items.*.product_id`, `*` is each element of an array (or each value of an object).
 * What is found at one path is put at another of the same element: `items.*.product_name`.
 */
import * as z from 'zod';
import { define, isContainer } from '../../change/index.ts';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../../stream/index.ts';

/** The text of a path; `**` has no meaning here. */
export const elementPath = z.string().refine((text) => text.split('.').every((step) => step !== '' && step !== '**'), {
  message: 'write property names joined by dots; * is each element of an array',
});

/** A value found in a record. */
export interface Site {
  readonly value: JsonValue;
  /** Where it is, with indices in place of `*`. */
  readonly path: string;
  /** What the last `*` stood for, or the record. */
  readonly element: JsonValue;
  readonly holder: JsonObject;
  readonly key: string;
}

/** Whether the value at `into` has exactly one value at `at` to come from: both go through the same elements. */
export function sameElements(at: string, into: string): boolean {
  return (
    at === into || (through(parsePath(at)).join('.') === through(parsePath(into)).join('.') && !into.endsWith('*'))
  );
}

/** The part of a path up to its last `*`. */
function through(path: Path): Path {
  return path.slice(0, path.lastIndexOf('*') + 1);
}

/** Compiles a path to what finds its values, own properties only, in the order of the record. */
export function sitesOf(text: string): (record: JsonObject) => readonly Site[] {
  const path = parsePath(text);
  if (!path.includes('*')) return (record) => one(record, path, text);
  return (record) => {
    const found: Site[] = [];
    collect(record, path, record, [], found);
    return found;
  };
}

const NONE: readonly Site[] = [];

function one(record: JsonObject, path: Path, text: string): readonly Site[] {
  let holder: JsonObject = record;
  for (let depth = 0; ; depth++) {
    const key = path[depth] ?? '';
    if (!hasStep(holder, key)) return NONE;
    const value = holder[key] as JsonValue; // an own property
    if (depth === path.length - 1) return [{ value, path: text, element: record, holder, key }];
    if (!isContainer(value)) return NONE;
    holder = value;
  }
}

function collect(holder: JsonValue, path: Path, element: JsonValue, steps: readonly string[], found: Site[]): void {
  if (!isContainer(holder)) return;
  const [step = '', ...rest] = path;
  for (const key of step === '*' ? Object.keys(holder) : [step]) {
    if (!hasStep(holder, key)) continue;
    const value = holder[key] as JsonValue; // an own property
    const here = [...steps, key];
    if (rest.length > 0) collect(value, rest, step === '*' ? value : element, here, found);
    else found.push({ value, path: here.join('.'), element, holder, key });
  }
}

/** Of an array, its indices and not its length. */
function hasStep(holder: JsonObject, step: string): boolean {
  return Object.hasOwn(holder, step) && (step !== 'length' || !Array.isArray(holder));
}

/** Puts a value in the place of the one found. */
export function replaceAt({ holder, key }: Site, value: JsonValue): boolean {
  holder[key] = value;
  return true;
}

/**
 * Compiles a path to what puts a value there for a site, making the objects on the way. False, and nothing changed,
 * where something that is no object is in the way.
 */
export function placeAt(text: string): (site: Site, value: JsonValue) => boolean {
  const path = parsePath(text);
  const tail = path.slice(through(path).length);
  return (site, value) => place(site.element, tail, 0, value);
}

/** The same for a path without `*`, of the record itself. */
export function placeInRecord(text: string): (record: JsonObject, value: JsonValue) => boolean {
  const path = parsePath(text);
  return (record, value) => place(record, path, 0, value);
}

function place(holder: JsonValue, path: Path, at: number, value: JsonValue): boolean {
  if (!isContainer(holder) || Array.isArray(holder)) return false;
  const step = path[at] ?? '';
  if (at === path.length - 1) {
    define(holder, step, value);
    return true;
  }
  const inner = Object.hasOwn(holder, step) ? holder[step] : undefined;
  if (inner !== undefined) return place(inner, path, at + 1, value);
  const made: JsonObject = {};
  define(holder, step, made);
  return place(made, path, at + 1, value);
}

/** Removes what was found, of an object. */
export function removeAt({ holder, key }: Site): void {
  if (!Array.isArray(holder)) delete holder[key];
}

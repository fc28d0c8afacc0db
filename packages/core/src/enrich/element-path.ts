/**
 * Paths that reach into arrays: in `items.*.product_id`, `*` is each element of an array (or each value of an object).
 * What is found at one path is put at another of the same element: `items.*.product_name`.
 */
import * as z from 'zod';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../stream/index.ts';

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
  /** Puts another value in its place. */
  replace(value: JsonValue): void;
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
export function sitesOf(text: string): (record: JsonObject) => Site[] {
  const path = parsePath(text);
  return (record) => {
    const found: Site[] = [];
    collect(record, path, record, [], found);
    return found;
  };
}

function collect(holder: JsonValue, path: Path, element: JsonValue, steps: readonly string[], found: Site[]): void {
  if (!isContainer(holder)) return;
  const [step = '', ...rest] = path;
  for (const key of keysFor(holder, step)) {
    const value = holder[key] as JsonValue; // an own property
    const here = [...steps, key];
    if (rest.length > 0) {
      collect(value, rest, step === '*' ? value : element, here, found);
      continue;
    }
    const replace = (other: JsonValue) => {
      holder[key] = other;
    };
    found.push({ value, path: here.join('.'), element, replace });
  }
}

function keysFor(holder: JsonObject, step: string): readonly string[] {
  if (step === '*') return Object.keys(holder);
  const isIndex = /^\d+$/.test(step);
  return Object.hasOwn(holder, step) && (isIndex || !Array.isArray(holder)) ? [step] : [];
}

/**
 * Compiles a path to what puts a value there for a site, making the objects on the way. False, and nothing changed,
 * where something that is no object is in the way.
 */
export function placeAt(text: string): (site: Site, value: JsonValue) => boolean {
  const path = parsePath(text);
  const tail = path.slice(through(path).length);
  return (site, value) => place(site.element, tail, value);
}

function place(holder: JsonValue, path: Path, value: JsonValue): boolean {
  if (!isContainer(holder) || Array.isArray(holder)) return false;
  const [step = '', ...rest] = path;
  if (rest.length === 0) {
    define(holder, step, value);
    return true;
  }
  const inner = Object.hasOwn(holder, step) ? holder[step] : undefined;
  if (inner !== undefined) return place(inner, rest, value);
  const made: JsonObject = {};
  define(holder, step, made);
  return place(made, rest, value);
}

/** An own property whatever its name: plain assignment to a missing `__proto__` would set the prototype. */
function define(holder: JsonObject, property: string, value: JsonValue): void {
  if (property !== '__proto__') holder[property] = value;
  else Object.defineProperty(holder, property, { value, enumerable: true, configurable: true, writable: true });
}

/** Arrays as objects of their indices. */
function isContainer(value: JsonValue): value is JsonObject {
  return value !== null && typeof value === 'object';
}

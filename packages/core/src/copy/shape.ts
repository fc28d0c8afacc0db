/**
 * The shape of a copied record: what is left out of it, and where it says which file it came from. Compiled once a
 * declaration, run once a record.
 */
import * as z from 'zod';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../stream/index.ts';
import { type Cuts, cutsOf } from './cuts.ts';
import { bytesOf } from './json-pattern.ts';
import { compileSplice, putSpliced, type Splice, type Spliced } from './splice.ts';
import { type CompiledStep, compileStep, PropertyPath, Step } from './step/index.ts';

/** The default is the shape of Keen's own copier guide: Keen gives each event an id and a creation time of its own. */
export const Shape = z.strictObject({
  /** Paths left out. Their steps name properties of objects; arrays are not entered. */
  drop: z.array(PropertyPath).default(['keen.id', 'keen.created_at']),
  /** What else is changed, in this order, on what is left then. With steps each record is parsed. */
  steps: z.array(Step).default([]),
  /** Path that receives `s3://bucket/key` of the source file; false for none. */
  provenance: z.union([PropertyPath, z.literal(false)]).default('S3Object.URI'),
  /** Path that receives the number of the line in the source file, from 1; none by default. */
  line: PropertyPath.optional(),
});
export type Shape = z.output<typeof Shape>;

/** Where a record comes from. */
export interface Origin {
  /** `s3://bucket/key`. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
}

/** A compiled shape. */
export interface CopyShape {
  /** The JSON of a record's copy. Does not change the record, so several copies can be made of it. */
  json(record: JsonObject, origin: Origin): string;
  /** Says of a record's bytes how it is copied without being parsed, if at all. Absent where it never is. */
  readonly splice: Splice | undefined;
  /** Hands out the JSON of a spliced record in pieces: UTF-8 read as Latin-1. */
  put(spliced: Spliced, origin: Origin, put: (bytes: string) => void): void;
}

/** A record on its way to JSON, where an undefined property is one left out. */
interface Draft {
  [property: string]: JsonValue | Draft | undefined;
}

/** Compiles a shape. Without steps, copies share what they do not change with the record; nothing is cloned in depth. */
export function compileShape({ drop, steps, provenance, line }: Shape): CopyShape {
  const changes = steps.map(compileStep);
  const cuts = cutsOf(drop.map(parsePath));
  const mark = marking(provenance, line);
  const added = [provenance, line].flatMap((path) => (path ? parsePath(path).slice(0, 1) : []));
  const appended = cachedBySource(line !== undefined, (origin) => {
    const draft: Draft = {};
    mark(draft, origin);
    return bytesOf(JSON.stringify(draft).slice(1));
  });
  return {
    json: (record, origin) => {
      const left = without(record, cuts);
      const draft = changes.length === 0 ? left : changed(left, changes);
      mark(draft, origin);
      return JSON.stringify(draft);
    },
    splice: steps.length === 0 ? compileSplice(drop, added) : undefined,
    put: (spliced, origin, put) => {
      const goesOn = putSpliced(spliced, put);
      const end = appended(origin);
      put(goesOn && end !== '}' ? `,${end}` : end);
    },
  };
}

/** What the steps make of a copy of their own. */
function changed(draft: Draft, steps: readonly CompiledStep[]): Draft {
  let record: JsonObject = JSON.parse(JSON.stringify(draft)); // a JSON object by what it is made of
  for (const step of steps) record = step(record);
  return record;
}

/** What says in a record where it comes from. */
function marking(provenance: string | false, line: string | undefined): (draft: Draft, origin: Origin) => void {
  const setSource = provenance === false ? undefined : assignment(parsePath(provenance));
  const setLine = line === undefined ? undefined : assignment(parsePath(line));
  return (draft, origin) => {
    setSource?.(draft, origin.source);
    setLine?.(draft, origin.line);
  };
}

/** All records of a file have one source. */
function cachedBySource(perLine: boolean, make: (origin: Origin) => string): (origin: Origin) => string {
  if (perLine) return make;
  let known: { readonly source: string; readonly made: string } | undefined;
  return (origin) => {
    if (known?.source !== origin.source) known = { source: origin.source, made: make(origin) };
    return known.made;
  };
}

/** Leaves out by setting to undefined, which JSON skips: `delete` would cost every record V8's fast properties. */
function without(record: JsonObject, cuts: Cuts): Draft {
  const draft: Draft = { ...record };
  for (const [property, cut] of cuts) {
    if (!Object.hasOwn(draft, property)) continue;
    const value = record[property];
    if (cut === 'whole') draft[property] = undefined;
    else if (isObject(value)) draft[property] = without(value, cut);
  }
  return draft;
}

/** Sets a path, keeping what lies beside it; what is no object on the way is replaced by one. */
function assignment(path: Path): (draft: Draft, value: string | number) => void {
  const [property = '', ...rest] = path;
  if (rest.length === 0) return (draft, value) => define(draft, property, value);
  const assignRest = assignment(rest);
  return (draft, value) => {
    const inner = Object.hasOwn(draft, property) ? draft[property] : undefined;
    const copy: Draft = isObject(inner) ? { ...inner } : {};
    assignRest(copy, value);
    define(draft, property, copy);
  };
}

/** An own property whatever its name: plain assignment to a missing `__proto__` would set the prototype. */
function define(draft: Draft, property: string, value: string | number | Draft): void {
  if (property !== '__proto__') draft[property] = value;
  else Object.defineProperty(draft, property, { value, enumerable: true, configurable: true, writable: true });
}

function isObject<T extends Draft | JsonObject>(value: JsonValue | T | undefined): value is T {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

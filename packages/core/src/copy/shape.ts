/**
 * The shape of a copied record: what is left out of it, and where it says which file it came from. Compiled once a
 * declaration, run once a record.
 */
import { z } from 'zod';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../stream/index.ts';

const path = z.string().refine((text) => text.split('.').every((step) => step !== ''), {
  message: 'write property names joined by dots, as in keen.id',
});

/** The default is the shape of Keen's own copier guide: Keen gives each event an id and a creation time of its own. */
export const Shape = z.strictObject({
  /** Paths left out. Their steps name properties of objects; arrays are not entered. */
  drop: z.array(path).default(['keen.id', 'keen.created_at']),
  /** Path that receives `s3://bucket/key` of the source file; false for none. */
  provenance: z.union([path, z.literal(false)]).default('S3Object.URI'),
});
export type Shape = z.output<typeof Shape>;

/** The JSON of a record's copy. Does not change the record, so several copies can be made of it. */
export type CopyShape = (record: JsonObject, source: string) => string;

/** A record on its way to JSON, where an undefined property is one left out. */
interface Draft {
  [property: string]: JsonValue | Draft | undefined;
}

/** What to leave out: whole properties, or something inside them. */
type Cuts = Map<string, Cuts | 'whole'>;

/** Compiles a shape. Copies share what they do not change with the record; nothing is cloned in depth. */
export function compileShape({ drop, provenance }: Shape): CopyShape {
  const cuts: Cuts = new Map();
  for (const text of drop) addCut(cuts, parsePath(text));
  const setSource = provenance === false ? undefined : assignment(parsePath(provenance));
  return (record, source) => {
    const draft = without(record, cuts);
    setSource?.(draft, source);
    return JSON.stringify(draft);
  };
}

function addCut(cuts: Cuts, path: Path): void {
  const [property = '', ...rest] = path;
  const known = cuts.get(property);
  if (known === 'whole') return;
  if (rest.length === 0) {
    cuts.set(property, 'whole');
    return;
  }
  const inner: Cuts = known ?? new Map();
  cuts.set(property, inner);
  addCut(inner, rest);
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
function assignment(path: Path): (draft: Draft, value: string) => void {
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
function define(draft: Draft, property: string, value: string | Draft): void {
  if (property !== '__proto__') draft[property] = value;
  else Object.defineProperty(draft, property, { value, enumerable: true, configurable: true, writable: true });
}

function isObject<T extends Draft | JsonObject>(value: JsonValue | T | undefined): value is T {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

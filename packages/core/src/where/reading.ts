/**
 * Reading records for many rules at once: what several rules ask of a record is looked up once. Readers and tests of the same
 * text are the same object, and remember the last record they were asked about.
 */
import { type JsonValue, parsePath, valueAt } from '../stream/index.ts';

/** The value at a path; undefined where it is missing. */
export type Reader = (record: JsonValue) => JsonValue | undefined;

/** Kept at most; rules of a function's lifetime have far fewer, and starting over only costs speed. */
const MAX_KEPT = 50_000;
const readers = new Map<string, Reader>();
const shared = new Map<string, unknown>();
const tests = new Map<string, (record: JsonValue) => boolean>();

/** The reader of a path, as rules write it. */
export function readerOf(path: string): Reader {
  return kept(readers, path, () => {
    const steps = parsePath(path);
    return remembering((record) => valueAt(record, steps));
  });
}

/** The test of that text, made by `make` where it is new. */
export function testOf(text: string, make: () => (record: JsonValue) => boolean): (record: JsonValue) => boolean {
  return kept(tests, text, () => remembering(make()));
}

/** What `make` makes, once for each text. */
export function sharedOf<T>(text: string, make: () => T): T {
  return kept(shared, text, make) as T; // one text, one kind
}

function kept<T>(all: Map<string, T>, name: string, make: () => T): T {
  const known = all.get(name);
  if (known !== undefined) return known;
  if (all.size >= MAX_KEPT) all.clear();
  const made = make();
  all.set(name, made);
  return made;
}

const NONE = Symbol('no record');

/** An answer that is asked for again and again of one record. Records are never changed while they are read, so the same object has the same answer. */
export function remembering<T>(answer: (record: JsonValue) => T): (record: JsonValue) => T {
  let last: JsonValue | typeof NONE = NONE;
  let said: T;
  return (record) => {
    if (record !== last) {
      said = answer(record);
      last = record;
    }
    return said;
  };
}

/**
 * What a process remembers of reference tables: the ids it looked up last, those that were not there among them.
 */
import { type Clock, MINUTE, systemClock } from '../runtime/index.ts';
import type { JsonValue } from '../stream/index.ts';
import { fetchReferences, type ReferenceTable } from './reference.ts';

/** How long a value is believed, ms: reference data changes by hand or by a nightly job. */
const LIFETIME = 5 * MINUTE;
/** How long an id counts as unknown, ms: shorter, because the usual cure is that somebody adds it. */
const MISSING_LIFETIME = MINUTE;
/** Characters of ids and values, an eighth of what the smallest function has; strings of V8 take one or two bytes each. */
const CAPACITY = 32 * 1024 * 1024;
/** Beside its characters, an entry costs about this much. */
const ENTRY_OVERHEAD = 128;

interface Entry {
  /** Undefined for an id the table does not have. */
  readonly json: string | undefined;
  /** ms. */
  readonly until: number;
}

/** Answers for ids; those it was not asked for may be missing, and so are those the table does not have. */
export type ReferenceLookup = (from: ReferenceTable, ids: ReadonlySet<string>) => Promise<ReadonlyMap<string, string>>;

/** A `ReferenceLookup` with a least-recently-used memory of bounded size before it. */
export function createReferenceCache(
  fetch: (from: ReferenceTable, ids: Iterable<string>) => Promise<ReadonlyMap<string, string>>,
  { clock = systemClock, capacity = CAPACITY }: { readonly clock?: Clock; readonly capacity?: number } = {},
): ReferenceLookup {
  const entries = new Map<string, Entry>(); // oldest use first: a Map keeps the order of insertion
  let held = 0;

  const sizeOf = (key: string, { json }: Entry) => key.length + (json?.length ?? 0) + ENTRY_OVERHEAD;
  const forget = (key: string) => {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    held -= sizeOf(key, entry);
  };
  const remember = (key: string, entry: Entry) => {
    forget(key);
    entries.set(key, entry);
    held += sizeOf(key, entry);
    for (const oldest of entries.keys()) {
      if (held <= capacity) break;
      forget(oldest);
    }
  };

  return async (from, ids) => {
    const now = clock();
    const scope = JSON.stringify([from.project, from.table]);
    const found = new Map<string, string>();
    const unknown: string[] = [];
    for (const id of ids) {
      const entry = entries.get(scope + id);
      if (entry === undefined || entry.until <= now) {
        unknown.push(id);
        continue;
      }
      remember(scope + id, entry);
      if (entry.json !== undefined) found.set(id, entry.json);
    }
    if (unknown.length === 0) return found;
    const fetched = await fetch(from, unknown);
    for (const id of unknown) {
      const json = fetched.get(id);
      if (json !== undefined) found.set(id, json);
      remember(scope + id, { json, until: now + (json === undefined ? MISSING_LIFETIME : LIFETIME) });
    }
    return found;
  };
}

/** The memory of this process. */
export const lookUpReferences: ReferenceLookup = createReferenceCache(fetchReferences);

/** A value of its own for each use, so that a later step may change it. */
export function referenceValue(json: string | undefined): JsonValue | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as JsonValue); // what loadReferences wrote
}

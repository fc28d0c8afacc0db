/**
 * The lookup: an id in a record is replaced by what a table of references has for it, or that is put beside it.
 */
import * as z from 'zod';
import type { JsonObject, JsonValue } from '../stream/index.ts';
import { elementPath, placeAt, type Site, sameElements, sitesOf } from './element-path.ts';
import type { Note } from './step.ts';

const json = z.json();

export const LookupStep = z
  .strictObject({
    kind: z.literal('lookup'),
    /** Name of the reference table, filled by `loadReferences`. */
    table: z.string().min(1).max(128),
    /** Project whose table it is; default: the enrichment's. */
    project: z.string().min(1).max(256).optional(),
    /** Where the ids are: text or numbers. */
    at: elementPath,
    /** Where what is found goes; default: in the id's place. */
    into: elementPath.optional(),
    /** What stands for an id the table does not have. Without it, such an id is noted as `not_found`. */
    fallback: json.optional(),
  })
  .refine(({ at, into }) => into === undefined || sameElements(at, into), {
    message: '`into` has to start with the same steps as `at`, up to its last *',
    path: ['into'],
  });
export type LookupStep = z.output<typeof LookupStep>;

/** An id found in a record. */
export interface Wanted {
  readonly id: string;
  /** Puts what the table has; undefined for nothing. */
  settle(found: JsonValue | undefined): void;
}

/** Compiles a lookup to what finds the ids of a record. A path that is missing or null is no failure. */
export function compileLookup(step: LookupStep): (record: JsonObject, note: Note) => Wanted[] {
  const sites = sitesOf(step.at);
  const place = step.into === undefined || step.into === step.at ? replace : placeAt(step.into);
  return (record, note) => {
    const wanted: Wanted[] = [];
    for (const site of sites(record)) {
      const { value, path } = site;
      if (value === null) continue;
      const id = idOf(value);
      if (id === undefined) note(path, 'not_an_id');
      else wanted.push({ id, settle: (found) => settle(site, found ?? step.fallback, place, note) });
    }
    return wanted;
  };
}

function idOf(value: JsonValue): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return typeof value === 'number' ? String(value) : undefined;
}

function settle(
  site: Site,
  found: JsonValue | undefined,
  place: (site: Site, value: JsonValue) => boolean,
  note: Note,
): void {
  if (found === undefined) note(site.path, 'not_found');
  else if (!place(site, found)) note(site.path, 'path_blocked');
}

function replace(site: Site, value: JsonValue): boolean {
  site.replace(value);
  return true;
}

/**
 * Where a lookup asks: a reference table, or a source that a declaration names (`s3File`, `redis`, `http`, or one's own).
 */
import * as z from 'zod';
import { hash } from '../../runtime/index.ts';
import type { FileScope, Finder } from '../step/step.ts';
import { lookupMemory } from './memory.ts';
import { fetchReferences, type ReferenceTable } from './reference.ts';

/** Something that can be asked about ids. */
export interface LookupSource {
  /** Opened once for each stream file; answers of one opening should not contradict each other, and may tell more than was asked. */
  open(scope: FileScope): Promise<Finder>;
}

const source = z.custom<LookupSource>(
  (value) => typeof value === 'object' && value !== null && 'open' in value && typeof value.open === 'function',
  'is a source, as s3File({ key }) makes one',
);

/** For steps: exactly one of `table` and `from`. */
export const asked = {
  /** Name of the reference table, filled by `millrace reference load`. */
  table: z.string().min(1).max(128).optional(),
  /** Project whose table it is; default: the enrichment's. */
  project: z.string().min(1).max(256).optional(),
  from: source.optional(),
};

interface Asked {
  readonly table?: string | undefined;
  readonly project?: string | undefined;
  readonly from?: LookupSource | undefined;
}

/** For `refine`. */
export const oneSource = [
  ({ table, project, from }: Asked) =>
    (table === undefined) !== (from === undefined) && (project === undefined || from === undefined),
  'name a table (and its project, if it is another one), or a source with `from`',
] as const;

export function sourceOf({ table, project, from }: Asked, ownProject: string): LookupSource {
  return from ?? tableSource({ project: project ?? ownProject, table: table ?? '' }); // one of them is there
}

/** A reference table, behind the memory of this process. Where it cannot be read, the last good answers are used. */
export function tableSource(from: ReferenceTable): LookupSource {
  const find = lookupMemory.before({
    scope: hash('table', from.project, from.table),
    name: `table ${from.table} of ${from.project}`,
    ask: async (ids) => ({ found: await fetchReferences(from, ids), failed: new Set() }),
    whenUnavailable: 'retry',
  });
  return { open: async () => find };
}

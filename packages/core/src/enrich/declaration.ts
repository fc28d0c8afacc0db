/**
 * Enrichments as packages/pipeline declares them.
 */
import * as z from 'zod';
import type { StreamFile } from '../event/index.ts';
import { ConfigurationError, hash, READ_ONCE } from '../runtime/index.ts';
import {
  DerivationSource,
  DerivationTarget,
  type Layout,
  type Placement,
  placementOf,
  refuseCollisions,
  selector,
} from '../stream/index.ts';
import { compileSteps, type StepPlan, Steps } from './steps.ts';

const Declaration = z
  .strictObject({
    /** Says in events, messages and `enrichment_errors` which enrichment it was. */
    name: z.string().min(1).max(64),
    from: DerivationSource,
    /** Default: the same project, collection `{collection}_enriched`. */
    into: z
      .strictObject({
        project: DerivationTarget.shape.project.optional(),
        collection: DerivationTarget.shape.collection.default('{collection}_enriched'),
        part: DerivationTarget.shape.part,
      })
      .prefault({}),
    steps: Steps,
  })
  .transform((one) => ({ ...one, into: { ...one.into, project: one.into.project ?? one.from.project } }));

/** What a team writes. */
export type EnrichmentDeclaration = z.input<typeof Declaration>;

/** A declared enrichment, ready to run. */
export interface Enrichment {
  readonly name: string;
  /** The same for the same declaration: work begun under another one is not gone on with. */
  readonly fingerprint: string;
  /** Whether it wants this file. */
  selects(file: StreamFile): boolean;
  /** Where the enriched records of this file go. */
  placement(file: StreamFile, layout: Layout): Placement;
  readonly plan: StepPlan;
}

/**
 * Declares enrichments.
 * @throws ConfigurationError naming each mistake: an unknown field, step, function or time zone; two enrichments that may
 *   write the same stream file (put their steps into one); an enrichment onto its own source.
 */
export function defineEnrichments(declarations: readonly EnrichmentDeclaration[]): readonly Enrichment[] {
  const parsed = z.array(Declaration).safeParse(declarations, READ_ONCE);
  if (!parsed.success) throw new ConfigurationError(`enrichments are not valid:\n${z.prettifyError(parsed.error)}`);
  refuseCollisions('enrichment', parsed.data);
  return parsed.data.map((declared) => ({
    name: declared.name,
    fingerprint: hash(JSON.stringify(declared, (_, value) => (typeof value === 'function' ? String(value) : value))),
    selects: selector(declared),
    placement: (file, layout) => placementOf(declared, file, layout),
    plan: compileSteps(declared.steps, declared.from.project),
  }));
}

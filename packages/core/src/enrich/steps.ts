/**
 * The steps of an enrichment, one after the other: those before the first lookup at once, the rest over a batch of
 * records, so that a batch costs one table read a lookup and none a record.
 */
import * as z from 'zod';
import type { JsonObject, JsonValue, Rejection } from '../stream/index.ts';
import { compileDateTime, DateTimeStep } from './date-time.ts';
import { compileLookup, LookupStep, type Wanted } from './lookup.ts';
import type { ReferenceTable } from './reference.ts';
import { type ReferenceLookup, referenceValue } from './reference-cache.ts';
import type { FailureReason, Note, OnFailure } from './step.ts';
import { compileTransform, TransformStep } from './transform.ts';

export const Step = z.discriminatedUnion('kind', [TransformStep, DateTimeStep, LookupStep]);
export type Step = z.output<typeof Step>;

/** Steps run in order; a step whose failure quarantines has to come before the first lookup, while the line is at hand. */
export const Steps = z
  .array(Step)
  .min(1)
  .superRefine((steps, context) => {
    const lookup = steps.findIndex((step) => step.kind === 'lookup');
    for (const [index, step] of steps.entries()) {
      if (lookup === -1 || index < lookup || step.kind === 'lookup' || step.onFailure === 'note') continue;
      const message = "onFailure: 'quarantine' has to come before the first lookup; move the step up";
      context.addIssue({ code: 'custom', message, path: [index, 'onFailure'] });
    }
  });

/** What a step could not do; `step` counts from 1. */
export interface Failure {
  readonly step: number;
  readonly path: string;
  readonly reason: FailureReason;
}

/** A record on its way through the steps. */
export interface Draft {
  readonly record: JsonObject;
  /** The first of them; a record can fail in each of its leaves. */
  readonly failures: Failure[];
}

/** Failures written on one record. */
const MAX_FAILURES = 20;
/** Characters of a path in a failure: property names are a producer's. */
const MAX_PATH = 256;

interface ChangeStep {
  readonly number: number;
  readonly onFailure: OnFailure;
  change(record: JsonObject, note: Note): void;
}

interface ReferenceStep {
  readonly number: number;
  readonly from: ReferenceTable;
  wanted(record: JsonObject, note: Note): Wanted[];
}

/** Compiled steps. */
export interface StepPlan {
  /** Before the first lookup. */
  readonly atOnce: readonly ChangeStep[];
  /** From the first lookup on. */
  readonly batched: readonly (ChangeStep | ReferenceStep)[];
}

/** @param project whose reference tables are meant where a lookup names no project. */
export function compileSteps(steps: readonly Step[], project: string): StepPlan {
  const atOnce: ChangeStep[] = [];
  const batched: (ChangeStep | ReferenceStep)[] = [];
  for (const [index, step] of steps.entries()) {
    const number = index + 1;
    if (step.kind === 'lookup') {
      batched.push({
        number,
        from: { project: step.project ?? project, table: step.table },
        wanted: compileLookup(step),
      });
      continue;
    }
    const change = step.kind === 'transform' ? compileTransform(step) : compileDateTime(step);
    (batched.length === 0 ? atOnce : batched).push({ number, onFailure: step.onFailure, change });
  }
  return { atOnce, batched };
}

/** Takes a record (and changes it) through the steps before the first lookup. */
export function begin({ atOnce }: StepPlan, record: JsonObject): Draft | Rejection {
  const draft: Draft = { record, failures: [] };
  for (const step of atOnce) {
    let rejection: Rejection | undefined;
    step.change(record, (path, reason) => {
      if (step.onFailure === 'note') notes(draft, step.number)(path, reason);
      else rejection ??= { reason, message: `enrichment step ${step.number} failed at ${path.slice(0, MAX_PATH)}` };
    });
    if (rejection !== undefined) return rejection;
  }
  return draft;
}

/** Lookups asked for, and those that found nothing. */
export interface LookupCounts {
  lookups: number;
  misses: number;
}

/**
 * Takes drafts through the rest of the steps.
 * @throws what `lookUp` throws: a table that cannot be read is the whole file's matter, not a record's.
 */
export async function complete(
  { batched }: StepPlan,
  drafts: readonly Draft[],
  lookUp: ReferenceLookup,
  counts: LookupCounts,
): Promise<void> {
  for (const step of batched) {
    if ('change' in step) for (const draft of drafts) step.change(draft.record, notes(draft, step.number));
    else await lookUpAll(step, drafts, lookUp, counts);
  }
}

async function lookUpAll(
  step: ReferenceStep,
  drafts: readonly Draft[],
  lookUp: ReferenceLookup,
  counts: LookupCounts,
): Promise<void> {
  const wanted = drafts.flatMap((draft) => step.wanted(draft.record, notes(draft, step.number)));
  if (wanted.length === 0) return;
  const found = await lookUp(step.from, new Set(wanted.map(({ id }) => id)));
  counts.lookups += wanted.length;
  for (const { id, settle } of wanted) {
    const value = referenceValue(found.get(id));
    if (value === undefined) counts.misses += 1;
    settle(value);
  }
}

function notes({ failures }: Draft, step: number): Note {
  return (path, reason) => {
    if (failures.length < MAX_FAILURES) failures.push({ step, path: path.slice(0, MAX_PATH), reason });
  };
}

/** The JSON of an enriched record; failures are added to its `enrichment_errors`. */
export function toJson({ record, failures }: Draft, enrichment: string): string {
  if (failures.length === 0) return JSON.stringify(record);
  const before: JsonValue | undefined = Object.hasOwn(record, 'enrichment_errors')
    ? record.enrichment_errors
    : undefined;
  const errors = failures.map(({ step, path, reason }) => ({ enrichment, step, path, reason }));
  return JSON.stringify({ ...record, enrichment_errors: [...(Array.isArray(before) ? before : []), ...errors] });
}

/**
 * The steps of an enrichment, one after the other: those before the first that asks others at once, the rest over a batch
 * of records, so that a batch costs one question a step and none a record.
 */
import * as z from 'zod';
import { type JsonObject, type JsonValue, nameMatcher, type Rejection } from '../stream/index.ts';
import { compileWhere, type Test } from '../where/index.ts';
import { compileInsertion, type Insertion, type Original } from './insertion.ts';
import type { Sharing } from './step/derive.ts';
import { type Effect, effectOf, mayChange } from './step/effect.ts';
import { compileStep, Step } from './step/index.ts';
import type {
  Change,
  CompiledStep,
  FailureReason,
  FileScope,
  Found,
  Note,
  OnFailure,
  OpenQuestion,
} from './step/step.ts';

export const Steps = z.array(Step).min(1);

/** What a step could not do; `step` counts from 1. */
export interface Failure {
  readonly step: number;
  readonly path: string;
  readonly reason: FailureReason;
}

/** A record on its way through the steps. */
export interface Draft {
  readonly record: JsonObject;
  /** What it was read from, where additions can be inserted into that. */
  readonly original: Original | undefined;
  /** The first of them; a record can fail in each of its leaves. */
  readonly failures: Failure[];
  /** Why its line goes into quarantine, once it does. */
  rejection: Rejection | undefined;
}

/** Failures written on one record. */
const MAX_FAILURES = 20;
/** Characters of a path in a failure: property names are a producer's. */
const MAX_PATH = 256;

interface PlannedStep {
  readonly number: number;
  readonly onFailure: OnFailure;
  /** Whether it is for the records of a collection, and for which of them. */
  wantsCollection(collection: string): boolean;
  readonly wants: Test | undefined;
  readonly compiled: CompiledStep;
  readonly effect: Effect;
}

/** Compiled steps. */
export interface StepPlan {
  readonly steps: readonly PlannedStep[];
}

/** @param project whose reference tables and rules are meant where a step names none. */
export function compileSteps(steps: readonly Step[], project: string): StepPlan {
  const effects = steps.map(effectOf);
  return {
    steps: steps.map((step, index) => {
      const effect = effectOf(step);
      const sharing = sharingOf(effect, effects.slice(index + 1));
      return {
        number: index + 1,
        onFailure: step.onFailure,
        wantsCollection: step.when.collections === undefined ? () => true : nameMatcher(step.when.collections),
        wants: step.when.where === undefined ? undefined : asOfNow(compileWhere(step.when.where)),
        compiled: compileStep(step, project, sharing),
        effect: { ...effect, shares: effect.shares && sharing === 'shared' },
      };
    }),
  };
}

/** Records share what a step makes of the same text, unless a later one changes it. */
function sharingOf({ adds, changes }: Effect, later: readonly Effect[]): Sharing {
  return [...adds, ...changes].some((path) => later.some((one) => mayChange(one, path))) ? 'own' : 'shared';
}

/** Conditions remember what they saw of a record, and between steps records change: another object is another record. */
function asOfNow(test: Test): Test {
  return (record) => test(typeof record === 'object' && record !== null ? { ...record } : record);
}

interface ReadyStep {
  readonly number: number;
  readonly onFailure: OnFailure;
  readonly wants: Test | undefined;
}
interface ReadyChange extends ReadyStep {
  readonly change: Change;
}
interface ReadyQuestion extends ReadyStep {
  readonly question: OpenQuestion;
}

/** The steps for one file. */
export interface OpenPlan {
  /** Before the first that asks. */
  readonly atOnce: readonly ReadyChange[];
  /** From the first that asks on. */
  readonly batched: readonly (ReadyChange | ReadyQuestion)[];
  /** Whether a line may be quarantined after its batch was asked about. */
  readonly rejectsLate: boolean;
  /** Absent where the steps may do anything to a record. */
  readonly insertion: Insertion | undefined;
}

/** Gets ready what the steps need for a file. @throws where a database or a source cannot be opened. */
export async function openPlan({ steps }: StepPlan, scope: FileScope): Promise<OpenPlan> {
  const atOnce: ReadyChange[] = [];
  const batched: (ReadyChange | ReadyQuestion)[] = [];
  const wanted = steps.filter(({ wantsCollection }) => wantsCollection(scope.file.collection));
  for (const { number, onFailure, wants, compiled } of wanted) {
    const ready = { number, onFailure, wants };
    if (compiled.kind === 'asking') {
      batched.push({ ...ready, question: await compiled.open(scope) });
      continue;
    }
    const change = compiled.kind === 'pure' ? compiled.change : await compiled.prepare(scope);
    (batched.length === 0 ? atOnce : batched).push({ ...ready, change });
  }
  const rejectsLate = batched.some(({ onFailure }) => onFailure === 'quarantine');
  return { atOnce, batched, rejectsLate, insertion: compileInsertion(wanted.map(({ effect }) => effect)) };
}

/**
 * Takes a record (and changes it) through the steps before the first that asks.
 * @param text what it was parsed from, UTF-8 read as Latin-1, where that is known.
 */
export function begin({ atOnce, insertion }: OpenPlan, record: JsonObject, text?: string): Draft {
  const original = text === undefined ? undefined : insertion?.open(record, text);
  const draft: Draft = { record, original, failures: [], rejection: undefined };
  for (const step of atOnce) {
    apply(step, draft);
    if (draft.rejection !== undefined) break;
  }
  return draft;
}

/** Ids asked for, and those of which nothing was known or could be told. */
export interface LookupCounts {
  lookups: number;
  misses: number;
}

/**
 * Takes drafts through the rest of the steps.
 * @throws what a source throws: that it cannot be read is the whole file's matter, not a record's.
 */
export async function complete({ batched }: OpenPlan, drafts: readonly Draft[], counts: LookupCounts): Promise<void> {
  for (const step of batched) {
    if ('change' in step) for (const draft of drafts) apply(step, draft);
    else await ask(step, drafts, counts);
  }
}

function apply(step: ReadyChange, draft: Draft): void {
  if (!isFor(step, draft)) return;
  step.change(draft.record, notes(draft, step));
}

function isFor({ wants }: ReadyStep, { record, rejection }: Draft): boolean {
  return rejection === undefined && (wants === undefined || wants(record));
}

async function ask(step: ReadyQuestion, drafts: readonly Draft[], counts: LookupCounts): Promise<void> {
  const { find, wanted } = step.question;
  const questions = drafts
    .filter((draft) => isFor(step, draft))
    .flatMap((draft) => {
      const note = notes(draft, step);
      return wanted(draft.record, note).map(({ ids, settle }) => ({ ids, settle, note }));
    });
  if (questions.length === 0) return;
  const ids = new Set(questions.flatMap((one) => one.ids));
  const answers = ids.size === 0 ? { found: new Map<string, string>(), failed: new Set<string>() } : await find(ids);
  const foundOf = (id: string): Found => {
    counts.lookups += 1;
    const json = answers.found.get(id);
    if (json !== undefined) return { value: JSON.parse(json) }; // JSON of whoever was asked, read once already
    counts.misses += 1;
    return answers.failed.has(id) ? 'lookup_failed' : 'not_found';
  };
  for (const { ids: own, settle, note } of questions) settle(own.map(foundOf), note);
}

function notes(draft: Draft, { number, onFailure }: ReadyStep): Note {
  return (path, reason) => {
    const where = path.slice(0, MAX_PATH);
    if (onFailure === 'quarantine') {
      draft.rejection ??= { reason, message: `enrichment step ${number} failed at ${where}` };
    } else if (draft.failures.length < MAX_FAILURES) draft.failures.push({ step: number, path: where, reason });
  };
}

/** The JSON of an enriched record; failures are added to its `enrichment_errors`. */
export function toJson({ record, failures }: Draft, enrichment: string): string {
  if (failures.length === 0) return JSON.stringify(record);
  const before: JsonValue | undefined = Object.hasOwn(record, ERRORS) ? record[ERRORS] : undefined;
  const errors = errorsOf(failures, enrichment);
  return JSON.stringify({ ...record, [ERRORS]: [...(Array.isArray(before) ? before : []), ...errors] });
}

/** The same by way of the text the record was read from, UTF-8 read as Latin-1; undefined where that is not to be done. */
export function toBytes({ insertion }: OpenPlan, draft: Draft, enrichment: string): string | undefined {
  const { original, record, failures } = draft;
  if (original === undefined || insertion === undefined) return undefined;
  if (failures.length === 0) return insertion.write(original, record, undefined);
  if (Object.hasOwn(record, ERRORS)) return undefined;
  return insertion.write(original, record, { [ERRORS]: errorsOf(failures, enrichment) });
}

const ERRORS = 'enrichment_errors';

function errorsOf(failures: readonly Failure[], enrichment: string): JsonObject[] {
  return failures.map(({ step, path, reason }) => ({ enrichment, step, path, reason }));
}

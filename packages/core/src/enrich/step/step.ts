/**
 * What every step of an enrichment has in common: it changes a record in place, and what it cannot do it notes and
 * leaves as it was.
 */
import * as z from 'zod';
import type { UnfitReason } from '../../change/index.ts';
import type { StreamFile } from '../../event/index.ts';
import { type JsonObject, type JsonValue, nameGlob } from '../../stream/index.ts';
import { WhereTree } from '../../where/index.ts';
import type { Snapshots } from '../snapshot/index.ts';

/** Why a step left a value as it was. */
export type FailureReason =
  | 'not_found' // a lookup has no such id
  | 'not_an_id' // neither text nor a number
  | UnfitReason
  | 'not_text'
  | 'not_a_time'
  | 'not_a_url' // or one of a scheme that is not asked for
  | 'not_an_ip'
  | 'not_a_currency' // no code of three letters
  | 'no_rate' // the rates table has none for the currency
  | 'function_failed' // a function of the pipeline's threw
  | 'expression_failed' // an expression of the pipeline's threw
  | 'lookup_failed' // who was asked did not answer
  | 'missing_property'
  | 'wrong_type'
  | 'unknown_addon' // in keen.addons
  | 'path_blocked'; // the way to the output leads through something that is no object

/** Notes a failure; `path` is where, in the record. */
export type Note = (path: string, reason: FailureReason) => void;

/** Changes a record in place. */
export type Change = (record: JsonObject, note: Note) => void;

/** What becomes of a record when a step fails on it: it goes on with a note, or its line is quarantined. */
export const OnFailure = z.enum(['note', 'quarantine']).default('note');
export type OnFailure = z.output<typeof OnFailure>;

/** Which records a step is for. */
const When = z.strictObject({
  /** Names or globs of collections, `*` stands for any characters; default: all the enrichment reads. */
  collections: z.array(nameGlob).min(1).optional(),
  /** A condition on the record as it is when the step's turn comes. */
  where: WhereTree.optional(),
});

/** What every step may say. */
export const common = { when: When.prefault({}), onFailure: OnFailure };

/** Something found in a record that a step has to ask others about. */
export interface Wanted {
  readonly ids: readonly string[];
  /** Takes what there is for each id, in their order. */
  settle(found: readonly Found[], note: Note): void;
}

/** A value of its own for whoever asked, or why there is none. */
export type Found = { readonly value: JsonValue } | 'not_found' | 'lookup_failed';

/** What was found for some ids, as JSON; ids in neither are not known to whoever was asked. */
export interface Answers {
  readonly found: ReadonlyMap<string, string>;
  /** Ids of which it could not be told. */
  readonly failed: ReadonlySet<string>;
}

/** Asks about many ids at once. */
export type Finder = (ids: ReadonlySet<string>) => Promise<Answers>;

/** What a step knows of the file it works on before it sees the first record. */
export interface FileScope {
  readonly file: StreamFile;
  /** Takes reference data for the file: a source of one's own that reads such data takes it from here. */
  readonly snapshots: Snapshots;
}

/** Reads the series of rules, as `ruleSeries(streams)` of `@millrace/core/rule/series` does. */
export interface SeriesPort {
  /** @throws where the project has no such rule. */
  open(query: SeriesQuery): Promise<OpenSeries>;
}

export interface SeriesQuery {
  readonly project: string;
  readonly rule: string;
  /** Windows that end in (from, until], ms. */
  readonly from: number;
  readonly until: number;
}

export interface OpenSeries {
  /** Names the partition of a record; undefined where it has none. */
  partitionOf(record: JsonObject): string | undefined;
  /** Values by partition, as JSON; 0 or none is not in it. */
  read(partitions: ReadonlySet<string>): Promise<ReadonlyMap<string, string>>;
}

/** A step that needs nothing but the record. */
export interface PureStep {
  readonly kind: 'pure';
  readonly change: Change;
}

/** A step that needs something before the first record of a file, such as a database, and from then on the record alone. */
export interface PreparedStep {
  readonly kind: 'prepared';
  prepare(scope: FileScope): Promise<Change>;
}

/** A step that asks others, about many records at once. */
export interface AskingStep {
  readonly kind: 'asking';
  open(scope: FileScope): Promise<OpenQuestion>;
}

export interface OpenQuestion {
  readonly find: Finder;
  wanted(record: JsonObject, note: Note): Wanted[];
}

/** A step, compiled. */
export type CompiledStep = PureStep | PreparedStep | AskingStep;

export const pure = (change: Change): PureStep => ({ kind: 'pure', change });

/** A value that a step cannot make sense of. */
export class Unsuitable extends Error {
  readonly reason: FailureReason;

  constructor(reason: FailureReason) {
    super(reason);
    this.name = 'Unsuitable';
    this.reason = reason;
  }
}

const known = new Map<FailureReason, Unsuitable>();

/** The one of that reason: hostile data has many, and each of its own would cost a stack trace. */
export function unsuitable(reason: FailureReason): Unsuitable {
  const one = known.get(reason) ?? new Unsuitable(reason);
  known.set(reason, one);
  return one;
}

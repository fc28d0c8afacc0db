/**
 * Rules compiled: closures over a record, and an index by which a record meets only the rules that could want it.
 */

import { DAY, HOUR, hash, milliseconds } from '../runtime/index.ts';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../stream/index.ts';
import { type KeyPart, keyPart } from '../table/index.ts';
import { readerOf, remembering, sharedOf } from '../where/index.ts';
import type { CompiledSignal } from './judgement.ts';
import type { Rule } from './schema.ts';
import { compileSignal } from './signal.ts';
import type { Grid } from './window.ts';

/** The group of a rule that is judged as a whole. */
export const WHOLE_RULE = keyPart('*');
/** Where the records beyond a rule's partitions go. No real partition has this name: theirs are JSON arrays. */
export const OTHER = keyPart('__other__');

/** What the streams tell a rule that it does not say itself. */
export interface StreamDefaults {
  /** ms; the step of a `latest` without a window. */
  readonly intervalLength: number;
  /** Where records carry their event time. */
  readonly timePath: Path;
}

/** A partition of a rule: the values of its paths, and a name that tells it from the rule's others. */
export interface Partition {
  readonly values: readonly string[];
  readonly name: string;
}

/** Of a rule that has no more than one. */
const THE_ONE: Partition = { values: [], name: '' };
const theOne = () => THE_ONE;

/** How the window of a record is found. The same object for all rules that find it in the same way. */
export interface Timing {
  readonly grid: Grid;
  readonly path: Path;
  /** ms */
  readonly maxFuture: number;
}

function timingOf(grid: Grid, path: Path, maxFuture: number): Timing {
  const timing = { grid, path, maxFuture };
  return sharedOf(`timing ${JSON.stringify(timing)}`, () => timing);
}

/** A rule at a version, ready to run. Lengths in ms. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly version: number;
  readonly grid: Grid;
  readonly signal: CompiledSignal;
  /** One group for the whole rule; else each partition is a group. */
  readonly whole: boolean;
  /** A `latest` without a window: how long a partition's value stands; undefined for all others. */
  readonly carries: number | undefined;
  /** ms; of the streams it reads. */
  readonly intervalLength: number;
  readonly timing: Timing;
  readonly allowedLateness: number;
  readonly grace: number;
  readonly for: number;
  readonly keepFiringFor: number;
  /** The record's partition; undefined where it belongs to none. */
  partitionOf(record: JsonObject): Partition | undefined;
}

/** A version of a rule, as it is stored. */
export interface VersionedRule {
  readonly rule: Rule;
  readonly version: number;
}

const length = (duration: string | undefined) => (duration === undefined ? 0 : milliseconds(duration));

export function compileRule({ rule, version }: VersionedRule, defaults: StreamDefaults): CompiledRule {
  const { window, signal, time } = rule;
  const latest = signal.kind === 'aggregate' && signal.aggregate.fn === 'latest' ? signal.aggregate : undefined;
  const size = window === undefined ? defaults.intervalLength : milliseconds(window.size);
  const grid = { size, offset: length(window?.offset) };
  return {
    rule,
    version,
    grid,
    signal: compileSignal(rule, size),
    whole: rule.quantifier !== 'each',
    carries: window === undefined && latest !== undefined ? milliseconds(latest.maxAge) : undefined,
    intervalLength: defaults.intervalLength,
    timing: timingOf(grid, time.path === undefined ? defaults.timePath : parsePath(time.path), length(time.maxFuture)),
    allowedLateness: length(time.allowedLateness),
    grace: length(time.grace),
    for: length(rule.for),
    keepFiringFor: length(rule.keepFiringFor),
    partitionOf: partitioner(rule.partitionBy ?? []),
  };
}

function partitioner(partitionBy: readonly string[]): (record: JsonObject) => Partition | undefined {
  if (partitionBy.length === 0) return theOne;
  const readers = partitionBy.map(readerOf);
  const partition = (record: JsonValue) => {
    const values: string[] = [];
    for (const read of readers) {
      const value = scalarText(read(record));
      if (value === undefined) return undefined;
      values.push(value);
    }
    return { values, name: values.length === 1 ? (values[0] ?? '') : JSON.stringify(values) };
  };
  return sharedOf(`partition ${JSON.stringify(partitionBy)}`, () => remembering(partition));
}

/** Longer values are named by their hash: they are part of keys, of state and of every announcement. */
const MAX_VALUE_BYTES = 128;

function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return Buffer.byteLength(value) > MAX_VALUE_BYTES ? `#${hash(value)}` : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The key part of a partition; long values are hashed. */
export function partitionKey(values: readonly string[]): KeyPart {
  return keyPart(JSON.stringify(values));
}

/** Time a rule's contributions are needed after the window they are in has begun, ms. */
export function contributionLife(rule: CompiledRule): number {
  return rule.grid.size + rule.allowedLateness + rule.grace + 7 * DAY + HOUR;
}

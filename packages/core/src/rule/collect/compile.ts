/**
 * Rules compiled: closures over a record, and an index by which a record meets only the rules that could want it.
 */

import { DAY, HOUR, hash, milliseconds } from '../../runtime/index.ts';
import { type JsonObject, type JsonValue, type Path, parsePath } from '../../stream/index.ts';
import { readerOf, remembering, sharedOf } from '../../where/index.ts';
import { reachedText, undoneBy } from '../definition/certain.ts';
import type { Level, Rule } from '../definition/schema.ts';
import { dedupedFrame } from '../judge/dedupe.ts';
import type { Frame } from '../judge/frame/frame.ts';
import { frameOf } from '../judge/frame/of-rule.ts';
import type { Grid } from '../judge/window.ts';
import { MAX_PARTITIONS } from '../measure/census.ts';
import type { CompiledSignal } from '../measure/judgement.ts';
import { compileSignal } from '../measure/signal.ts';

/** What the streams tell a rule that it does not say itself. */
export interface StreamDefaults {
  /** ms; the step of a `latest` without a window. */
  readonly intervalLength: number;
  /** Where records carry their event time. */
  readonly timePath: Path;
  /** Partitions a rule may have in a window; 10,000 where absent. */
  readonly maxPartitions?: number;
}

/** A partition of a rule: the values of its paths, and a name that tells it from the rule's others. */
export interface Partition {
  readonly values: readonly string[];
  readonly name: string;
  /** Of its key (`hashOfPartition`), once it was asked for. */
  hash?: number;
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

/** A severity, and the threshold from which on an alert has it. */
export interface CompiledLevel {
  readonly severity: Rule['severity'];
  readonly signal: CompiledSignal;
  /** More records cannot undo that it breaches. */
  readonly lasting: boolean;
  /** Of an early rule: what its alerts say was measured. */
  readonly reached?: string;
}

/** A rule at a version, ready to run. Lengths in ms. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly version: number;
  /** Cells: contributions are kept by them, and time goes by in them. A tumbling window is one. */
  readonly grid: Grid;
  readonly frame: Frame;
  readonly signal: CompiledSignal;
  /** The severities it is judged at: its own, then its levels'. */
  readonly levels: readonly CompiledLevel[];
  /** One group for the whole rule; else each partition is a group. */
  readonly whole: boolean;
  /** Partitions it may have in a window. */
  readonly maxPartitions: number;
  /** A threshold is looked at before its window is over. */
  readonly early: boolean;
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
  const grid = gridOf(rule, defaults.intervalLength);
  const compiled = compileSignal(rule, windowLength(rule, grid));
  return {
    rule,
    version,
    grid,
    frame: dedupedFrame(frameOf(rule, compiled), compiled, rule),
    signal: compiled,
    levels: [
      { severity: rule.severity, signal: compiled, lasting: isLasting(rule, signal), ...reachedOf(rule, signal) },
      ...(rule.levels ?? []).map((level) => compileLevel(rule, level, grid)),
    ],
    early: rule.early !== undefined,
    maxPartitions: defaults.maxPartitions ?? MAX_PARTITIONS,
    whole: rule.quantifier !== 'each' || expectedValues(rule) !== undefined,
    carries: window === undefined && latest !== undefined ? milliseconds(latest.maxAge) : undefined,
    intervalLength: defaults.intervalLength,
    timing: timingOf(grid, time.path === undefined ? defaults.timePath : parsePath(time.path), length(time.maxFuture)),
    allowedLateness: length(time.allowedLateness),
    grace: length(time.grace),
    for: length(rule.for),
    keepFiringFor: length(rule.keepFiringFor),
    partitionOf: partitioner(rule.partitionBy ?? [], expectedValues(rule)),
  };
}

/** Cells as long as what is closed in them allows, but no longer than an interval where the watermark moves by those. */
function gridOf({ window, signal }: Rule, intervalLength: number): Grid {
  if (signal.kind === 'sequence') return { size: Math.min(milliseconds(signal.within), intervalLength), offset: 0 };
  switch (window?.kind) {
    case 'tumbling':
      return { size: milliseconds(window.size), offset: length(window.offset) };
    case 'sliding':
      return { size: milliseconds(window.hop), offset: 0 };
    case 'session':
      return { size: Math.min(milliseconds(window.gap), intervalLength), offset: 0 };
    default:
      return { size: intervalLength, offset: 0 };
  }
}

/** ms; what a rate is over. */
function windowLength({ window }: Rule, grid: Grid): number {
  return window?.kind === 'sliding' ? milliseconds(window.size) : grid.size;
}

function compileLevel(rule: Rule, { severity, compare, recover }: Level, grid: Grid): CompiledLevel {
  const { signal } = rule;
  const own = 'compare' in signal ? { ...signal, compare } : signal;
  const compiled = compileSignal({ signal: own, recover }, windowLength(rule, grid));
  return { severity, signal: compiled, lasting: isLasting(rule, own), ...reachedOf(rule, own) };
}

function isLasting({ source }: Rule, signal: Rule['signal']): boolean {
  return undoneBy({ signal, source }) === undefined;
}

function reachedOf({ early }: Rule, signal: Rule['signal']): Pick<CompiledLevel, 'reached'> {
  if (early === undefined) return {};
  return { reached: 'compare' in signal ? reachedText(signal.compare) : 'a matching record' };
}

/** Partitions that are expected by name, so that their rule knows of those that never came; no others matter to it. */
function expectedValues({ signal }: Rule): readonly string[] | undefined {
  if (signal.kind !== 'absence' || typeof signal.expect !== 'object' || !('values' in signal.expect)) return undefined;
  return signal.expect.values;
}

function partitioner(
  partitionBy: readonly string[],
  expected: readonly string[] | undefined,
): (record: JsonObject) => Partition | undefined {
  if (partitionBy.length === 0) return theOne;
  if (expected !== undefined) {
    const named = new Set(expected);
    const any = partitioner(partitionBy, undefined);
    return (record) => {
      const partition = any(record);
      return partition !== undefined && named.has(partition.values[0] ?? '') ? partition : undefined;
    };
  }
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

/** Time a rule's contributions are needed after the cell they are in has begun, ms. */
export function contributionLife(rule: CompiledRule): number {
  return rule.grid.size + rule.frame.reach + rule.allowedLateness + rule.grace + 7 * DAY + HOUR;
}

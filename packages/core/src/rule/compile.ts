/**
 * Rules compiled: closures over a record, and an index by which a record meets only the rules that could want it.
 */

import { DAY, HOUR, hash, milliseconds } from '../runtime/index.ts';
import { type JsonObject, type JsonValue, type Path, parsePath, valueAt } from '../stream/index.ts';
import { type KeyPart, keyPart } from '../table/index.ts';
import type { CompiledSignal } from './judgement.ts';
import type { Rule } from './schema.ts';
import { compileSignal } from './signal.ts';
import { compileWhere, discriminatorOf, type Literal } from './where.ts';
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
  readonly timePath: Path;
  readonly maxFuture: number;
  readonly allowedLateness: number;
  readonly grace: number;
  readonly for: number;
  readonly keepFiringFor: number;
  matches(record: JsonObject): boolean;
  /** Values that name the record's partition; undefined where it belongs to none. */
  partitionOf(record: JsonObject): readonly string[] | undefined;
}

/** A version of a rule, as it is stored. */
export interface VersionedRule {
  readonly rule: Rule;
  readonly version: number;
}

const length = (duration: string | undefined) => (duration === undefined ? 0 : milliseconds(duration));

export function compileRule({ rule, version }: VersionedRule, defaults: StreamDefaults): CompiledRule {
  const { window, signal, source, time } = rule;
  const latest = signal.kind === 'aggregate' && signal.aggregate.fn === 'latest' ? signal.aggregate : undefined;
  const size = window === undefined ? defaults.intervalLength : milliseconds(window.size);
  return {
    rule,
    version,
    grid: { size, offset: length(window?.offset) },
    signal: compileSignal(rule, size),
    whole: rule.quantifier !== 'each',
    carries: window === undefined && latest !== undefined ? milliseconds(latest.maxAge) : undefined,
    intervalLength: defaults.intervalLength,
    timePath: time.path === undefined ? defaults.timePath : parsePath(time.path),
    maxFuture: length(time.maxFuture),
    allowedLateness: length(time.allowedLateness),
    grace: length(time.grace),
    for: length(rule.for),
    keepFiringFor: length(rule.keepFiringFor),
    matches: source.where === undefined ? () => true : compileWhere(source.where),
    partitionOf: partitioner(rule.partitionBy ?? []),
  };
}

function partitioner(partitionBy: readonly string[]): (record: JsonObject) => readonly string[] | undefined {
  const paths = partitionBy.map(parsePath);
  return (record) => {
    const values: string[] = [];
    for (const path of paths) {
      const value = scalarText(valueAt(record, path));
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
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

/** The rules of one collection, found by what a record says. */
export class Candidates {
  readonly #always: CompiledRule[] = [];
  readonly #indexes = new Map<string, { path: Path; byValue: Map<Literal, CompiledRule[]> }>();

  constructor(rules: readonly CompiledRule[]) {
    for (const rule of rules) this.#place(rule);
  }

  #place(rule: CompiledRule): void {
    const by = discriminatorOf(rule.rule.source.where);
    if (by === undefined) {
      this.#always.push(rule);
      return;
    }
    const index = this.#indexes.get(by.path) ?? {
      path: parsePath(by.path),
      byValue: new Map<Literal, CompiledRule[]>(),
    };
    this.#indexes.set(by.path, index);
    for (const value of new Set(by.values)) {
      const rules = index.byValue.get(value);
      if (rules === undefined) index.byValue.set(value, [rule]);
      else rules.push(rule);
    }
  }

  /** Calls `visit` with each rule whose equality test the record passes; the rest of its condition is still to be tested. */
  forEach(record: JsonObject, visit: (rule: CompiledRule) => void): void {
    for (const rule of this.#always) visit(rule);
    for (const { path, byValue } of this.#indexes.values()) {
      const value = valueAt(record, path);
      if (value === undefined || (value !== null && typeof value === 'object')) continue;
      for (const rule of byValue.get(value) ?? []) visit(rule);
    }
  }
}

/** The enabled rules of a project, compiled. */
export class RuleSet {
  readonly #rules: readonly CompiledRule[];
  readonly #byName = new Map<string, CompiledRule>();
  readonly #candidates = new Map<string, Candidates>();

  constructor(rules: readonly VersionedRule[], defaults: StreamDefaults) {
    this.#rules = rules.filter(({ rule }) => rule.enabled).map((rule) => compileRule(rule, defaults));
    for (const compiled of this.#rules) this.#byName.set(nameOf(compiled.rule.id, compiled.version), compiled);
  }

  find(id: string, version: number): CompiledRule | undefined {
    return this.#byName.get(nameOf(id, version));
  }

  ofCollection(collection: string): readonly CompiledRule[] {
    return this.#rules.filter(({ rule }) => rule.source.collections.includes(collection));
  }

  candidates(collection: string): Candidates {
    const known = this.#candidates.get(collection) ?? new Candidates(this.ofCollection(collection));
    this.#candidates.set(collection, known);
    return known;
  }
}

function nameOf(id: string, version: number): string {
  return `${id}@${version}`;
}

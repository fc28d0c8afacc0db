/**
 * The rules of one collection, found by what a record says: of thousands, a record meets those whose `eq` or `in` it passes,
 * and of these, the ones that ask the same beside it ask it once.
 */
import type { JsonObject } from '../../stream/index.ts';
import {
  compileWhere,
  discriminate,
  type Literal,
  type Reader,
  readerOf,
  type Test,
  type Where,
} from '../../where/index.ts';
import type { CompiledRule } from './compile.ts';

/** Rules with the same rest of a condition. */
interface Alike {
  readonly test: Test | undefined;
  /** Numbers of rules, from 0, in the order they were given. */
  readonly rules: number[];
}

/** By the text of that rest. */
type Group = Map<string, Alike>;

interface Index {
  readonly read: Reader;
  readonly groups: Map<Literal, Group>;
  /** The same as lists, to walk. */
  readonly byValue: Map<Literal, Alike[]>;
}

export class Candidates {
  /** By their numbers. */
  readonly rules: readonly CompiledRule[];
  readonly #always: Group = new Map();
  readonly #alwaysList: Alike[] = [];
  readonly #indexes = new Map<string, Index>();
  readonly #indexList: Index[] = [];

  constructor(rules: readonly CompiledRule[]) {
    this.rules = rules;
    for (const [number, { rule }] of rules.entries()) this.#place(number, rule.source.where);
  }

  #place(rule: number, where: Where | undefined): void {
    const { by, rest } = discriminate(where);
    if (by === undefined) {
      join(this.#always, this.#alwaysList, rule, rest);
      return;
    }
    const index = this.#index(by.path);
    for (const value of new Set(by.values)) {
      const group: Group = index.groups.get(value) ?? new Map();
      const list = index.byValue.get(value) ?? [];
      index.groups.set(value, group);
      index.byValue.set(value, list);
      join(group, list, rule, rest);
    }
  }

  #index(path: string): Index {
    const known = this.#indexes.get(path);
    if (known !== undefined) return known;
    const index = { read: readerOf(path), groups: new Map(), byValue: new Map() };
    this.#indexes.set(path, index);
    this.#indexList.push(index);
    return index;
  }

  /** Calls `visit` with the number of each rule whose condition the record passes. */
  forEach(record: JsonObject, visit: (rule: number) => void): void {
    visitAlike(this.#alwaysList, record, visit);
    for (const { read, byValue } of this.#indexList) {
      const value = read(record);
      if (value === undefined || (value !== null && typeof value === 'object')) continue;
      const alike = byValue.get(value);
      if (alike !== undefined) visitAlike(alike, record, visit);
    }
  }
}

function join(group: Group, list: Alike[], rule: number, rest: Where | undefined): void {
  const name = rest === undefined ? '' : JSON.stringify(rest);
  let alike = group.get(name);
  if (alike === undefined) {
    alike = { test: rest && compileWhere(rest), rules: [] };
    group.set(name, alike);
    list.push(alike);
  }
  alike.rules.push(rule);
}

function visitAlike(list: readonly Alike[], record: JsonObject, visit: (rule: number) => void): void {
  for (const { test, rules } of list) {
    if (test !== undefined && !test(record)) continue;
    for (const rule of rules) visit(rule);
  }
}

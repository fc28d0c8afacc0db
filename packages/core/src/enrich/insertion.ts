/**
 * Writing an enriched record without writing what was there anew: what steps have added is inserted into the text the record
 * was read from. Read as JSON, the result is that of JSON.stringify of the record, but for numbers, which stay as they were
 * written (`1.0`, `1e400`, 20 digits). Only where nothing else of the record has changed, and where the text shows beyond
 * doubt where an insertion belongs; all else is left to JSON.stringify.
 *
 * The text is UTF-8 read as Latin-1, so that nothing is decoded or encoded. Which way a record goes depends on its bytes, the
 * declaration and what was looked up, so every run writes the same.
 */

import { isContainer } from '../change/index.ts';
import { type JsonObject, type JsonValue, type Path, parsePath, valueAt } from '../stream/index.ts';
import { findOpening, type Opening } from './opening.ts';
import type { Effect } from './step/effect.ts';

/** What is known of a record before the steps, to insert into afterwards. */
export interface Original {
  /** UTF-8 read as Latin-1, from `{` to `}`. */
  readonly text: string;
  /** For each path of the insertion: how many of its steps, but the last, lead to an object that is there already. */
  readonly depths: readonly number[];
  /** For each place that steps may change: what is there. */
  readonly values: readonly (JsonValue | undefined)[];
}

/** What the steps for one file add, and how that is put into texts. */
export interface Insertion {
  /** Undefined where the record is one to write anew. To be called before the first step. */
  open(record: JsonObject, text: string): Original | undefined;
  /**
   * The text with what steps have added since, and with properties that nothing had added before (none of `open`'s record).
   * Undefined where it has to be written anew.
   */
  write(original: Original, record: JsonObject, more: JsonObject | undefined): string | undefined;
}

/** What is added at a path. */
interface Place {
  readonly path: Path;
  /** For each depth, what may be there that the path leads through. */
  readonly prefixes: readonly Path[];
  /** By depth from 1 on: what finds the object there. */
  readonly openings: readonly ((text: string) => Opening | undefined)[];
  /** Whether records share what is put at the whole path. */
  readonly shared: boolean;
}

/** Undefined where steps may do anything to a record. */
export function compileInsertion(effects: readonly Effect[]): Insertion | undefined {
  const added = outermost(effects.flatMap(({ adds }) => adds).map(parsePath));
  const changed = effects.flatMap(({ changes }) => changes).map(parsePath);
  const needed = effects.flatMap(({ dependsOn }) => dependsOn).map(parsePath);
  const exact = changed.filter((path) => !path.some(isWild));
  const within = [...changed.filter((path) => path.some(isWild)).map(untilWild), ...needed];
  const mixed = [...exact, ...within].some((path) => added.some((one) => isWithin(one, path) && !isWithin(path, one)));
  const dependent = needed.some((path) => added.some((one) => isWithin(path, one)));
  if (mixed || dependent) return undefined;
  const outside = (path: Path) => !added.some((one) => isWithin(path, one)); // what is in something added is written with it
  const shared = new Set(effects.flatMap(({ adds, shares }) => (shares ? adds : [])));
  const places = added.map((path) => placeAt(path, shared.has(path.join('.'))));
  return new TextInsertion(places, exact.filter(outside), within.filter(outside));
}

const isWild = (step: string) => step === '*' || step === '**';
const untilWild = (path: Path) => path.slice(0, path.findIndex(isWild));

/** Whether a path is another one, or leads further into what lies there. */
function isWithin(path: Path, outer: Path): boolean {
  return outer.every((step, index) => path[index] === step);
}

/** Of paths that lead into each other the first, and each of the others once. */
function outermost(paths: readonly Path[]): readonly Path[] {
  const sorted = paths.toSorted((one, other) => one.length - other.length);
  return sorted.filter((path, index) => !sorted.slice(0, index).some((outer) => isWithin(path, outer)));
}

function placeAt(path: Path, shared: boolean): Place {
  const prefixes = path.map((_, index) => path.slice(0, index + 1));
  return { path, prefixes, openings: path.slice(0, -1).map(findOpening), shared };
}

/** A member, and the object that it goes into first. */
interface Inner {
  readonly at: Opening;
  readonly json: string;
}

class TextInsertion implements Insertion {
  readonly #places: readonly Place[];
  readonly #exact: readonly Path[];
  readonly #within: readonly Path[];

  /**
   * @param exact where a value may be replaced.
   * @param within where anything may happen to what is there.
   */
  constructor(places: readonly Place[], exact: readonly Path[], within: readonly Path[]) {
    this.#places = places;
    this.#exact = exact;
    this.#within = within;
  }

  open(record: JsonObject, text: string): Original | undefined {
    for (const path of this.#within) if (path.length === 0 || valueAt(record, path) !== undefined) return undefined;
    if (text.includes('\n') || text.includes('\r')) return undefined; // white space that would break the line
    const depths: number[] = [];
    for (const { path } of this.#places) {
      const depth = depthOf(record, path);
      if (depth === THERE) return undefined;
      depths.push(depth);
    }
    return { text, depths, values: this.#exact.map((path) => valueAt(record, path)) };
  }

  write(original: Original, record: JsonObject, more: JsonObject | undefined): string | undefined {
    for (const [index, path] of this.#exact.entries()) {
      if (valueAt(record, path) !== original.values[index]) return undefined;
    }
    const last: string[] = [];
    const inner: Inner[] = [];
    for (const [index, place] of this.#places.entries()) {
      const depth = original.depths[index] ?? 0;
      const json = memberOf(record, place, depth);
      if (json === undefined) continue;
      if (depth === 0) {
        if (!last.includes(json)) last.push(json); // two paths may have made one object
        continue;
      }
      const at = place.openings[depth - 1]?.(original.text);
      if (at === undefined) return undefined;
      if (!inner.some((one) => one.json === json && one.at.offset === at.offset)) inner.push({ at, json });
    }
    if (more !== undefined) for (const name of Object.keys(more)) last.push(member(name, more[name] as JsonValue)); // an own property
    return joined(original.text, inner, last);
  }
}

/** The path's value is there already. */
const THERE = -1;

/** How many steps of a path, but the last, lead to objects; where something else is in the way nothing is ever put there. */
function depthOf(record: JsonObject, path: Path): number {
  let holder: JsonValue = record;
  for (let depth = 0; depth < path.length; depth++) {
    const step = path[depth] ?? '';
    if (!isContainer(holder) || !Object.hasOwn(holder, step)) return depth;
    holder = holder[step] as JsonValue; // an own property
  }
  return THERE;
}

/** On a value that records share: the member it is. JSON does not see it, and beside the value it is found soonest. */
const MEMBER = Symbol('member');

/** What is there now and was not, as `"name":value`. */
function memberOf(record: JsonObject, { path, prefixes, shared }: Place, depth: number): string | undefined {
  const value = valueAt(record, prefixes[depth] ?? path);
  if (value === undefined) return undefined;
  const name = path[depth] ?? '';
  if (!shared || depth < path.length - 1 || !isContainer(value)) return member(name, value);
  const marked: { [MEMBER]?: string } = value;
  const known = marked[MEMBER];
  if (known !== undefined) return known;
  const json = member(name, value);
  Object.defineProperty(value, MEMBER, { value: json });
  return json;
}

function member(name: string, value: JsonValue): string {
  const json = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return ASCII.test(json) ? json : Buffer.from(json).toString('latin1');
}

/** JSON without control characters, as JSON.stringify makes it. */
const ASCII = /^[ -\x7f]*$/;

/** @param last members that go to the end of the record. */
function joined(text: string, inner: Inner[], last: readonly string[]): string {
  let made = '';
  let from = 0;
  if (inner.length > 1) inner.sort((one, other) => one.at.offset - other.at.offset);
  for (const [index, { at, json }] of inner.entries()) {
    const followed = !at.empty || inner[index + 1]?.at.offset === at.offset;
    made += `${text.slice(from, at.offset)}${json}${followed ? ',' : ''}`;
    from = at.offset;
  }
  const end = text.lastIndexOf('}');
  const rest = text.slice(from, end);
  if (last.length === 0) return `${made}${rest}}`;
  const first = from === 0 && rest.trim() === '{';
  return `${made}${rest}${first ? '' : ','}${last.join(',')}}`;
}

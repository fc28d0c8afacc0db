/**
 * Sequences: records of several steps that follow one another, or that come in any order, within a length of time. Pure.
 *
 * A match takes the records it is made of: counting begins anew after it. Of the records that may begin a match the latest
 * counts, which is the one that has the most time left.
 */
import { milliseconds } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { compileWhere } from '../../where/index.ts';
import type { SequenceStep, Signal } from '../definition/schema.ts';
import type { Position } from './judgement.ts';
import type { Row } from './rows.ts';

type Sequence = Extract<Signal, { kind: 'sequence' }>;

/** What is remembered between rows. Times in ms; JSON. */
export interface Matching {
  /**
   * ordered: start of the latest partial match of so many records, by that number; null where there is none. Unordered: the
   * newest records of each step.
   */
  readonly partial: readonly (number | null | readonly number[])[];
  /** Starts of matches that lack only the absence at their end. */
  readonly pending: readonly number[];
}

export interface CompiledSequence {
  /** ms */
  readonly within: number;
  /** For people: the steps a match is made of. */
  readonly match: string;
  /** The steps a record is of, as bits; 0 for none. */
  stepsOf(record: JsonObject, position: Position): number;
  /** Takes rows in order, then lets time pass to `end` (ms). `matched`: start of the first match that was completed. */
  advance(
    before: Matching | undefined,
    rows: readonly Row[],
    end: number,
  ): { after: Matching | undefined; matched?: number };
}

export function compileSequence(sequence: Sequence): CompiledSequence {
  const within = milliseconds(sequence.within);
  const tests = sequence.steps.map(stepTest);
  const present = sequence.steps.filter(({ absent }) => absent === undefined);
  return {
    within,
    match: present.map(({ id }) => id).join(sequence.ordered ? ' → ' : ' + '),
    stepsOf(record, position) {
      let bits = 0;
      for (const [n, test] of tests.entries()) if (test(record, position)) bits |= 1 << n;
      return bits;
    },
    advance(before, rows, end) {
      const matcher = sequence.ordered
        ? new InOrder(sequence.steps, within, before)
        : new InAnyOrder(sequence.steps, within, before);
      for (const { at, says } of rows) {
        matcher.pass(at);
        matcher.take(Number(says), at);
      }
      matcher.pass(end);
      return matcher.result(end);
    },
  };
}

function stepTest({
  source: { where, collections },
}: SequenceStep): (record: JsonObject, position: Position) => boolean {
  const wanted = where === undefined ? () => true : compileWhere(where);
  if (collections === undefined) return wanted;
  return (record, { collection }) => collections.includes(collection) && wanted(record);
}

const has = (bits: number, step: number) => (bits & (1 << step)) !== 0;

/** What both kinds share: matches that wait for an absence, and the first that was completed. */
abstract class Matcher {
  protected readonly within: number;
  protected pending: number[];
  #matched: number | undefined;

  constructor(within: number, before: Matching | undefined) {
    this.within = within;
    this.pending = [...(before?.pending ?? [])];
  }

  /** Time has come to `now`: what has waited long enough is a match. */
  pass(now: number): void {
    const [first] = this.pending;
    if (first === undefined || first + this.within > now) return;
    this.pending = this.pending.filter((start) => start + this.within > now);
    this.complete(first);
  }

  protected complete(start: number): void {
    this.#matched ??= start;
  }

  protected wait(start: number): void {
    if (this.pending.at(-1) !== start) this.pending.push(start);
  }

  abstract take(bits: number, at: number): void;
  protected abstract left(end: number): Matching['partial'];

  result(end: number): { after: Matching | undefined; matched?: number } {
    const partial = this.left(end);
    const nothing =
      this.pending.length === 0 && partial.every((one) => one === null || (Array.isArray(one) && one.length === 0));
    const after = nothing ? undefined : { partial, pending: this.pending };
    return this.#matched === undefined ? { after } : { after, matched: this.#matched };
  }
}

class InOrder extends Matcher {
  /** The step of each record of a match. */
  readonly #wanted: number[] = [];
  /** After so many records: the steps of which there must be none before the next. */
  readonly #forbidden = new Map<number, number>();
  readonly #partial: (number | null)[];

  constructor(steps: readonly SequenceStep[], within: number, before: Matching | undefined) {
    super(within, before);
    for (const [n, { count = 1, absent }] of steps.entries()) {
      const reached = this.#wanted.length;
      if (absent) this.#forbidden.set(reached, (this.#forbidden.get(reached) ?? 0) | (1 << n));
      else for (let one = 0; one < count; one++) this.#wanted.push(n);
    }
    const known = before?.partial ?? [];
    this.#partial = this.#wanted.map((_, n) => {
      const start = known[n];
      return typeof start === 'number' ? start : null;
    });
  }

  take(bits: number, at: number): void {
    for (const [reached, steps] of this.#forbidden) {
      if ((bits & steps) === 0) continue;
      if (reached === this.#wanted.length) this.pending = [];
      else this.#partial[reached] = null;
    }
    for (let reached = this.#wanted.length - 1; reached >= 0; reached--) {
      if (!has(bits, this.#wanted[reached] ?? -1)) continue;
      const start = reached === 0 ? at : this.#partial[reached];
      if (start === null || start === undefined || at - start >= this.within) continue;
      if (reached + 1 < this.#wanted.length) this.#partial[reached + 1] = start;
      else if (this.#forbidden.has(this.#wanted.length)) this.wait(start);
      else {
        this.#partial.fill(null);
        this.complete(start);
        return;
      }
    }
  }

  protected left(end: number) {
    return this.#partial.map((start) => (start !== null && start + this.within > end ? start : null));
  }
}

class InAnyOrder extends Matcher {
  readonly #steps: readonly SequenceStep[];
  /** The newest records of each step: as many as it wants; of an absent one, the last. */
  #times: number[][];

  constructor(steps: readonly SequenceStep[], within: number, before: Matching | undefined) {
    super(within, before);
    this.#steps = steps;
    this.#times = steps.map((_, n) => {
      const known = before?.partial[n];
      return Array.isArray(known) ? [...known] : [];
    });
  }

  take(bits: number, at: number): void {
    let present = false;
    for (const [n, { count = 1, absent }] of this.#steps.entries()) {
      if (!has(bits, n)) continue;
      this.#times[n] = [...(this.#times[n] ?? []), at].slice(-count);
      if (absent) this.pending = [];
      else present = true;
    }
    const start = present ? this.#start() : undefined;
    if (start === undefined || at - start >= this.within) return;
    if (this.#steps.every(({ absent }) => absent === undefined)) {
      this.#times = this.#steps.map(() => []);
      this.complete(start);
    } else if (this.#steps.every(({ absent }, n) => !absent || (this.#times[n]?.at(-1) ?? -1) < start)) {
      this.#times = this.#times.map((times, n) => (this.#steps[n]?.absent ? times : []));
      this.wait(start);
    }
  }

  /** Where the latest match would begin; undefined where records are lacking. */
  #start(): number | undefined {
    let start = Number.POSITIVE_INFINITY;
    for (const [n, { count = 1, absent }] of this.#steps.entries()) {
      if (absent) continue;
      const times = this.#times[n] ?? [];
      if (times.length < count) return undefined;
      start = Math.min(start, times[0] ?? start);
    }
    return start;
  }

  protected left(end: number) {
    return this.#times.map((times) => times.filter((at) => at + this.within > end));
  }
}

/**
 * One pass over a file's records: what each adds to the rules that want it, in memory, bounded.
 */
import { log, messageOf } from '../runtime/index.ts';
import type { JsonObject, Path } from '../stream/index.ts';
import { type Candidates, type CompiledRule, OTHER, partitionKey, WHOLE_RULE } from './compile.ts';
import { ailment, faultText, healthOf } from './health.ts';
import type { Contribution, Tally } from './tally.ts';
import { eventTime, toldTime, windowStart } from './window.ts';

/** (partition, window) pairs a rule may have in one file; more fold into `__other__`. */
export const MAX_PARTITIONS = 10_000;

/** The file a pass is over. Times in ms; `id` tells it from every other file. */
export interface SourceFile {
  readonly id: string;
  readonly interval: number;
  readonly receivedAt: number;
}

interface Entry {
  readonly values: readonly string[];
  readonly tally: Tally;
}

interface Pass {
  readonly rule: CompiledRule;
  readonly windows: Map<number, Map<string, Entry>>;
  entries: number;
  overflowed: number;
  failure: string | undefined;
}

export class Collector {
  readonly #candidates: Candidates;
  readonly #file: SourceFile;
  readonly #limit: number;
  readonly #passes = new Map<CompiledRule, Pass>();
  /** The record, path and result of the last parsed time: most rules of a collection read the same one. */
  #timed: { record: JsonObject; path: Path; time: number | undefined } | undefined;

  constructor(candidates: Candidates, file: SourceFile, limit = MAX_PARTITIONS) {
    this.#candidates = candidates;
    this.#file = file;
    this.#limit = limit;
  }

  /** Adds a record. A rule that throws is out of this pass; the others go on. */
  add(record: JsonObject, row: number): void {
    this.#candidates.forEach(record, (rule) => {
      const pass = this.#pass(rule);
      if (pass.failure !== undefined) return;
      try {
        if (rule.matches(record)) this.#count(pass, record, row);
      } catch (caught) {
        pass.failure = faultText(caught);
        log.error('a rule failed on a record; it is not evaluated for this file', {
          rule: rule.rule.id,
          row,
          error: messageOf(caught),
        });
      }
    });
  }

  #pass(rule: CompiledRule): Pass {
    let pass = this.#passes.get(rule);
    if (pass === undefined) {
      pass = { rule, windows: new Map(), entries: 0, overflowed: 0, failure: undefined };
      this.#passes.set(rule, pass);
    }
    return pass;
  }

  #count(pass: Pass, record: JsonObject, row: number): void {
    const { rule } = pass;
    const values = rule.partitionOf(record);
    if (values === undefined) return;
    const at = eventTime(this.#toldTime(record, rule.timePath), rule.maxFuture, this.#file);
    const entry = this.#entry(pass, windowStart(rule.grid, at), values);
    if (entry === undefined) pass.overflowed++;
    else rule.signal.add(entry.tally, record, { at, interval: this.#file.interval, file: this.#file.id, row });
  }

  #toldTime(record: JsonObject, path: Path): number | undefined {
    if (this.#timed?.record !== record || this.#timed.path !== path) {
      this.#timed = { record, path, time: toldTime(record, path) };
    }
    return this.#timed.time;
  }

  #entry(pass: Pass, window: number, values: readonly string[]): Entry | undefined {
    let partitions = pass.windows.get(window);
    const name = values.length === 1 ? (values[0] ?? '') : JSON.stringify(values);
    const known = partitions?.get(name);
    if (known !== undefined) return known;
    if (pass.entries >= this.#limit) return undefined;
    pass.entries++;
    if (partitions === undefined) {
      partitions = new Map();
      pass.windows.set(window, partitions);
    }
    const entry = { values, tally: { n: 0 } };
    partitions.set(name, entry);
    return entry;
  }

  /** Records that found no room among their rules' partitions. */
  get overflowed(): number {
    let sum = 0;
    for (const pass of this.#passes.values()) sum += pass.overflowed;
    return sum;
  }

  /** What the file contributes, by rule, to its health too; of a rule that failed nothing else. */
  *contributions(): Generator<{ rule: CompiledRule; contributions: Contribution[] }> {
    for (const pass of this.#passes.values()) {
      const { rule, failure, overflowed } = pass;
      if (failure === undefined) yield { rule, contributions: this.#of(pass) };
      const ailing = failure ?? (overflowed > 0 ? this.#crowded(overflowed) : undefined);
      if (ailing !== undefined) yield { rule: healthOf(rule), contributions: [this.#ailment(rule, ailing)] };
    }
  }

  #crowded(records: number): string {
    return `it has more than ${this.#limit} partitions in one file; ${records} records of others are not judged. Partition it by less, or narrow source.where`;
  }

  #ailment(rule: CompiledRule, text: string): Contribution {
    const { id: file, interval, receivedAt } = this.#file;
    return ailment(text, { window: windowStart(healthOf(rule).grid, interval), file, receivedAt });
  }

  #of({ rule, windows, overflowed }: Pass): Contribution[] {
    const { receivedAt, interval } = this.#file;
    const contributions: Contribution[] = [];
    for (const [window, partitions] of windows) {
      for (const { values, tally } of partitions.values()) {
        if (tally.n === 0) continue;
        const partition = partitionKey(values);
        contributions.push({
          group: rule.whole ? WHOLE_RULE : partition,
          partition,
          values,
          window,
          tally,
          receivedAt,
        });
      }
    }
    if (overflowed > 0) {
      log.warn('a rule has more partitions than it may; the rest are not judged', {
        rule: rule.rule.id,
        records: overflowed,
      });
      const window = windowStart(rule.grid, interval);
      const rest = { partition: OTHER, values: [], window, tally: { n: overflowed }, receivedAt };
      if (rule.whole) contributions.push({ group: WHOLE_RULE, ...rest });
    }
    return contributions;
  }
}

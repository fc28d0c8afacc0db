/**
 * One pass over a file's records: what each adds to the rules that want it, in memory, bounded.
 */
import { log, messageOf } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { eventTime, toldTime, windowStart } from '../judge/window.ts';
import { MAX_KEYS_A_FILE } from '../measure/kept.ts';
import { type Contribution, newTally, type Tally } from '../measure/tally.ts';
import { ailment, faultText, healthOf } from '../run/health.ts';
import type { Candidates } from './candidates.ts';
import type { CompiledRule, Partition, Timing } from './compile.ts';
import { OTHER, partitionKey, WHOLE_RULE } from './group-name.ts';

/** (partition, window) pairs a rule may have in one file; more fold into `__other__`. */
export const MAX_PARTITIONS = 10_000;

/** The same over all rules of a file: what a thousand rules keep has to fit a function's memory, too. */
export const MAX_TALLIES = 200_000;
/** Windows whose overflow is told apart. */
const MAX_CROWDED = 288;

/** The file a pass is over. Times in ms; `id` tells it from every other file. */
export interface SourceFile {
  readonly id: string;
  readonly interval: number;
  readonly receivedAt: number;
  readonly collection: string;
}

interface Entry {
  readonly partition: Partition;
  readonly tally: Tally;
}

/** What a rule has of the file so far. What each record needs lies here itself: with thousands of rules, every step to another object counts. */
interface Pass {
  readonly rule: CompiledRule;
  readonly timing: Timing;
  readonly partitionOf: CompiledRule['partitionOf'];
  readonly add: CompiledRule['signal']['add'];
  readonly windows: Map<number, Map<string, Entry>>;
  /** Where the last record went: the next most often goes there, too. */
  window: number;
  name: string;
  tally: Tally | undefined;
  entries: number;
  overflowed: number;
  /** Records that found no room, by start of window. */
  readonly crowded: Map<number, number>;
  failure: string | undefined;
}

export class Collector {
  readonly #candidates: Candidates;
  readonly #file: SourceFile;
  readonly #limit: number;
  /** By the rule's number; a rule that met no record has none. */
  readonly #passes: (Pass | undefined)[];
  /** The record under way, and where it stands. */
  #record: JsonObject = {};
  readonly #position: {
    at: number;
    interval: number;
    file: string;
    row: number;
    collection: string;
    room: { keys: number };
  };
  /** Its window, as the rules of `timing` find it. */
  #timing: Timing | undefined;
  #window = 0;
  /** Of all rules. */
  #tallies = 0;

  constructor(candidates: Candidates, file: SourceFile, limit = MAX_PARTITIONS) {
    this.#candidates = candidates;
    this.#file = file;
    this.#limit = limit;
    this.#passes = new Array<Pass | undefined>(candidates.rules.length).fill(undefined);
    const { id, interval, collection } = file;
    this.#position = { at: 0, interval, file: id, row: 0, collection, room: { keys: MAX_KEYS_A_FILE } };
  }

  /** Adds a record. A rule that throws is out of this pass; the others go on. */
  add(record: JsonObject, row: number): void {
    this.#record = record;
    this.#position.row = row;
    this.#timing = undefined;
    this.#candidates.forEach(record, this.#visit);
  }

  readonly #visit = (number: number): void => {
    const pass = this.#passes[number] ?? this.#begin(number);
    if (pass === undefined || pass.failure !== undefined) return;
    try {
      this.#count(pass);
    } catch (caught) {
      pass.failure = faultText(caught);
      log.error('a rule failed on a record; it is not evaluated for this file', {
        rule: pass.rule.rule.id,
        row: this.#position.row,
        error: messageOf(caught),
      });
    }
  };

  #begin(number: number): Pass | undefined {
    const rule = this.#candidates.rules[number];
    if (rule === undefined) return undefined;
    const { timing, partitionOf, frame } = rule;
    const none = { window: Number.NaN, name: '', tally: undefined, entries: 0, overflowed: 0, failure: undefined };
    const pass = { rule, timing, partitionOf, add: frame.add, windows: new Map(), crowded: new Map(), ...none };
    this.#passes[number] = pass;
    return pass;
  }

  #count(pass: Pass): void {
    const partition = pass.partitionOf(this.#record);
    if (partition === undefined) return;
    if (pass.timing !== this.#timing) this.#find(pass.timing);
    let { tally } = pass;
    if (tally === undefined || pass.window !== this.#window || pass.name !== partition.name) {
      tally = this.#tally(pass, this.#window, partition);
      if (tally === undefined) {
        this.#overflow(pass);
        return;
      }
    }
    pass.add(tally, this.#record, this.#position);
  }

  #overflow(pass: Pass): void {
    pass.overflowed++;
    const known = pass.crowded.has(this.#window) || pass.crowded.size < MAX_CROWDED;
    const window = known ? this.#window : windowStart(pass.rule.grid, this.#file.interval);
    pass.crowded.set(window, (pass.crowded.get(window) ?? 0) + 1);
  }

  #find(timing: Timing): void {
    const { path, maxFuture, grid } = timing;
    this.#position.at = eventTime(toldTime(this.#record, path), maxFuture, this.#file);
    this.#window = windowStart(grid, this.#position.at);
    this.#timing = timing;
  }

  #tally(pass: Pass, window: number, partition: Partition): Tally | undefined {
    let partitions = pass.windows.get(window);
    let entry = partitions?.get(partition.name);
    if (entry === undefined) {
      if (pass.entries >= this.#limit || this.#tallies >= MAX_TALLIES) return undefined;
      pass.entries++;
      this.#tallies++;
      if (partitions === undefined) {
        partitions = new Map();
        pass.windows.set(window, partitions);
      }
      entry = { partition, tally: newTally() };
      partitions.set(partition.name, entry);
    }
    pass.window = window;
    pass.name = partition.name;
    pass.tally = entry.tally;
    return entry.tally;
  }

  /** Records that found no room among their rules' partitions. */
  get overflowed(): number {
    let sum = 0;
    for (const pass of this.#passes) sum += pass?.overflowed ?? 0;
    return sum;
  }

  /** What the file contributes, by rule, to its health too; of a rule that failed nothing else. */
  *contributions(): Generator<{ rule: CompiledRule; contributions: Contribution[] }> {
    for (const pass of this.#passes) {
      if (pass === undefined) continue;
      const { rule, failure, overflowed } = pass;
      if (failure === undefined) yield { rule, contributions: this.#of(pass) };
      const ailing = failure ?? (overflowed > 0 ? this.#crowded(pass) : undefined);
      if (ailing !== undefined) yield { rule: healthOf(rule), contributions: [this.#ailment(rule, ailing)] };
    }
  }

  #crowded({ entries, overflowed }: Pass): string {
    const whose =
      entries < this.#limit ? `all rules together have more than ${MAX_TALLIES}` : `it has more than ${this.#limit}`;
    return `${whose} partitions in one file; ${overflowed} records of others are not judged. Partition it by less, or narrow source.where`;
  }

  #ailment(rule: CompiledRule, text: string): Contribution {
    const { id: file, interval, receivedAt } = this.#file;
    return ailment(text, { window: windowStart(healthOf(rule).grid, interval), file, receivedAt });
  }

  #of({ rule, windows, overflowed, crowded }: Pass): Contribution[] {
    const { receivedAt } = this.#file;
    const contributions: Contribution[] = [];
    for (const [window, partitions] of windows) {
      for (const { partition: of, tally: running } of partitions.values()) {
        if (running.n === 0 && running.kept === undefined) continue;
        const { values } = of;
        const tally = rule.frame.settle(running);
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
      for (const [window, n] of rule.whole ? crowded : []) {
        contributions.push({ group: WHOLE_RULE, partition: OTHER, values: [], window, tally: { n }, receivedAt });
      }
    }
    return contributions;
  }
}

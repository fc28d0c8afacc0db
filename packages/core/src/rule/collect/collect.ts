/**
 * One pass over a file's records: what each adds to the rules that want it, in memory, bounded.
 */
import { log, messageOf } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { eventTime, toldTime, windowStart } from '../judge/window.ts';
import { type Census, EVERYONE, takeCensus } from '../measure/census.ts';
import { MAX_KEYS_A_FILE } from '../measure/kept.ts';
import type { Contribution, Tally } from '../measure/tally.ts';
import { ailment, faultText, healthOf } from '../run/health.ts';
import type { Candidates } from './candidates.ts';
import type { CompiledRule, Partition, Timing } from './compile.ts';
import { CENSUS, OTHER, partitionKey, WHOLE_RULE } from './group-name.ts';
import { Room } from './room.ts';

/** Tallies, of each partition and window, that a rule may have in one file: so that each of a few windows may have all its partitions. */
export const MAX_TALLIES_A_RULE = 50_000;
/** The same over all rules of a file: what a thousand rules keep has to fit a function's memory, too. */
const MAX_TALLIES = 200_000;
/** Fewer partitions in a window than this are not counted over files: their census would cost as much as they do. */
const COUNTED_FROM = 32;

/** The file a pass is over. Times in ms; `id` tells it from every other file. */
export interface SourceFile {
  readonly id: string;
  readonly interval: number;
  readonly receivedAt: number;
  readonly collection: string;
}

/** What a rule has of the file so far. What each record needs lies here itself: with thousands of rules, every step to another object counts. */
interface Pass {
  readonly rule: CompiledRule;
  readonly timing: Timing;
  readonly partitionOf: CompiledRule['partitionOf'];
  readonly add: CompiledRule['signal']['add'];
  readonly room: Room;
  /** Where the last record went: the next most often goes there, too. */
  window: number;
  name: string;
  tally: Tally | undefined;
  failure: string | undefined;
}

export class Collector {
  readonly #candidates: Candidates;
  readonly #file: SourceFile;
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
  /** Of all rules; and how many of them each may have. */
  #tallies = 0;
  #share = MAX_TALLIES_A_RULE;

  constructor(candidates: Candidates, file: SourceFile) {
    this.#candidates = candidates;
    this.#file = file;
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
    const { timing, partitionOf, frame, grid, maxPartitions } = rule;
    const room = new Room({
      limit: maxPartitions,
      partitioned: rule.rule.partitionBy !== undefined,
      otherwise: windowStart(grid, this.#file.interval),
      room: this.#position.room,
    });
    const none = { window: Number.NaN, name: '', tally: undefined, failure: undefined };
    const pass = { rule, timing, partitionOf, add: frame.add, room, ...none };
    this.#passes[number] = pass;
    return pass;
  }

  #count(pass: Pass): void {
    const partition = pass.partitionOf(this.#record);
    if (partition === undefined) return;
    if (pass.timing !== this.#timing) this.#find(pass.timing);
    let { tally } = pass;
    if (tally === undefined || pass.window !== this.#window || pass.name !== partition.name) {
      tally = this.#tally(pass, partition);
      if (tally === undefined) return;
    }
    pass.add(tally, this.#record, this.#position);
  }

  #find(timing: Timing): void {
    const { path, maxFuture, grid } = timing;
    this.#position.at = eventTime(toldTime(this.#record, path), maxFuture, this.#file);
    this.#window = windowStart(grid, this.#position.at);
    this.#timing = timing;
  }

  #tally(pass: Pass, partition: Partition): Tally | undefined {
    const { room } = pass;
    const before = room.size;
    const tally = room.tally(this.#window, partition, this.#share);
    pass.window = this.#window;
    pass.name = partition.name;
    pass.tally = tally;
    if (room.size === before) return tally;
    this.#tallies += room.size - before;
    if (this.#tallies <= MAX_TALLIES + MAX_TALLIES / 4) return tally;
    this.#settle();
    if (tally !== undefined) pass.tally = room.tally(this.#window, partition, this.#share);
    return pass.tally;
  }

  /** Cuts every rule back to the room it has, and gives all of them less until they fit together. */
  #settle(): void {
    for (;;) {
      this.#tallies = 0;
      for (const pass of this.#passes) {
        if (pass === undefined) continue;
        pass.room.shrink(this.#share);
        pass.tally = undefined;
        this.#tallies += pass.room.size;
      }
      if (this.#tallies <= MAX_TALLIES || this.#share === 1) return;
      this.#share = Math.ceil(this.#share / 2);
    }
  }

  /** Records that found no room among their rules' partitions. */
  get overflowed(): number {
    this.#settle();
    let sum = 0;
    for (const pass of this.#passes) sum += pass?.room.overflowed ?? 0;
    return sum;
  }

  /** What the file contributes, by rule, to its health too; of a rule that failed nothing else. */
  *contributions(): Generator<{ rule: CompiledRule; contributions: Contribution[] }> {
    this.#settle();
    for (const pass of this.#passes) {
      if (pass === undefined) continue;
      const { rule, failure, room } = pass;
      if (failure === undefined) yield { rule, contributions: this.#of(pass) };
      const ailing = failure ?? (room.overflowed > 0 ? this.#crowded(pass) : undefined);
      if (ailing !== undefined) yield { rule: healthOf(rule), contributions: [this.#ailment(rule, ailing)] };
    }
  }

  #crowded({ room, rule: { maxPartitions } }: Pass): string {
    const whose =
      this.#share < MAX_TALLIES_A_RULE
        ? `all rules together have more than ${MAX_TALLIES} partitions and windows`
        : `it has more than ${maxPartitions} partitions in a window, or ${MAX_TALLIES_A_RULE} in all windows,`;
    return `${whose} in one file; ${room.overflowed} records of others are not judged. Partition it by less, or narrow source.where`;
  }

  #ailment(rule: CompiledRule, text: string): Contribution {
    const { id: file, interval, receivedAt } = this.#file;
    return ailment(text, { window: windowStart(healthOf(rule).grid, interval), file, receivedAt });
  }

  #of({ rule, room }: Pass): Contribution[] {
    const { receivedAt } = this.#file;
    const contributions: Contribution[] = [];
    const markers = markerGroup(rule);
    const mark = (window: number, census: Census) =>
      contributions.push({
        group: markers,
        partition: OTHER,
        values: [],
        window,
        tally: { n: 0, census },
        receivedAt,
      });
    for (const [window, { entries, cut }] of room.windows) {
      const hashes: number[] = [];
      for (const { partition: of, hash, tally: running } of entries.values()) {
        if (running.n === 0 && running.kept === undefined) continue;
        const { values } = of;
        const tally = rule.frame.settle(running);
        const partition = partitionKey(values);
        const group = rule.whole ? WHOLE_RULE : partition;
        contributions.push({ group, partition, values, window, tally, receivedAt });
        hashes.push(hash);
      }
      if (hashes.length >= COUNTED_FROM || cut < EVERYONE) mark(window, takeCensus(hashes, cut));
    }
    for (const window of room.lost) mark(window, takeCensus([], 0));
    if (room.overflowed > 0) {
      log.warn('a rule has more partitions than it may; the rest are not judged', {
        rule: rule.rule.id,
        records: room.overflowed,
      });
    }
    return contributions;
  }
}

/** The group whose windows tell which partitions the rule has: its only one, or one of its own. */
function markerGroup({ whole, rule }: CompiledRule): KeyPart {
  if (whole) return WHOLE_RULE;
  return rule.partitionBy === undefined ? partitionKey([]) : CENSUS; // isOneOfMany
}

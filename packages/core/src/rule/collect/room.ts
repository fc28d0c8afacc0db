/**
 * The tallies of one rule in one file, by window and partition, as far as there is room: of each window those partitions whose
 * hashes are least, the same ones in whatever order the records come.
 */
import { EVERYONE, hashOfPartition } from '../measure/census.ts';
import { newTally, type Tally } from '../measure/tally.ts';
import type { Partition } from './compile.ts';
import { partitionKey } from './group-name.ts';

export interface Entry {
  readonly partition: Partition;
  readonly hash: number;
  readonly tally: Tally;
}

/** A window under way. */
export interface Crowd {
  readonly entries: Map<string, Entry>;
  /** Partitions from this hash on found no room. */
  cut: number;
}

/** Windows without any room that are told apart. */
const MAX_LOST = 288;

/** So much more than there is room for is let in before it is cut back, so that cutting costs little a record. */
function isCrowded(size: number, room: number): boolean {
  return size > room + room / 4 + 16;
}

export interface RoomOptions {
  /** Partitions a window may have. */
  readonly limit: number;
  /** Whether there is more than one. */
  readonly partitioned: boolean;
  /** The window (ms) that stands for those lost, once there are too many. */
  readonly otherwise: number;
  /** Keys (`dedupeBy`) that may still be kept of the file. */
  readonly room: { keys: number };
}

export class Room {
  /** In the order in which they came. */
  readonly windows = new Map<number, Crowd>();
  /** Windows that found no room at all. */
  readonly lost = new Set<number>();
  /** Tallies of all windows. */
  size = 0;
  /** Records that found no room; where they are told apart by keys, at least each key's first. */
  overflowed = 0;
  readonly #partitioned: boolean;
  /** Partitions of a window. */
  #each: number;
  readonly #otherwise: number;
  readonly #room: RoomOptions['room'];

  constructor({ limit, partitioned, otherwise, room }: RoomOptions) {
    this.#each = limit;
    this.#partitioned = partitioned;
    this.#otherwise = otherwise;
    this.#room = room;
  }

  /**
   * The tally of a partition in a window (ms); undefined where there is no room for it.
   * @param room for tallies of the rule, all windows together.
   */
  tally(window: number, partition: Partition, room: number): Tally | undefined {
    const crowd = this.windows.get(window) ?? this.#begin(window, room);
    const known = crowd?.entries.get(partition.name);
    if (known !== undefined) return known.tally;
    const hash = this.#partitioned ? hashOf(partition) : 0;
    if (crowd === undefined || hash >= crowd.cut) {
      this.overflowed++;
      return undefined;
    }
    const entry = { partition, hash, tally: newTally() };
    crowd.entries.set(partition.name, entry);
    this.size++;
    if (isCrowded(crowd.entries.size, this.#each)) this.#cut(crowd);
    if (isCrowded(this.size, room)) this.shrink(room);
    if (crowd.entries.get(partition.name) === entry) return entry.tally;
    this.overflowed++;
    return undefined;
  }

  #begin(window: number, room: number): Crowd | undefined {
    if (this.lost.has(window) || this.windows.size >= room) {
      this.#lose(window);
      return undefined;
    }
    const crowd = { entries: new Map<string, Entry>(), cut: EVERYONE };
    this.windows.set(window, crowd);
    return crowd;
  }

  #lose(window: number): void {
    this.lost.add(this.lost.has(window) || this.lost.size < MAX_LOST ? window : this.#otherwise);
  }

  /** Leaves what there is room for: halves what a window may have until all have it, and then gives up the last windows. */
  shrink(room: number): void {
    for (const crowd of this.windows.values()) this.#cut(crowd);
    while (this.size > room && this.#each > 1) {
      this.#each = Math.ceil(this.#each / 2);
      for (const crowd of this.windows.values()) this.#cut(crowd);
    }
    if (this.size <= room) return;
    for (const [window, { entries }] of [...this.windows].slice(room)) {
      for (const { tally } of entries.values()) this.#drop(tally);
      this.windows.delete(window);
      this.#lose(window);
    }
  }

  #cut(crowd: Crowd): void {
    if (crowd.entries.size <= this.#each) return;
    const hashes = [...crowd.entries.values()].map(({ hash }) => hash).sort((a, b) => a - b);
    crowd.cut = hashes[this.#each] ?? crowd.cut;
    for (const [name, { hash, tally }] of crowd.entries) {
      if (hash < crowd.cut) continue;
      crowd.entries.delete(name);
      this.#drop(tally);
    }
  }

  #drop({ n, kept }: Tally): void {
    const keys = kept?.rows.size ?? 0;
    this.size--;
    this.overflowed += n + keys;
    this.#room.keys += keys;
  }
}

/** Kept with the partition, which all rules that divide records alike share. */
function hashOf(partition: Partition): number {
  partition.hash ??= hashOfPartition(partitionKey(partition.values));
  return partition.hash;
}

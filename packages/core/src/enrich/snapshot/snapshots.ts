/**
 * Reference data as it was when a file was begun. Whatever a run opens while it works on a file it takes from here, and what
 * was taken is handed over with the run: so a file is enriched from one version of each, however many runs it takes.
 */
import { LostProgress } from '../../stream/index.ts';

export interface Version<T> {
  /** Differs where the data does. */
  readonly id: string;
  readonly value: T;
}

/** Data that is replaced from time to time. */
export interface Replaceable<T> {
  /** Tells it from all others, and by that also what it is read as: the same in every run. */
  readonly name: string;
  newest(): Promise<Version<T>>;
  /** That version, where it is in memory. */
  held(id: string): T | undefined;
  /** What `unpack` makes the same value of. */
  pack(value: T): Buffer;
  unpack(bytes: Buffer): T | Promise<T>;
}

/** What a file was begun with, as it is handed over. */
export interface SavedSnapshot {
  readonly name: string;
  readonly id: string;
  /** Where its bytes are. */
  readonly saved: string;
}

/** Where bytes are kept for a later run, by the name that `save` gives them. */
export interface SnapshotStore {
  save(bytes: Buffer): Promise<string>;
  /** Undefined where they are gone. */
  load(saved: string): Promise<Buffer | undefined>;
}

interface Taken {
  readonly value: unknown;
  /** What it is handed over as. */
  save(store: SnapshotStore): Promise<SavedSnapshot>;
}

/**
 * What one file is enriched from. Memory: beside the newest version of each, the one the file was begun with; and where it is
 * handed over, the bytes of one after the other.
 */
export class Snapshots {
  readonly #store: SnapshotStore | undefined;
  readonly #before: ReadonlyMap<string, SavedSnapshot>;
  readonly #taken = new Map<string, Promise<Taken>>();

  /**
   * @param store without one, nothing can be handed over.
   * @param before what an earlier run over the file handed over.
   */
  constructor(store?: SnapshotStore, before: readonly SavedSnapshot[] = []) {
    this.#store = store;
    this.#before = new Map(before.map((one) => [one.name, one]));
  }

  /**
   * The version that the file was begun with; the newest where it is begun now.
   * @throws LostProgress where that version is gone.
   */
  async take<T>(from: Replaceable<T>): Promise<T> {
    const before = this.#before.get(from.name);
    const taken = this.#taken.get(from.name) ?? (before === undefined ? taking(from) : this.#takeAgain(from, before));
    this.#taken.set(from.name, taken);
    return (await taken).value as T; // what is of one name is of one type
  }

  /** Keeps for the next run what was taken. Again, it writes nothing. */
  async save(): Promise<readonly SavedSnapshot[]> {
    const store = this.#store;
    if (store === undefined) return [];
    const saved: SavedSnapshot[] = [];
    for (const taken of this.#taken.values()) saved.push(await (await taken).save(store)); // one by one: they may be large
    return saved;
  }

  async #takeAgain<T>(from: Replaceable<T>, before: SavedSnapshot): Promise<Taken> {
    const save = async () => before;
    const held = from.held(before.id);
    if (held !== undefined) return { value: held, save };
    const bytes = await this.#store?.load(before.saved);
    if (bytes === undefined) throw new LostProgress(`the version of ${from.name} that the file was begun with`);
    return { value: await from.unpack(bytes), save };
  }
}

async function taking<T>(from: Replaceable<T>): Promise<Taken> {
  const { id, value } = await from.newest();
  return {
    value,
    save: async (store) => ({ name: from.name, id, saved: await store.save(from.pack(value)) }),
  };
}

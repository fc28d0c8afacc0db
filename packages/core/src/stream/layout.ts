/**
 * A layout is how a producer lays its files out: it reads a key and the object's metadata into what the file holds, and
 * writes the key back.
 */
import { MillraceError } from '../runtime/index.ts';
import type { Path } from './record.ts';

/** What a stream file holds. */
export interface Placement {
  readonly project: string;
  readonly collection: string;
  /** Start of the interval, milliseconds since 1970. */
  readonly interval: number;
  /** Tells files of one interval apart; absent where there is just one. */
  readonly part?: string;
}

export interface Layout {
  readonly name: string;
  /** Milliseconds between two intervals. */
  readonly intervalLength: number;
  /** Whether an interval's file is where `key` says: nobody but the producer can tell the names of the others. */
  readonly namesFiles: boolean;
  /** Where a record carries its event time. */
  readonly timePath: Path;
  /** Where a record carries its id. */
  readonly idPath: Path;
  /** @throws UnrecognizedKey where neither key nor metadata tell all of it. */
  parse(key: string, metadata: Readonly<Record<string, string>>): Placement;
  /** The key of a file; the same placement gives the same key. */
  key(placement: Placement): string;
  /** The object metadata a file of this placement carries. */
  metadata(placement: Placement): Record<string, string>;
  /** Key prefixes that all files of these placements have, as long as can be told, in order of time. */
  prefixes(range: PlacementRange): Iterable<string>;
}

/** Files of a project, and of one collection where it is named. */
export interface PlacementRange {
  readonly project: string;
  readonly collection?: string;
  /** Intervals that start in `[from, to)`, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
}

/** Starts of the intervals that begin in `[from, to)`, ms. */
export function* intervalsOf({ from, to }: { readonly from: number; readonly to: number }, length: number) {
  for (let start = Math.ceil(from / length) * length; start < to; start += length) yield start;
}

/** A key that its layout cannot read: the object is announced as quarantined and lies untouched where it is. */
export class UnrecognizedKey extends MillraceError {
  constructor(key: string, message: string) {
    super('unrecognized_key', `"${key}": ${message}`, { retryable: false });
  }
}

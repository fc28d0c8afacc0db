/**
 * What a lookback asks for: the touch files of the intervals before and of a file of conversions, in whichever of two
 * stores. Both give the same touches for the same files.
 */
import type { FilePointer, StreamFile } from '../../event/index.ts';
import { hash, iso, MillraceError } from '../../runtime/index.ts';
import type { Layout } from '../../stream/index.ts';
import { type Attribution, reachOf } from '../definition/definition.ts';
import type { Touch } from '../record/touch.ts';

/** One file a lookback asks for, and what is there. */
export interface LookbackFile {
  readonly collection: string;
  /** Start of the interval, ms. */
  readonly interval: number;
  /** Undefined where there is nothing. */
  readonly file: FilePointer | undefined;
}

/** A lookback's answer. */
export interface Lookback {
  readonly via: 's3' | 'index';
  /** In order of interval, within one in the order the collections are declared. */
  readonly files: readonly LookbackFile[];
  /** Versions of files that went into the index, of those there are; each version read from S3 has a token instead. */
  readonly versions: number;
  /**
   * The touches of visitors from `from` to `to`, ms, and more: whoever attributes them goes by time.
   * @throws LookbackChanged where a file is no longer what was found.
   */
  read(visitors: ReadonlySet<string>, from: number, to: number): Promise<TouchesRead>;
}

export interface TouchesRead {
  readonly touches: readonly Touch[];
  /** Of the versions of files they are from, as far as `versions` does not count them. */
  readonly tokens: readonly string[];
}

/** A touch file changed between being looked for and being read: look again. */
export class LookbackChanged extends MillraceError {
  constructor(file: Pick<FilePointer, 'bucket' | 'key'>, cause: unknown) {
    super('lookback_changed', `s3://${file.bucket}/${file.key} changed while it was read; try again`, { cause });
  }
}

/** Lines of a file, at most; rows of the next file come after. */
export const ROWS = 2 ** 32;

/** Names a version of a file among those that results were made from. */
export function versionToken({ key, etag }: Pick<FilePointer, 'key' | 'etag'>): string {
  return hash(key, etag).slice(0, 12);
}

/** What a lookback from the conversions of `source` asks for. */
export interface Asked {
  readonly collection: string;
  /** Start of the interval, ms. */
  readonly interval: number;
}

/** Every interval that the lookback, and the visits under way when it begins, reach into. */
export function asked({ interval }: Pick<StreamFile, 'interval'>, attribution: Attribution, layout: Layout): Asked[] {
  const own = Date.parse(interval);
  const all: Asked[] = [];
  for (let back = Math.ceil(reachOf(attribution, layout) / layout.intervalLength); back >= 0; back--) {
    for (const collection of attribution.touches.collections)
      all.push({ collection, interval: own - back * layout.intervalLength });
  }
  return all;
}

/** The intervals something is missing of, for people. */
export function intervalsOf(missing: readonly Asked[]): string[] {
  return [...new Set(missing.map(({ interval }) => interval))].map(iso);
}

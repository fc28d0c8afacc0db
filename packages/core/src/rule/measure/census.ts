/**
 * How many partitions a rule has in a window, and which of them are judged where it has too many: those whose hashes are least,
 * so that neither the order of files nor how they are cut has a say. A file leaves the least hashes of its partitions (a
 * bottom-k sketch: K. Beyer et al., "On synopses for distinct-value estimation under multiset operations", 2007); those of all
 * files together tell how many partitions there are. Pure.
 */
import type { KeyPart } from '../../table/index.ts';
import { hash32 } from './distinct.ts';

/** Partitions a rule may have in a window, whatever files they are in. */
export const MAX_PARTITIONS = 10_000;
/** Beyond every hash: all partitions are there. */
export const EVERYONE = 2 ** 32;
/** Hashes that are kept: 5.4 KB as text, for a standard error of 3 % in how many partitions there are. */
const SAMPLE = 1000;
/** What is aimed at where there are too many, so that an estimate four standard errors off still grants what is promised. */
const HEADROOM = 1.125;

export interface Census {
  /** Partitions whose hash is this or more may lack records, or be missing. */
  readonly cut: number;
  /** The least hashes of the partitions, ascending, all of them below the cut. */
  readonly least: readonly number[];
}

/** Where a partition stands among all there could be: 32 bits. */
export function hashOfPartition(partition: KeyPart): number {
  return hash32(partition);
}

/** @param hashes of partitions that are there whole, in any order, each once. @param cut as `Census` has it. */
export function takeCensus(hashes: readonly number[], cut: number): Census {
  return { cut, least: [...hashes].sort((a, b) => a - b).slice(0, SAMPLE) };
}

/** Of the files of both; neither is changed. */
export function mergeCensuses(a: Census, b: Census): Census {
  const cut = Math.min(a.cut, b.cut);
  const hashes = new Set([...a.least, ...b.least].filter((hash) => hash < cut));
  return takeCensus([...hashes], cut);
}

/**
 * Up to which hash (exclusive) partitions are judged: all of them where there are no more than `limit`; else some `limit` times
 * 1.125. More files never raise it.
 */
export function cutOf({ cut, least }: Census, limit: number): number {
  const sample = Math.min(SAMPLE, limit);
  const highest = least[sample - 1];
  if (highest === undefined) return cut;
  return Math.min(cut, Math.ceil((highest * limit * HEADROOM) / sample));
}

/** The cut, and the hashes four bytes each. */
export type WrittenCensus = [cut: number, least: string];

export function writeCensus({ cut, least }: Census): WrittenCensus {
  const bytes = Buffer.alloc(4 * least.length);
  for (const [n, hash] of least.entries()) bytes.writeUInt32LE(hash, 4 * n);
  return [cut, bytes.toString('base64')];
}

/** What `writeCensus` wrote. */
export function readCensus([cut, least]: WrittenCensus): Census {
  const bytes = Buffer.from(least, 'base64');
  return { cut, least: Array.from({ length: bytes.length / 4 }, (_, n) => bytes.readUInt32LE(4 * n)) };
}

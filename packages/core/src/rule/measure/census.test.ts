import { describe, expect, it } from 'vitest';
import { keyPart } from '../../table/index.ts';
import {
  cutOf,
  EVERYONE,
  hashOfPartition,
  MAX_PARTITIONS,
  mergeCensuses,
  readCensus,
  takeCensus,
  writeCensus,
} from './census.ts';

const hashes = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => hashOfPartition(keyPart(JSON.stringify([`machine-${from + n}`]))));
/** Files of `size` partitions each, as many as it takes; `overlap` of each are in the one before, too. */
const filesOf = (count: number, size: number, overlap = 0) =>
  Array.from({ length: Math.ceil(count / (size - overlap)) }, (_, n) => {
    const from = n * (size - overlap);
    return takeCensus([...new Set(hashes(from, Math.min(from + size, count)))], EVERYONE);
  });
const judgedOf = (count: number, cut: number) => hashes(0, count).filter((hash) => hash < cut).length;

describe('a census over the files of a window', () => {
  it.each([1, 40, 999, 5000, MAX_PARTITIONS])('judges all of %i partitions', (count) => {
    for (const size of [100, 1500]) {
      const cut = cutOf(filesOf(count, size, 20).reduce(mergeCensuses), MAX_PARTITIONS);
      expect(judgedOf(count, cut)).toBe(count);
    }
  });

  it.each([15_000, 50_000, 300_000])('judges ten to twelve and a half thousand of %i', (count) => {
    const judged = judgedOf(count, cutOf(filesOf(count, 9000).reduce(mergeCensuses), MAX_PARTITIONS));
    expect(judged).toBeGreaterThanOrEqual(10_000);
    expect(judged).toBeLessThanOrEqual(12_500);
  });

  it('is lowered by further files, and never raised', () => {
    const files = filesOf(40_000, 2000);
    const cuts = files.map((_, n) => cutOf(files.slice(0, n + 1).reduce(mergeCensuses), MAX_PARTITIONS));
    expect(cuts).toEqual([...cuts].sort((a, b) => b - a));
    expect(cuts[0]).toBe(EVERYONE);
    expect(cuts.at(-1)).toBeLessThan(EVERYONE / 3);
  });

  it('is never above what one of the files cut itself back to', () => {
    const crowded = takeCensus([1, 2, 3], 4);
    expect(cutOf(mergeCensuses(crowded, takeCensus(hashes(0, 50), EVERYONE)), MAX_PARTITIONS)).toBe(4);
  });

  it('is read as it was written', () => {
    const census = takeCensus(hashes(0, 1500), 2 ** 31 + 7);
    expect(readCensus(writeCensus(census))).toEqual(census);
    expect(JSON.stringify(writeCensus(census)).length).toBeLessThan(6000);
  });
});

/**
 * What a group's files said, by cell: the windows of a sliding rule are put together from theirs. Pure.
 */
import type { KeyPart } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { mergeTallies, type Tally } from '../measure/tally.ts';
import type { Tallies } from './frame/frame.ts';

/** A group's tallies by start of cell, ms. */
export type Windows = ReadonlyMap<number, Tallies>;

export interface Cells {
  /** What is to be judged at the end of the cell that starts at `start` (ms); undefined for nothing. */
  at(start: number): Tallies | undefined;
  /** Start of the first cell at or after `start` (ms) with something to judge; Infinity where there is none. */
  next(start: number): number;
}

/** Cells one by one, or each with those before it that its window reaches back to. */
export function cellsOf({ grid, frame, signal }: CompiledRule, windows: Windows): Cells {
  const starts = [...windows.keys()].sort((a, b) => a - b);
  let passed = 0;
  const next = (start: number) => {
    if ((starts[passed - 1] ?? Number.NEGATIVE_INFINITY) + frame.reach >= start) passed = 0;
    while ((starts[passed] ?? Number.POSITIVE_INFINITY) + frame.reach < start) passed++;
    return Math.max(starts[passed] ?? Number.POSITIVE_INFINITY, start);
  };
  if (frame.reach === 0) return { at: (start) => windows.get(start), next };
  return {
    next,
    at(start) {
      const merged = new Map<KeyPart, Tally>();
      for (let cell = start - frame.reach; cell <= start; cell += grid.size) {
        for (const [partition, tally] of windows.get(cell) ?? []) {
          const known = merged.get(partition);
          merged.set(partition, known === undefined ? tally : mergeTallies(known, tally, signal.extreme));
        }
      }
      return merged.size === 0 ? undefined : merged;
    },
  };
}

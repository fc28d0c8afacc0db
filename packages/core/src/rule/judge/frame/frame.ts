/**
 * How records gather into what is judged. Time goes by in cells of equal length; contributions are kept by cell, and at the
 * end of each cell a frame says which window came to its end there, and what is in it. What it has to remember between cells
 * (an open session, the newest records, a sequence half seen) is held with the group's state. Here is what all frames have in
 * common, and the plain one. Pure.
 */
import type { KeyPart } from '../../../table/index.ts';
import { partitionKey } from '../../collect/group-name.ts';
import type { CompiledSignal } from '../../measure/judgement.ts';
import type { Row } from '../../measure/rows.ts';
import type { Matching } from '../../measure/sequence.ts';
import { settled, type Tally } from '../../measure/tally.ts';
import type { Outcome } from '../machine.ts';
import type { Window } from '../window.ts';

/** The partitions of one window that have something to say. */
export type Tallies = ReadonlyMap<KeyPart, Tally>;

/** What a frame remembers; JSON. Times in ms. */
export type Held =
  | { readonly is: 'session'; readonly from: number; readonly to: number; readonly says: string }
  | { readonly is: 'rows'; readonly rows: readonly Row[] }
  | { readonly is: 'matching'; readonly matching: Matching }
  /** `perhaps`: up to when it may have been seen since. */
  | { readonly is: 'seen'; readonly at: number; readonly perhaps?: number };

/** Of what there were too many: values of `dedupeBy` in a partition, or partitions. */
export type Excess = 'keys' | 'partitions';

/** What a cell brought. */
export interface Gathered {
  /** The same object where nothing changed. */
  readonly held: Held | undefined;
  /** What is judged; the cell itself where nothing ended in it. */
  readonly window: Window;
  readonly tallies: Tallies;
  /** Stands for the judgement. */
  readonly outcome?: Outcome;
  /** What is judged is not all there was: it clears nothing, and raises only what more of it cannot undo. */
  readonly partial?: Excess;
}

export interface Frame {
  /** Ms before its cell that a window may begin, so that the cells there are needed, too. */
  readonly reach: number;
  readonly add: CompiledSignal['add'];
  /** What a file contributes, once all its records are added. */
  settle(tally: Tally): Tally;
  /** @param tallies of the cell (sliding: of its window); undefined where there is none. */
  gather(held: Held | undefined, cell: Window, tallies: Tallies | undefined): Gathered;
  /** What is left of what is held after a cell of which nothing is known: what would have a gap begins anew. */
  miss(held: Held, cell: Window): Held | undefined;
  /** Times (ms) at which what is held may change though no record comes. */
  moments(held: Held): number[];
}

export const NOTHING: Tallies = new Map();
export const nothing = () => undefined;

/** A cell is a window. */
export function plainFrame(signal: CompiledSignal): Frame {
  return {
    reach: 0,
    add: signal.add,
    settle: (tally) => settled(tally, signal.extreme),
    gather: (held, window, tallies = NOTHING) => ({ held, window, tallies }),
    miss: nothing,
    moments: () => [],
  };
}

/** Adds, and notes when. */
export function timed(add: CompiledSignal['add']): CompiledSignal['add'] {
  return (tally, record, position) => {
    const before = tally.n;
    add(tally, record, position);
    if (tally.n === before) return;
    const { at } = position;
    if (tally.from === undefined || at < tally.from) tally.from = at;
    if (tally.to === undefined || at > tally.to) tally.to = at;
  };
}

/** The one tally of a partition that is judged by itself. */
export function only(tallies: Tallies | undefined): Tally | undefined {
  const [tally] = tallies?.values() ?? [];
  return tally;
}

const ANY_NAME = partitionKey([]);

/** A tally under any name: the partition is judged by itself. */
export const alone = (tally: Tally): Tallies => new Map([[ANY_NAME, tally]]);

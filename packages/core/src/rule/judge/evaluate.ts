/**
 * Evaluating a group over its windows, in event time. Pure: the same windows up to the same watermark give the same
 * transitions, however they were cut into files and in whatever order those came.
 */

import type { CompiledRule } from '../collect/compile.ts';
import { type Cells, cellsOf, type Windows } from './cells.ts';
import type { Excess } from './frame/frame.ts';
import { BLANK, type Memory, nextMoment, type Step, step } from './group.ts';
import type { Transition } from './machine.ts';
import { type Announcement, type News, reconcile } from './revise.ts';
import { firstEndingAt, windowStart } from './window.ts';

/** A group as it stood after a window. */
export interface Standing {
  /** End of the last window that said or changed something, ms; undefined before the first. */
  readonly through: number | undefined;
  readonly memory: Memory;
}

export const UNBEGUN: Standing = { through: undefined, memory: BLANK };

/** What `run` tells of each cell it looked at. */
export type Observer = (step: Step) => void;

/**
 * Steps through the cells from where the group stands to the last one that is final at `watermark`. Cells without a record
 * are looked at only where they can change something, so a quiet year costs nothing.
 */
export function run(
  rule: CompiledRule,
  from: Standing,
  windows: Windows,
  watermark: number,
  observe?: Observer,
): { standing: Standing; transitions: Transition[] } {
  const cells = cellsOf(rule, windows);
  const { size } = rule.grid;
  const transitions: Transition[] = [];
  let { through, memory } = from;
  let start = through ?? cells.next(Number.NEGATIVE_INFINITY);
  while (start + size <= watermark) {
    const tallies = cells.at(start);
    const taken = step(rule, memory, { start, end: start + size }, tallies);
    observe?.(taken);
    transitions.push(...taken.transitions);
    const idle = tallies === undefined && taken.memory === memory;
    memory = taken.memory;
    const end = start + size;
    if (idle) start = nextCell(rule, memory, cells, end);
    else {
      through = end;
      start = end;
    }
  }
  return { standing: { through, memory }, transitions };
}

/** Start of the first cell from `time` (ms) on that has something to say, or that changes the group in silence. */
function nextCell(rule: CompiledRule, memory: Memory, cells: Cells, time: number): number {
  return Math.min(cells.next(time), firstEndingAt(rule.grid, nextMoment(rule, memory, time)));
}

/**
 * What an early rule raises in the window that is under way at `watermark` (ms). All windows before it are final, and no record
 * can undo what it raises; so the episode is the one the final window will raise, word
 * for word, but for the levels that fire beside it.
 */
export function raisedAhead(
  rule: CompiledRule,
  { through, memory }: Standing,
  windows: Windows,
  watermark: number,
): Transition[] {
  const start = windowStart(rule.grid, watermark);
  if (!rule.early || (through ?? Number.NEGATIVE_INFINITY) > start) return [];
  const tallies = cellsOf(rule, windows).at(start);
  if (tallies === undefined) return [];
  return step(rule, memory, { start, end: start + rule.grid.size }, tallies).transitions.filter(
    ({ kind }) => kind === 'raise',
  );
}

/** What is kept of a group between evaluations. */
export interface Kept {
  /** As it stood at the watermark less the grace: nothing before it can change any more. */
  readonly base: Standing;
  /** What was announced of the windows after the base. */
  readonly announced: readonly Announcement[];
}

export const NEW_GROUP: Kept = { base: UNBEGUN, announced: [] };

/** A window (its end, ms), and of what it had too many. */
export interface PartlyJudged {
  readonly end: number;
  readonly of: Excess;
}

export interface Evaluation extends Kept {
  /** What is to be announced now. */
  readonly news: readonly News[];
  /** The final windows of which only a part could be judged. */
  readonly partial: readonly PartlyJudged[];
  /** Watermark (ms) from which another evaluation may differ though no file comes; undefined for never. */
  readonly wake: number | undefined;
}

/**
 * Evaluates a group: replays the windows within grace over its base, compares with what was announced, and moves the
 * base on. Windows before the base are not looked at.
 */
export function evaluate(rule: CompiledRule, kept: Kept, windows: Windows, watermark: number): Evaluation {
  const settled = windowStart(rule.grid, watermark - rule.grace);
  const partly: PartlyJudged[] = [];
  const observe: Observer = ({ partial, window }) => void (partial && partly.push({ end: window.end, of: partial }));
  const toBase = run(rule, kept.base, windows, settled, observe);
  const base = toBase.standing;
  const { standing, transitions } = run(rule, base, windows, watermark, observe);
  const ahead = raisedAhead(rule, standing, windows, watermark);
  const { announced, news } = reconcile(kept.announced, [...toBase.transitions, ...transitions, ...ahead], watermark);
  const open = announced.filter((one) => one.window.end > settled);
  const wake = wakeTime(rule, base, standing, { windows, announced: open, watermark });
  return { base, announced: open, news, partial: partly, wake };
}

interface Horizon {
  readonly windows: Windows;
  readonly announced: readonly Announcement[];
  readonly watermark: number;
}

/** The earlier of the next change that silence brings and the time at which all of it can be folded into the base. */
function wakeTime(rule: CompiledRule, base: Standing, standing: Standing, horizon: Horizon): number | undefined {
  const unfolded = horizon.announced.map((one) => one.window.end);
  if (standing.through !== undefined && standing.through !== base.through) unfolded.push(standing.through);
  const fold = unfolded.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...unfolded) + rule.grace;
  const wake = Math.min(fold, firstChangeInSilence(rule, standing, horizon));
  return Number.isFinite(wake) ? wake : undefined;
}

/** End of the first cell after the watermark that changes the group if no record comes; Infinity where none does. */
function firstChangeInSilence(
  rule: CompiledRule,
  { through, memory }: Standing,
  { windows, watermark }: Horizon,
): number {
  if (through === undefined) return Number.POSITIVE_INFINITY;
  const { size } = rule.grid;
  const known = new Map([...windows].filter(([start]) => start + size <= watermark));
  const cells = cellsOf(rule, known);
  let start = Math.max(through, windowStart(rule.grid, watermark));
  while (Number.isFinite(start)) {
    const end = start + size;
    const tallies = cells.at(start);
    if (step(rule, memory, { start, end }, tallies).memory !== memory) return end;
    start = tallies === undefined ? nextCell(rule, memory, cells, end) : end; // as `run` goes
  }
  return start;
}

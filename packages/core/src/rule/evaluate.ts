/**
 * Evaluating a group over its windows, in event time. Pure: the same windows up to the same watermark give the same
 * transitions, however they were cut into files and in whatever order those came.
 */
import type { CompiledRule } from './compile.ts';
import { BLANK, type Memory, nextMoment, type Step, step, type Tallies } from './group.ts';
import type { Transition } from './machine.ts';
import { type Announcement, type News, reconcile } from './revise.ts';
import { firstEndingAt, type Window, windowStart } from './window.ts';

/** A group's tallies by start of window, ms. */
export type Windows = ReadonlyMap<number, Tallies>;

/** A group as it stood after a window. */
export interface Standing {
  /** End of the last window that said or changed something, ms; undefined before the first. */
  readonly through: number | undefined;
  readonly memory: Memory;
}

export const UNBEGUN: Standing = { through: undefined, memory: BLANK };

/** What `run` tells of each window it looked at. */
export type Observer = (window: Window, step: Step) => void;

/**
 * Steps through the windows from where the group stands to the last one that is final at `watermark`. Windows without a
 * record are looked at only where they can change something, so a quiet year costs nothing.
 */
export function run(
  rule: CompiledRule,
  from: Standing,
  windows: Windows,
  watermark: number,
  observe?: Observer,
): { standing: Standing; transitions: Transition[] } {
  const { size } = rule.grid;
  const starts = [...windows.keys()].filter((start) => start >= (from.through ?? start)).sort((a, b) => a - b);
  const transitions: Transition[] = [];
  let { through, memory } = from;
  let next = 0;
  let start = through ?? starts[0] ?? Number.POSITIVE_INFINITY;
  while (start + size <= watermark) {
    while ((starts[next] ?? Number.POSITIVE_INFINITY) < start) next++;
    const window = { start, end: start + size };
    const tallies = windows.get(start);
    const taken = step(rule, memory, window, tallies);
    observe?.(window, taken);
    if (taken.transition !== undefined) transitions.push(taken.transition);
    const idle = tallies === undefined && taken.memory === memory;
    memory = taken.memory;
    if (idle) {
      const moment = nextMoment(rule, memory, window.end);
      start = Math.min(starts[next] ?? Number.POSITIVE_INFINITY, firstEndingAt(rule.grid, moment));
    } else {
      through = window.end;
      start = window.end;
    }
  }
  return { standing: { through, memory }, transitions };
}

/** What is kept of a group between evaluations. */
export interface Kept {
  /** As it stood at the watermark less the grace: nothing before it can change any more. */
  readonly base: Standing;
  /** What was announced of the windows after the base. */
  readonly announced: readonly Announcement[];
}

export const NEW_GROUP: Kept = { base: UNBEGUN, announced: [] };

export interface Evaluation extends Kept {
  /** What is to be announced now. */
  readonly news: readonly News[];
  /** Watermark (ms) from which another evaluation may differ though no file comes; undefined for never. */
  readonly wake: number | undefined;
}

/**
 * Evaluates a group: replays the windows within grace over its base, compares with what was announced, and moves the
 * base on. Windows before the base are not looked at.
 */
export function evaluate(rule: CompiledRule, kept: Kept, windows: Windows, watermark: number): Evaluation {
  const settled = windowStart(rule.grid, watermark - rule.grace);
  const toBase = run(rule, kept.base, windows, settled);
  const base = toBase.standing;
  const { standing, transitions } = run(rule, base, windows, watermark);
  const { announced, news } = reconcile(kept.announced, [...toBase.transitions, ...transitions], watermark);
  const open = announced.filter((one) => one.window.end > settled);
  return { base, announced: open, news, wake: wakeTime(rule, base, standing, open, watermark) };
}

/** The earlier of the next change that silence brings and the time at which all of it can be folded into the base. */
function wakeTime(
  rule: CompiledRule,
  base: Standing,
  standing: Standing,
  open: readonly Announcement[],
  watermark: number,
): number | undefined {
  const unfolded = open.map((one) => one.window.end);
  if (standing.through !== undefined && standing.through !== base.through) unfolded.push(standing.through);
  const fold = unfolded.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...unfolded) + rule.grace;
  const wake = Math.min(fold, firstChangeInSilence(rule, standing, watermark));
  return Number.isFinite(wake) ? wake : undefined;
}

/** End of the first window after the watermark that changes the group if no record comes; Infinity where none does. */
function firstChangeInSilence(rule: CompiledRule, { through, memory }: Standing, watermark: number): number {
  if (through === undefined) return Number.POSITIVE_INFINITY;
  const { size } = rule.grid;
  let start = Math.max(through, windowStart(rule.grid, watermark));
  while (Number.isFinite(start)) {
    const window = { start, end: start + size };
    if (step(rule, memory, window, undefined).memory !== memory) return window.end;
    start = firstEndingAt(rule.grid, nextMoment(rule, memory, window.end));
  }
  return start;
}

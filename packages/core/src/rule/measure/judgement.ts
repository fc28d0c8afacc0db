/**
 * What a compiled signal is: how a record adds to a tally, and what a tally says of a window.
 */
import type { JsonObject } from '../../stream/index.ts';
import type { Extreme, Tally } from './tally.ts';

/** Where a record stands; decides between two values of the same event time. Times in ms. */
export interface Position {
  readonly at: number;
  readonly interval: number;
  readonly file: string;
  readonly row: number;
  /** Of its file. */
  readonly collection: string;
  /** Keys that may still be kept of its file (`kept.ts`); any number where absent. */
  readonly room?: { keys: number };
}

/** What one partition's window says. `nodata`: nothing could be measured. */
export interface Judgement {
  readonly status: 'breach' | 'ok' | 'nodata';
  /** What was measured, for people. */
  readonly value: string;
  /** The window's number, where it is one: for a change it joins the history, and it is drawn beside the alert. */
  readonly measured?: number;
}

/** The number of an earlier window; its start in ms. */
export interface Past {
  readonly start: number;
  readonly value: number;
}

export interface CompiledSignal {
  readonly extreme: Extreme;
  /** For people: `count >= 3`. */
  readonly threshold: string;
  /** Earlier windows with data that `judge` wants, at most. */
  readonly historyLength: number;
  /** ms; those that began longer before are not wanted. */
  readonly historyReach?: number;
  add(tally: Tally, record: JsonObject, position: Position): void;
  /** @param history newest last. @param start of the window, ms. */
  judge(tally: Tally, history: readonly Past[], start: number): Judgement;
  /** Whether a firing alert goes on though the window does not breach: it has not recovered. */
  holdsOn?(tally: Tally): boolean;
}

export const NO_DATA: Judgement = { status: 'nodata', value: 'no data' };

export function judgement(breaches: boolean, value: string, measured?: number): Judgement {
  const status = breaches ? 'breach' : 'ok';
  return measured === undefined || !Number.isFinite(measured) ? { status, value } : { status, value, measured };
}

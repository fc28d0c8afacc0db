/**
 * How records gather into what is judged. Time goes by in cells of equal length; contributions are kept by cell, and at the
 * end of each cell a frame says which window came to its end there, and what is in it. What it has to remember between cells
 * (an open session, the newest records, a sequence half seen) is held with the group's state. Pure.
 */
import { milliseconds } from '../../runtime/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { OTHER, partitionKey } from '../collect/group-name.ts';
import type { Rule } from '../definition/schema.ts';
import type { CompiledSignal } from '../measure/judgement.ts';
import { inRowOrder, mergeRows, type Row } from '../measure/rows.ts';
import type { CompiledSequence, Matching } from '../measure/sequence.ts';
import { mergeTallies, readTally, settled, type Tally, writeTally } from '../measure/tally.ts';
import type { Outcome } from './machine.ts';
import type { Window } from './window.ts';

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

const NOTHING: Tallies = new Map();
const none = () => [];
const nothing = () => undefined;

/** @param sequence of a rule that is one. */
export function frameOf(rule: Rule, signal: CompiledSignal, sequence: CompiledSequence | undefined): Frame {
  const { window } = rule;
  if (sequence !== undefined) return sequenceFrame(rule, sequence);
  const plain = plainFrame(signal);
  if (rule.signal.kind === 'absence') return absenceFrame(rule.signal.expect, slidingFrame(plain, window));
  switch (window?.kind) {
    case 'sliding':
      return slidingFrame(plain, window);
    case 'session':
      return sessionFrame(signal, milliseconds(window.gap), milliseconds(window.max));
    case 'count':
      return countFrame(signal, window.n, milliseconds(window.maxAge));
    default:
      return plain;
  }
}

/** A cell is a window. */
export function plainFrame(signal: CompiledSignal): Frame {
  return {
    reach: 0,
    add: signal.add,
    settle: (tally) => settled(tally, signal.extreme),
    gather: (held, window, tallies = NOTHING) => ({ held, window, tallies }),
    miss: nothing,
    moments: none,
  };
}

/** A window is the cells of its size up to the end of one; see `cells.ts`. */
function slidingFrame(plain: Frame, window: Rule['window']): Frame {
  if (window?.kind !== 'sliding') return plain;
  const reach = milliseconds(window.size) - milliseconds(window.hop);
  return {
    ...plain,
    reach,
    gather: (held, { start, end }, tallies = NOTHING) => ({ held, window: { start: start - reach, end }, tallies }),
  };
}

/** Adds, and notes when. */
function timed(add: CompiledSignal['add']): CompiledSignal['add'] {
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
function only(tallies: Tallies | undefined): Tally | undefined {
  const [tally] = tallies?.values() ?? [];
  return tally;
}

/** A tally under any name: the partition is judged by itself. */
const alone = (tally: Tally): Tallies => new Map([['' as KeyPart, tally]]); // never becomes part of a key

type Session = Extract<Held, { is: 'session' }>;

/**
 * Sessions: a cell is no longer than the gap, so that all records of one belong together, and at most one session ends in it.
 * A session too long is cut at the end of the cell in which it gets so.
 */
function sessionFrame(signal: CompiledSignal, gap: number, max: number): Frame {
  const begun = (tally: Tally): Session => {
    const { from = 0, to = 0 } = tally;
    return { is: 'session', from, to, says: writeTally(tally) };
  };
  const ended = ({ from, to, says }: Session, by: number) => ({
    window: { start: from, end: Math.min(to + gap, by) },
    tallies: alone(readTally(says)),
  });
  return {
    reach: 0,
    add: timed(signal.add),
    settle: (tally) => settled(tally, signal.extreme),
    gather(held, cell, tallies) {
      const open = held?.is === 'session' ? held : undefined;
      const come = only(tallies);
      const goesOn = open === undefined || come === undefined || (come.from ?? 0) < open.to + gap;
      if (!goesOn) return { held: begun(come), ...ended(open, cell.end) };
      const both =
        open && come
          ? begun(mergeTallies(readTally(open.says), come, signal.extreme))
          : (open ?? (come && begun(come)));
      if (both === undefined) return { held: undefined, window: cell, tallies: NOTHING };
      const over = both.to + gap <= cell.end || both.from + max <= cell.end;
      if (over) return { held: undefined, ...ended(both, cell.end) };
      return { held: both, window: cell, tallies: NOTHING, outcome: { status: 'keep', value: 'the session goes on' } };
    },
    miss: nothing,
    moments: (held) => (held.is === 'session' ? [held.to + gap, held.from + max] : []),
  };
}

/** The newest `n` records as they stand at the end of a cell. */
function countFrame(signal: CompiledSignal, n: number, maxAge: number): Frame {
  const newest = (rows: readonly Row[]) => (rows.length > n ? rows.slice(-n) : rows);
  const { extreme } = signal;
  return {
    reach: 0,
    add(tally, record, position) {
      const single: Tally = { n: 0 };
      signal.add(single, record, position);
      if (single.n === 0) return;
      tally.n++;
      const { at, interval, file, row } = position;
      remember(tally, { at, interval, file, row, says: writeTally(settled(single, extreme)) }, n, newest);
    },
    settle: ({ n: measured, rows = [] }) => ({ n: measured, rows: newest(inOrder(rows)) }),
    gather(held, cell, tallies) {
      const known = held?.is === 'rows' ? held.rows : [];
      const come = only(tallies)?.rows;
      const oldest = cell.end - maxAge;
      const all = come === undefined ? known : newest(mergeRows(known, come));
      const rows = (all[0]?.at ?? oldest) < oldest ? all.filter(({ at }) => at >= oldest) : all;
      const next = rows === known ? held : rows.length === 0 ? undefined : ({ is: 'rows', rows } as const);
      const [first] = rows;
      if (rows.length < n || first === undefined) return { held: next, window: cell, tallies: NOTHING };
      const tally = rows
        .map(({ says }) => readTally(String(says)))
        .reduce((sum, one) => mergeTallies(sum, one, extreme));
      return { held: next, window: { start: first.at, end: cell.end }, tallies: alone(tally) };
    },
    miss: nothing,
    moments: (held) => (held.is === 'rows' ? held.rows.map(({ at }) => at + maxAge + 1) : []),
  };
}

function inOrder(rows: readonly Row[]): readonly Row[] {
  return [...rows].sort(inRowOrder);
}

/** Rows one file may leave of a partition and a cell; beyond it, of records of the same steps in a row the first and last stay. */
const MAX_ROWS = 1000;
const RUN = 32;

/** Sequences: matched at the end of each cell, in the order of event time. */
function sequenceFrame(rule: Rule, sequence: CompiledSequence): Frame {
  const steps = rule.signal.kind === 'sequence' ? rule.signal.steps : [];
  const text = steps.filter(({ absent }) => absent === undefined).map(({ id }) => id);
  return {
    reach: 0,
    add(tally, record, position) {
      const says = sequence.stepsOf(record, position);
      if (says === 0) return;
      tally.n++;
      const { at, interval, file, row } = position;
      remember(tally, { at, interval, file, row, says }, MAX_ROWS, withoutMiddles);
    },
    settle: ({ n, rows = [] }) => ({ n, rows: withoutMiddles(inOrder(rows)) }),
    gather(held, cell, tallies) {
      const before = held?.is === 'matching' ? held.matching : undefined;
      const rows = only(tallies)?.rows ?? [];
      const { after, matched } = sequence.advance(before, rows, cell.end);
      const same = JSON.stringify(after) === JSON.stringify(before);
      const next = same ? held : after && ({ is: 'matching', matching: after } as const);
      const outcome: Outcome =
        matched === undefined
          ? { status: 'ok', value: 'no match' }
          : {
              status: 'breach',
              value: text.join(rule.signal.kind === 'sequence' && rule.signal.ordered ? ' → ' : ' + '),
            };
      return { held: next, window: { start: matched ?? cell.start, end: cell.end }, tallies: NOTHING, outcome };
    },
    miss: nothing,
    moments: (held) => (held.is === 'matching' ? held.matching.pending.map((start) => start + sequence.within) : []),
  };
}

/** Of many rows in order: runs that say the same by their ends, and the newest of what is then left. */
function withoutMiddles(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MAX_ROWS) return rows;
  const kept: Row[] = [];
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && rows[to]?.says === rows[from]?.says) to++;
    if (to - from <= 2 * RUN) kept.push(...rows.slice(from, to));
    else kept.push(...rows.slice(from, from + RUN), ...rows.slice(to - RUN, to));
    from = to;
  }
  return kept.slice(-MAX_ROWS);
}

/** Keeps a row, and now and then drops those that will not be wanted. */
function remember(tally: Tally, row: Row, limit: number, prune: (rows: readonly Row[]) => readonly Row[]): void {
  const rows = (tally.rows ?? []) as Row[]; // its own until it is settled
  rows.push(row);
  tally.rows = rows.length >= 2 * limit + RUN ? [...prune(inOrder(rows))] : rows;
}

type Expect = Extract<Rule['signal'], { kind: 'absence' }>['expect'];

/** A window without the records that are expected breaches. */
function absenceFrame(expect: Expect, frame: Frame): Frame {
  if (typeof expect === 'object' && 'seenWithin' in expect) return seenFrame(frame, milliseconds(expect.seenWithin));
  const values = expect === 'any' ? [] : expect.values;
  const expected = values.map((value) => [value, partitionKey([value])] as const);
  return {
    ...frame,
    gather(held, cell, tallies) {
      const gathered = frame.gather(held, cell, tallies);
      if (expect === 'any') return { ...gathered, outcome: presence(only(tallies)?.n ?? 0) };
      const missing = expected.filter(([, key]) => tallies?.get(key) === undefined).map(([value]) => value);
      const status = missing.length === 0 ? 'ok' : tallies?.has(OTHER) ? 'keep' : 'breach';
      return {
        ...gathered,
        outcome: { status, value: missing.length > 0 ? `none of ${missing.join(', ')}` : 'all are there' },
      };
    },
  };
}

function presence(n: number): Outcome {
  return n === 0
    ? { status: 'breach', value: 'no record' }
    : { status: 'ok', value: n === 1 ? '1 record' : `${n} records` };
}

function seenFrame(frame: Frame, seenWithin: number): Frame {
  return {
    ...frame,
    add: timed(frame.add),
    gather(held, cell, tallies) {
      const gathered = frame.gather(held, cell, tallies);
      const tally = only(tallies);
      const before = held?.is === 'seen' ? held : undefined;
      const at = Math.max(before?.at ?? 0, tally?.to ?? 0);
      if (at + seenWithin > cell.end) {
        return { ...gathered, held: at === before?.at ? held : { is: 'seen', at }, outcome: presence(tally?.n ?? 0) };
      }
      if ((before?.perhaps ?? 0) + seenWithin > cell.end) {
        return { ...gathered, held, outcome: { status: 'keep', value: 'perhaps not expected any more' } };
      }
      return { ...gathered, held: undefined, outcome: { status: 'ok', value: 'not expected any more' } };
    },
    miss: (held, { end }) => (held.is === 'seen' ? { ...held, perhaps: end } : undefined),
    moments: (held) => (held.is === 'seen' ? [held.at, held.perhaps ?? held.at].map((seen) => seen + seenWithin) : []),
  };
}

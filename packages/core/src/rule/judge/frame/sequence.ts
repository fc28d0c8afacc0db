/**
 * Sequences: their records one by one, matched at the end of each cell. Pure.
 */
import { MAX_STEP_COUNT } from '../../definition/signal-schema.ts';
import type { Row } from '../../measure/rows.ts';
import type { CompiledSequence } from '../../measure/sequence.ts';
import type { Outcome } from '../machine.ts';
import { type Frame, NOTHING, nothing, only } from './frame.ts';
import { inOrder, remember } from './rows-of-file.ts';

/** Rows one file may leave of a partition and a cell; beyond it, of records of the same steps in a row the first and last stay. */
const MAX_ROWS = 1000;
/** So many of them at either end: as many as a step may ask for. */
const RUN = MAX_STEP_COUNT;

const NO_MATCH: Outcome = { status: 'ok', value: 'no match' };

/** Sequences: matched at the end of each cell, in the order of event time. */
export function sequenceFrame(sequence: CompiledSequence): Frame {
  const match: Outcome = { status: 'breach', value: sequence.match };
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
      const window = { start: matched ?? cell.start, end: cell.end };
      return { held: next, window, tallies: NOTHING, outcome: matched === undefined ? NO_MATCH : match };
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

/**
 * Count windows: the newest records of a partition, however long they took. Pure.
 */
import type { CompiledSignal } from '../../measure/judgement.ts';
import { mergeRows, type Row } from '../../measure/rows.ts';
import { mergeTallies, readTally, settled, type Tally, writeTally } from '../../measure/tally.ts';
import { alone, type Frame, NOTHING, nothing, only } from './frame.ts';
import { inOrder, remember } from './rows-of-file.ts';

/** The newest `n` records as they stand at the end of a cell. */
export function countFrame(signal: CompiledSignal, n: number, maxAge: number): Frame {
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

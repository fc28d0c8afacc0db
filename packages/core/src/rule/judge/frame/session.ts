/**
 * Sessions: records that follow one another without a gap. Pure.
 */
import type { CompiledSignal } from '../../measure/judgement.ts';
import { mergeTallies, readTally, settled, type Tally, writeTally } from '../../measure/tally.ts';
import { alone, type Frame, type Held, NOTHING, nothing, only, timed } from './frame.ts';

type Session = Extract<Held, { is: 'session' }>;

/**
 * Sessions: a cell is no longer than the gap, so that all records of one belong together, and at most one session ends in it.
 * A session too long is cut at the end of the cell in which it gets so.
 */
export function sessionFrame(signal: CompiledSignal, gap: number, max: number): Frame {
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

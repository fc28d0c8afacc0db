/**
 * Absences: a window without the records that are expected breaches. Pure.
 */
import { milliseconds } from '../../../runtime/index.ts';
import { OTHER, partitionKey } from '../../collect/group-name.ts';
import type { Rule } from '../../definition/schema.ts';
import type { Outcome } from '../machine.ts';
import { type Frame, only, timed } from './frame.ts';

type Expect = Extract<Rule['signal'], { kind: 'absence' }>['expect'];

/** A window without the records that are expected breaches. */
export function absenceFrame(expect: Expect, frame: Frame): Frame {
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

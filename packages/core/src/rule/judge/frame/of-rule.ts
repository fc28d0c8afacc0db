/**
 * The frame of a rule, by its window and signal. Pure.
 */
import { milliseconds } from '../../../runtime/index.ts';
import type { Rule } from '../../definition/schema.ts';
import type { CompiledSignal } from '../../measure/judgement.ts';
import { compileSequence } from '../../measure/sequence.ts';
import { absenceFrame } from './absence.ts';
import { countFrame } from './count.ts';
import { type Frame, NOTHING, plainFrame } from './frame.ts';
import { sequenceFrame } from './sequence.ts';
import { sessionFrame } from './session.ts';

/** @param compiled the rule's signal. */
export function frameOf({ window, signal }: Rule, compiled: CompiledSignal): Frame {
  if (signal.kind === 'sequence') return sequenceFrame(compileSequence(signal));
  const plain = plainFrame(compiled);
  if (signal.kind === 'absence') return absenceFrame(signal.expect, slidingFrame(plain, window));
  switch (window?.kind) {
    case 'sliding':
      return slidingFrame(plain, window);
    case 'session':
      return sessionFrame(compiled, milliseconds(window.gap), milliseconds(window.max));
    case 'count':
      return countFrame(compiled, window.n, milliseconds(window.maxAge));
    default:
      return plain;
  }
}

/** A window is the cells of its size up to the end of one; see `../cells.ts`. */
function slidingFrame(plain: Frame, window: Rule['window']): Frame {
  if (window?.kind !== 'sliding') return plain;
  const reach = milliseconds(window.size) - milliseconds(window.hop);
  return {
    ...plain,
    reach,
    gather: (held, { start, end }, tallies = NOTHING) => ({ held, window: { start: start - reach, end }, tallies }),
  };
}

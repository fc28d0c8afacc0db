/**
 * What steps may do to a record, as far as their declarations tell.
 */
import type { Step } from './index.ts';

export interface Effect {
  /** Paths without `*` that a value may be put at; the objects on the way to it may be made. Everything else there stays. */
  readonly adds: readonly string[];
  /** Globs of what may be replaced or removed where it is there, or put beside it. */
  readonly changes: readonly string[];
  /** Paths of what has to be there for the step to do anything that `adds` and `changes` do not say. */
  readonly dependsOn: readonly string[];
  /** What it adds to many records is often the same object. */
  readonly shares: boolean;
}

const NOTHING: Effect = { adds: [], changes: [], dependsOn: [], shares: false };

export function effectOf(step: Step): Effect {
  switch (step.kind) {
    case 'transform':
    case 'hash':
    case 'mask':
    case 'truncate-ip':
      return { ...NOTHING, changes: step.at };
    case 'lookup':
      return step.into === undefined || step.into === step.at ? { ...NOTHING, changes: [step.at] } : adding(step.into);
    case 'require':
      return NOTHING;
    case 'keen-addons':
      return { ...NOTHING, dependsOn: ['keen.addons'] };
    case 'compute':
    case 'function':
    case 'series':
    case 'currency':
    case 'fingerprint':
      return adding(step.into);
    default:
      return { ...adding(step.into), shares: true };
  }
}

function adding(into: string): Effect {
  return into.includes('*') ? { ...NOTHING, changes: [into] } : { ...NOTHING, adds: [into] };
}

/** Whether a later step may change what lies at `into`, or in it. */
export function mayChange(later: Effect, into: string): boolean {
  const top = firstOf(into);
  const tops = [...later.adds, ...later.changes].map(firstOf);
  return later.dependsOn.length > 0 || tops.some((first) => first === top || first === '*' || first === '**');
}

function firstOf(path: string): string {
  return path.split('.', 1)[0] ?? '';
}

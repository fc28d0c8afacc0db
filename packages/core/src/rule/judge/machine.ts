/**
 * The state machine of one evaluation group: inactive → pending → firing → inactive, one window at a time. Pure.
 *
 * Timing is Prometheus' (https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/), with the end of a
 * window as the time of evaluation: `for` and `keepFiringFor` are the time between two evaluations.
 */
import type { Rule } from '../definition/schema.ts';
import type { Window } from './window.ts';

/** What a window says of a group. `keep`: as if the window were not there. */
export interface Outcome {
  readonly status: 'breach' | 'ok' | 'nodata' | 'keep';
  /** What was measured, for people. */
  readonly value: string;
}

export type Phase =
  | { readonly is: 'inactive' }
  /** `opened` and `since`: start and end of the first breaching window, ms. */
  | { readonly is: 'pending'; readonly opened: number; readonly since: number }
  /** `quietSince`: end of the first window that was fine, ms. */
  | { readonly is: 'firing'; readonly opened: number; readonly quietSince?: number };

export const INACTIVE: Phase = { is: 'inactive' };

/** A raise or a resolve. The episode is named by the start of the window that opened it, ms. */
export interface Transition {
  readonly kind: 'raise' | 'resolve';
  readonly opened: number;
  readonly window: Window;
  readonly value: string;
  /** Which of the rule's levels; 0, its own severity, where absent. */
  readonly level?: number;
  /** What the last windows measured, oldest first; not part of what was announced. */
  readonly series?: readonly number[];
  /** Of a raise: the group's episodes at other levels that fire after this window; not part of what was announced. */
  readonly siblings?: readonly Pick<Transition, 'level' | 'opened'>[];
}

export interface Advance {
  /** The same object where nothing changed. */
  readonly phase: Phase;
  readonly transition?: Transition;
}

/** Of a rule; lengths in ms. */
interface Timing {
  readonly for: number;
  readonly keepFiringFor: number;
  readonly rule: Pick<Rule, 'noData'>;
}

/** Takes one window's outcome. */
export function advance(rule: Timing, phase: Phase, window: Window, outcome: Outcome): Advance {
  switch (outcome.status === 'nodata' ? rule.rule.noData : outcome.status) {
    case 'breach':
    case 'firing':
      return onBreach(rule, phase, window, outcome.value);
    case 'ok':
      return onQuiet(rule, phase, window, outcome.value);
    case 'nodata':
      return onQuiet({ keepFiringFor: 0 }, phase, window, outcome.value);
    default:
      return { phase };
  }
}

function onBreach(rule: Timing, phase: Phase, window: Window, value: string): Advance {
  if (phase.is === 'firing') {
    return { phase: phase.quietSince === undefined ? phase : { is: 'firing', opened: phase.opened } };
  }
  const { opened, since } = phase.is === 'pending' ? phase : { opened: window.start, since: window.end };
  if (window.end - since >= rule.for) {
    return { phase: { is: 'firing', opened }, transition: { kind: 'raise', opened, window, value } };
  }
  return { phase: phase.is === 'pending' ? phase : { is: 'pending', opened, since } };
}

function onQuiet(rule: { readonly keepFiringFor: number }, phase: Phase, window: Window, value: string): Advance {
  if (phase.is === 'inactive') return { phase };
  if (phase.is === 'pending') return { phase: INACTIVE };
  const quietSince = phase.quietSince ?? window.end;
  if (window.end - quietSince >= rule.keepFiringFor) {
    return { phase: INACTIVE, transition: { kind: 'resolve', opened: phase.opened, window, value } };
  }
  return { phase: phase.quietSince === undefined ? { is: 'firing', opened: phase.opened, quietSince } : phase };
}

/** The times (ms, ends of windows) at which a phase may change though nothing new is said. */
export function moments(rule: Timing, phase: Phase): number[] {
  if (phase.is === 'pending') return [phase.since + rule.for];
  return phase.is === 'firing' && phase.quietSince !== undefined ? [phase.quietSince + rule.keepFiringFor] : [];
}

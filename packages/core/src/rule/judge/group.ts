/**
 * An evaluation group: what it remembers between windows, and how a window is judged. Pure.
 */
import type { CompiledLevel, CompiledRule } from '../collect/compile.ts';
import { OTHER } from '../collect/group-name.ts';
import type { Quantifier } from '../definition/schema.ts';
import { type CompiledSignal, type Judgement, NO_DATA, type Past } from '../measure/judgement.ts';
import { asTallies, type Carried, carry } from './carry.ts';
import { withoutParts } from './crowd.ts';
import type { Excess, Gathered, Held, Tallies } from './frame/frame.ts';
import { judgeRecent, type PointOf, rangeOf } from './m-of-n.ts';
import { advance, INACTIVE, moments, type Outcome, type Phase, type Transition } from './machine.ts';
import type { Window } from './window.ts';

/** Where a group stands at one of its rule's levels. */
export interface Track {
  readonly phase: Phase;
  /** mOfN: the last windows with data. */
  readonly points?: readonly PointOf[];
}

/** What a group remembers. Never changed in place. */
export interface Memory extends Carried {
  /** By level; one that is missing is inactive. */
  readonly tracks: readonly Track[];
  /** change: the numbers of the last windows with data, newest last. */
  readonly history: readonly Past[];
  /** What the last windows with data measured, newest last. */
  readonly series: readonly number[];
  readonly held?: Held;
}

export const BLANK: Memory = { tracks: [], history: [], series: [], latest: new Map() };

/** Numbers an alert shows of the windows before it. */
const SERIES = 24;
const IDLE: Track = { phase: INACTIVE };

export interface Step {
  /** The same object where nothing changed. */
  readonly memory: Memory;
  /** What was judged, and what it said at the rule's own severity. */
  readonly window: Window;
  readonly outcome: Outcome;
  readonly transitions: readonly Transition[];
  /** What was judged is not all there was. */
  readonly partial?: Excess;
}

/** Takes one cell: what it says of the group, and what the group remembers after it. */
export function step(rule: CompiledRule, memory: Memory, cell: Window, tallies: Tallies | undefined): Step {
  const whole = rule.whole && tallies !== undefined ? withoutParts(tallies) : tallies;
  const carried = rule.carries === undefined ? memory : carry(memory, cell, whole, rule);
  const said = gather(rule, memory.held, cell, rule.carries === undefined ? whole : asTallies(carried));
  const judged = rule.levels.map((level, n) =>
    judgeLevel(rule, level, memory.tracks[n] ?? IDLE, { memory, cell, said }),
  );
  const fresh = tallies !== undefined || said.held !== memory.held;
  const measured = fresh ? judged[0]?.verdict.measured : undefined;
  const history = measured === undefined ? memory.history : remember(rule, memory.history, said.window.start, measured);
  const series = measured === undefined ? memory.series : [...memory.series, measured].slice(-SERIES);
  const transitions: Transition[] = [];
  const tracks = judged.map(({ verdict, points }, level) => {
    const before = memory.tracks[level] ?? IDLE;
    const { phase, transition } = advance(rule, before.phase, said.window, verdict.outcome);
    if (transition !== undefined) {
      const told = transition.kind === 'raise' ? rule.levels[level]?.reached : undefined;
      const drawn = told === undefined ? series : memory.series;
      transitions.push({
        ...transition,
        ...(told === undefined ? {} : { value: told }),
        ...(level === 0 ? {} : { level }),
        ...(drawn.length < 2 ? {} : { series: drawn }),
      });
    }
    return phase === before.phase && points === before.points ? before : trackOf(phase, points);
  });
  const { latest, missed } = carried;
  const next = { tracks, history, series, latest, missed, held: said.held };
  return {
    memory: isSame(memory, next) ? memory : memoryOf(next),
    window: said.window,
    outcome: judged[0]?.verdict.outcome ?? NO_DATA,
    transitions: transitions.map((one) => withSiblings(one, tracks)),
    ...(said.partial === undefined ? {} : { partial: said.partial }),
  };
}

/** What the cell brought; of a partition of which something is missing there, as if it were not there. */
function gather(rule: CompiledRule, held: Held | undefined, cell: Window, tallies: Tallies | undefined): Gathered {
  const { frame, whole, early } = rule;
  if (!tallies?.has(OTHER)) return frame.gather(held, cell, tallies);
  if (whole) return { ...frame.gather(held, cell, tallies), partial: 'partitions' };
  if (early) {
    const known = new Map([...tallies].filter(([partition]) => partition !== OTHER));
    return { ...frame.gather(held, cell, known), partial: 'partitions' };
  }
  const outcome: Outcome = { status: 'keep', value: 'not judged: too many partitions' };
  const window = { start: cell.start - frame.reach, end: cell.end };
  return { held: held && frame.miss(held, cell), window, tallies: new Map(), outcome, partial: 'partitions' };
}

/** Whoever is told of a raise can see what else of its rule fires, and need not wait for the others to be told of. */
function withSiblings(transition: Transition, tracks: readonly Track[]): Transition {
  const siblings = tracks.flatMap(({ phase }, level) =>
    phase.is === 'firing' && level !== (transition.level ?? 0) ? [{ level, opened: phase.opened }] : [],
  );
  return transition.kind === 'raise' && siblings.length > 0 ? { ...transition, siblings } : transition;
}

function trackOf(phase: Phase, points: Track['points']): Track {
  return points === undefined ? { phase } : { phase, points };
}

type Next = Omit<Memory, 'held' | 'missed'> & { readonly held: Held | undefined; readonly missed: number | undefined };

function isSame(before: Memory, next: Next): boolean {
  const { tracks, history, series, latest, missed, held } = before;
  return (
    next.history === history &&
    next.series === series &&
    next.latest === latest &&
    next.missed === missed &&
    next.held === held &&
    next.tracks.every((track, n) => track === (tracks[n] ?? IDLE))
  );
}

/** Without what says nothing, so that equal memories are equal texts. */
function memoryOf({ held, missed, tracks, ...memory }: Next): Memory {
  const standing = tracks.every((track) => track === IDLE) ? [] : tracks;
  return {
    ...memory,
    tracks: standing,
    ...(missed === undefined ? {} : { missed }),
    ...(held === undefined ? {} : { held }),
  };
}

interface Verdict {
  readonly outcome: Outcome;
  readonly measured?: number;
}

/** What a cell said, and what the group knew before. */
interface Situation {
  readonly memory: Memory;
  readonly cell: Window;
  readonly said: Gathered;
}

function judgeLevel(
  rule: CompiledRule,
  level: CompiledLevel,
  track: Track,
  situation: Situation,
): { verdict: Verdict; points: Track['points'] } {
  const verdict = judge(rule, level, track.phase, situation);
  const { mOfN, noData } = rule.rule;
  const { status, value } = verdict.outcome;
  if (mOfN === undefined || status === 'keep') return { verdict, points: track.points };
  const range = { start: situation.cell.start, size: rule.grid.size };
  const points = pointsAfter(track.points, status, range, rangeOf(mOfN.n));
  const recent = judgeRecent(points ?? [], range, mOfN, noData);
  return { verdict: { ...verdict, outcome: { status: recent, value } }, points };
}

function pointsAfter(
  known: Track['points'],
  status: Outcome['status'],
  { start, size }: { readonly start: number; readonly size: number },
  range: number,
): Track['points'] {
  const oldest = start - (range - 1) * size;
  const kept = known?.filter((point) => point.start >= oldest) ?? [];
  if (status !== 'nodata') return [...kept, { start, breaching: status === 'breach' }];
  if (kept.length === 0) return undefined;
  return kept.length === known?.length ? known : kept;
}

/** The history with one more window, without those no judgement will want. */
function remember({ signal }: CompiledRule, history: readonly Past[], start: number, value: number): readonly Past[] {
  if (signal.historyLength === 0) return history;
  const oldest = start - (signal.historyReach ?? Number.POSITIVE_INFINITY);
  return [...history.filter((past) => past.start > oldest), { start, value }].slice(-signal.historyLength);
}

function judge(
  rule: CompiledRule,
  { signal, lasting }: CompiledLevel,
  phase: Phase,
  { memory, said }: Situation,
): Verdict {
  const { tallies, window, outcome, partial } = said;
  if (outcome !== undefined) return { outcome };
  if (rule.whole) return judgeTogether(rule, signal, tallies, window.start);
  const [tally] = tallies.values();
  if (tally === undefined) return { outcome: partial ? { status: 'keep', value: 'nothing of a part' } : NO_DATA };
  const { status: found, value, measured } = signal.judge(tally, memory.history, window.start);
  if (partial && !(lasting && found === 'breach')) return { outcome: { status: 'keep', value: `${value} of a part` } };
  const status = phase.is === 'firing' && found === 'ok' && signal.holdsOn?.(tally) ? 'breach' : found;
  return { outcome: { status, value }, ...(measured === undefined ? {} : { measured }) };
}

/** Partitions without data have no vote; where none has any, the group has no data (so `all` of none is false). */
function judgeTogether(rule: CompiledRule, signal: CompiledSignal, tallies: Tallies, start: number): Verdict {
  let breaching = 0;
  let voting = 0;
  for (const [partition, tally] of tallies) {
    if (partition === OTHER) continue;
    const { status }: Judgement = signal.judge(tally, [], start);
    if (status === 'nodata') continue;
    voting++;
    if (status === 'breach') breaching++;
  }
  if (voting === 0) return { outcome: NO_DATA };
  const value = `${breaching} of ${voting}`;
  const status = isMet(rule.rule.quantifier, breaching, voting) ? 'breach' : 'ok';
  if (!tallies.has(OTHER)) return { outcome: { status, value }, measured: breaching };
  // Partitions beyond the rule's limit were not judged: they can neither clear an alert nor complete an "all".
  const certain = status === 'breach' && isCertain(rule.rule.quantifier);
  return { outcome: { status: certain ? 'breach' : 'keep', value }, measured: breaching };
}

function isMet(quantifier: Quantifier, breaching: number, voting: number): boolean {
  if (quantifier === 'all') return breaching === voting;
  if (typeof quantifier === 'string') return breaching > 0;
  return 'atLeast' in quantifier ? breaching >= quantifier.atLeast : breaching * 100 >= quantifier.percent * voting;
}

/** Whether more partitions cannot undo that the quantifier is met. */
function isCertain(quantifier: Quantifier): boolean {
  return quantifier === 'any' || (typeof quantifier === 'object' && 'atLeast' in quantifier);
}

/** The next time after `time` (ms) at which the group may change though nothing new is said; Infinity for never. */
export function nextMoment(rule: CompiledRule, memory: Memory, time: number): number {
  let next = Number.POSITIVE_INFINITY;
  const consider = (moment: number) => {
    if (moment > time && moment < next) next = moment;
  };
  for (const { phase, points } of memory.tracks) {
    moments(rule, phase).forEach(consider);
    if (points !== undefined) consider(time + rule.grid.size);
  }
  if (memory.held !== undefined) rule.frame.moments(memory.held).forEach(consider);
  const { carries } = rule;
  if (carries !== undefined) {
    for (const { at } of memory.latest.values()) consider(at + carries);
    if (memory.missed !== undefined) consider(memory.missed + carries);
  }
  return next;
}

/**
 * An evaluation group: what it remembers between windows, and how a window is judged. Pure.
 */
import type { KeyPart } from '../table/index.ts';
import { MAX_PARTITIONS } from './collect.ts';
import { type CompiledRule, OTHER } from './compile.ts';
import { type Judgement, NO_DATA, type Past } from './judgement.ts';
import { advance, INACTIVE, moments, type Outcome, type Phase, type Transition } from './machine.ts';
import type { Quantifier } from './schema.ts';
import { isLater, type Latest, type Tally } from './tally.ts';
import type { Window } from './window.ts';

/** The partitions of one window that have something to say. */
export type Tallies = ReadonlyMap<KeyPart, Tally>;

/** What a group remembers. Never changed in place. */
export interface Memory {
  readonly phase: Phase;
  /** change: the numbers of the last windows with data, newest last. */
  readonly history: readonly Past[];
  /** latest without a window: each partition's newest value. */
  readonly latest: ReadonlyMap<KeyPart, Latest>;
}

export const BLANK: Memory = { phase: INACTIVE, history: [], latest: new Map() };

export interface Step {
  /** The same object where nothing changed. */
  readonly memory: Memory;
  readonly outcome: Outcome;
  readonly transition?: Transition;
}

/** Takes one window: what it says of the group, and what the group remembers after it. */
export function step(rule: CompiledRule, memory: Memory, window: Window, tallies: Tallies | undefined): Step {
  const latest = rule.carries === undefined ? memory.latest : carry(memory.latest, tallies, window.end - rule.carries);
  const said = rule.carries === undefined ? (tallies ?? new Map()) : asTallies(latest, tallies?.get(OTHER));
  const { outcome, measured } = judge(rule, memory, window, said);
  const { phase, transition } = advance(rule, memory.phase, window, outcome);
  const history = measured === undefined ? memory.history : remember(rule, memory.history, window.start, measured);
  const same = phase === memory.phase && history === memory.history && latest === memory.latest;
  return {
    memory: same ? memory : { phase, history, latest },
    outcome,
    ...(transition === undefined ? {} : { transition }),
  };
}

/** The newest values after a window: those too old fall out, and no more than a rule may have come in. */
function carry(
  known: ReadonlyMap<KeyPart, Latest>,
  tallies: Tallies | undefined,
  oldest: number,
): ReadonlyMap<KeyPart, Latest> {
  let next: Map<KeyPart, Latest> | undefined;
  for (const [partition, { at }] of known) {
    if (at > oldest) continue;
    next ??= new Map(known);
    next.delete(partition);
  }
  for (const [partition, { latest }] of tallies ?? []) {
    if (latest === undefined || latest.at <= oldest) continue;
    next ??= new Map(known);
    const before = next.get(partition);
    if (before === undefined ? next.size < MAX_PARTITIONS : isLater(latest, before)) next.set(partition, latest);
  }
  return next ?? known;
}

function asTallies(latest: ReadonlyMap<KeyPart, Latest>, other: Tally | undefined): Tallies {
  const tallies = new Map<KeyPart, Tally>();
  for (const [partition, value] of latest) tallies.set(partition, { n: 1, latest: value });
  if (other !== undefined) tallies.set(OTHER, other);
  return tallies;
}

interface Verdict {
  readonly outcome: Outcome;
  readonly measured?: number;
}

/** The history with one more window, without those no judgement will want. */
function remember({ signal }: CompiledRule, history: readonly Past[], start: number, value: number): Past[] {
  const oldest = start - (signal.historyReach ?? Number.POSITIVE_INFINITY);
  return [...history.filter((past) => past.start > oldest), { start, value }].slice(-signal.historyLength);
}

function judge(rule: CompiledRule, { phase, history }: Memory, { start }: Window, tallies: Tallies): Verdict {
  if (rule.whole) return { outcome: judgeTogether(rule, tallies, start) };
  const [tally] = tallies.values();
  const { status: said, value, measured } = tally === undefined ? NO_DATA : rule.signal.judge(tally, history, start);
  const firing = phase.is === 'firing' && said === 'ok' && tally !== undefined && rule.signal.holdsOn?.(tally);
  const status = firing ? 'breach' : said;
  return { outcome: { status, value }, ...(measured === undefined ? {} : { measured }) };
}

/** Partitions without data have no vote; where none has any, the group has no data (so `all` of none is false). */
function judgeTogether(rule: CompiledRule, tallies: Tallies, start: number): Outcome {
  let breaching = 0;
  let voting = 0;
  for (const [partition, tally] of tallies) {
    if (partition === OTHER) continue;
    const { status }: Judgement = rule.signal.judge(tally, [], start);
    if (status === 'nodata') continue;
    voting++;
    if (status === 'breach') breaching++;
  }
  if (voting === 0) return NO_DATA;
  const value = `${breaching} of ${voting}`;
  const status = isMet(rule.rule.quantifier, breaching, voting) ? 'breach' : 'ok';
  if (!tallies.has(OTHER)) return { status, value };
  // Partitions beyond the rule's limit were not judged: they can neither clear an alert nor complete an "all".
  return { status: status === 'breach' && isCertain(rule.rule.quantifier) ? 'breach' : 'keep', value };
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
  moments(rule, memory.phase).forEach(consider);
  const { carries } = rule;
  if (carries !== undefined) for (const { at } of memory.latest.values()) consider(at + carries);
  return next;
}

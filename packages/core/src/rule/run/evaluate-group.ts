/**
 * Evaluating one group against the table: read, compute, one conditional write, publish, clear.
 *
 * A crash between any two of these loses nothing: a deadline lies in the table before the state that needs it, and is
 * taken away only after the outbox is empty.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '../../bus/index.ts';
import { type Backoff, currentTrace, fullJitter, hash, log, MINUTE, MillraceError } from '../../runtime/index.ts';
import type { KeyPart } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { CENSUS, OTHER } from '../collect/group-name.ts';
import type { Windows } from '../judge/cells.ts';
import { isOneOfMany, withinCuts } from '../judge/crowd.ts';
import { eventOf } from '../judge/episode.ts';
import { evaluate, type PartlyJudged, UNBEGUN } from '../judge/evaluate.ts';
import { reconcile } from '../judge/revise.ts';
import { resolutions } from '../manage/closing.ts';
import { writeTally } from '../measure/tally.ts';
import { type Gathered, gatherContributions, readCells } from '../state/contribution.ts';
import { RuleCuts } from '../state/cuts.ts';
import { type Deadline, deleteDeadlines, dueTime, writeDeadlines } from '../state/deadline.ts';
import { type GroupKey, groupKey } from '../state/group-key.ts';
import { crowdedHours, packedThrough, packHours } from '../state/packed-hour.ts';
import { fingerprintOf, type GroupState, readGroup, writeGroup } from '../state/partition.ts';

/** Others evaluate the same group at most as often as functions run at once; beyond that the queue tries again. */
const ATTEMPTS = 12;
const BACKOFF: Backoff = { base: 20, cap: 500 };

/** A group stayed contended; the evaluation is repeated by whatever asked for it. */
export class ContendedGroup extends MillraceError {
  constructor({ project, rule, version, group }: GroupKey) {
    super(
      'contended_group',
      `group ${group} of rule ${rule}@${version} (${project}) was written by others ${ATTEMPTS} times; try again`,
    );
  }
}

/** Times and lengths in ms. */
export interface EvaluationTime {
  readonly watermark: number;
  readonly now: number;
  readonly idleTimeout: number;
  /** Start of the first window that may have come to its end, or changed, since the group was looked at; the last one's where absent. */
  readonly since?: number;
}

/**
 * Evaluates a group up to the watermark and announces what came of it. Safe to repeat, and at any time.
 * @param cuts of the rule, for all its groups of one run.
 * @returns the windows of which only a part could be judged: the rule's health is to be told.
 * @throws PublishError, ContendedGroup; then the outbox, a deadline with it, lies in the table.
 */
export async function evaluateGroup(
  rule: CompiledRule,
  group: KeyPart,
  time: EvaluationTime,
  cuts = new RuleCuts(rule, time.watermark + 1),
): Promise<readonly PartlyJudged[]> {
  if (group === CENSUS) return await crowdedWindows(rule, cuts, time);
  const key = groupKey(rule, group);
  const packed = await packedThrough(rule);
  let loose: Gathered['loose'] = new Map();
  let partial: readonly PartlyJudged[] = [];
  await moveGroup(key, time, async (state) => {
    if (state.closed) return state;
    const from = Math.max(0, (state.base.through ?? 0) - rule.frame.reach);
    const to = rule.early ? time.watermark + 1 : time.watermark;
    const gathered = await gatherContributions(rule, key, from, to, packed);
    loose = gathered.loose;
    const windows = withinCuts(rule, group, gathered.windows, await cutsFor(rule, state, gathered, cuts));
    const next = nextState(rule, key, state, { ...gathered, windows }, time);
    partial = next?.partial ?? [];
    return next?.state;
  });
  const crowded = crowdedHours(rule, loose, time.watermark);
  await packHours(rule, key, crowded, time.now, (start, end) => readCells(rule, key, start, end));
  return partial;
}

/** The rule's cuts from the first cell on that may change the group. */
async function cutsFor(rule: CompiledRule, { base }: GroupState, { windows }: Gathered, cuts: RuleCuts) {
  if (!isOneOfMany(rule)) return new Map<number, number>();
  const { tracks, held, latest } = base.memory;
  const isStill = tracks.length === 0 && held === undefined && latest.size === 0;
  const first = Math.min(...windows.keys());
  const from = isStill ? first : Math.min(first, base.through ?? first);
  return await cuts.since(from - rule.frame.reach);
}

/** Its final windows with more partitions than the rule may have. */
async function crowdedWindows(
  { grid: { size } }: CompiledRule,
  cuts: RuleCuts,
  { watermark, since = watermark - size }: EvaluationTime,
): Promise<readonly PartlyJudged[]> {
  const crowded = await cuts.since(since);
  const ends = [...crowded.keys()].map((start) => start + size).filter((end) => end <= watermark);
  return ends.map((end) => ({ end, of: 'partitions' }));
}

/** Announces what a group's outbox still holds, though its rule may be gone. @throws as `evaluateGroup` does. */
export async function announceLeftover(key: GroupKey, time: EvaluationTime): Promise<void> {
  await moveGroup(key, time, async (state) => (state.outbox.length === 0 ? undefined : state));
}

/**
 * Ends a group whose rule version is no longer in force: resolves its open episodes at `at` (ms), and lets it raise none
 * any more. @throws as `evaluateGroup` does.
 */
export async function closeGroup(
  rule: CompiledRule,
  group: KeyPart,
  { at, reason, ...time }: Omit<EvaluationTime, 'watermark'> & { readonly at: number; readonly reason: string },
): Promise<void> {
  await moveGroup(groupKey(rule, group), { ...time, watermark: at }, async (state) => {
    const { news } = reconcile(state.announced, resolutions(state, at, reason), Number.NEGATIVE_INFINITY);
    const events = news.map((one) => eventOf({ rule, group, values: state.values }, one));
    const outbox = [...state.outbox, ...events];
    return { ...state, base: UNBEGUN, announced: [], outbox, seen: '', wake: undefined, closed: true };
  });
}

/** Reads the group, changes it, writes it where nobody else did, and publishes its outbox. `undefined`: nothing to do. */
async function moveGroup(
  key: GroupKey,
  time: EvaluationTime,
  change: (state: GroupState) => Promise<GroupState | undefined>,
): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await sleep(fullJitter(attempt, BACKOFF));
    const { state, fingerprint } = await readGroup(key);
    const next = await change(state);
    if (next === undefined) return;
    const same = fingerprintOf(key, next) === fingerprint;
    if (!same) {
      await writeDeadlines(key, deadlinesOf(key.group, state, next, time));
      if ((await writeGroup(key, next, fingerprint)) === 'conflict') continue;
    }
    return announce(key, next, time);
  }
  throw new ContendedGroup(key);
}

function isUnknown(windows: Windows): boolean {
  return [...windows.values()].every((tallies) => tallies.size === 1 && tallies.has(OTHER));
}

/** The state after evaluation; undefined where there is nothing of the group to keep. */
function nextState(
  rule: CompiledRule,
  key: GroupKey,
  state: GroupState,
  gathered: Omit<Gathered, 'windows'> & { readonly windows: Windows },
  { watermark }: EvaluationTime,
): { state: GroupState; partial: readonly PartlyJudged[] } | undefined {
  if (gathered.receivedAt === 0 && state.receivedAt === 0) return undefined;
  const { base, announced, news, partial, wake } = evaluate(rule, state, gathered.windows, watermark);
  // a partition that was never among those the rule may have leaves no state
  if (state.receivedAt === 0 && isUnknown(gathered.windows)) return undefined;
  const values = rule.whole ? [] : (gathered.values ?? state.values);
  const outbox = [...state.outbox, ...news.map((one) => eventOf({ rule, group: key.group, values }, one))];
  const next = {
    base,
    announced,
    values,
    outbox,
    seen: seenHash(rule, gathered, base.through ?? 0, watermark),
    wake: stillDue(state.wake, wake, watermark),
    receivedAt: Math.max(state.receivedAt, gathered.receivedAt),
  };
  if (
    !rule.early ||
    fingerprintOf(key, { ...next, values: state.values, receivedAt: state.receivedAt }) !== fingerprintOf(key, state)
  )
    return { state: next, partial };
  // the window under way says nothing yet: each of its files looks, and only what changes is written
  return state.receivedAt === 0 ? undefined : { state, partial };
}

/** Two evaluators with different views of the same windows write different states, so one of them sees the conflict. */
function seenHash(
  { grid }: CompiledRule,
  { windows }: { readonly windows: Windows },
  from: number,
  watermark: number,
): string {
  const seen = [...windows].filter(([window]) => window >= from && window + grid.size <= watermark);
  const lines = seen.flatMap(([window, tallies]) =>
    [...tallies].map(([partition, tally]) => `${window} ${partition} ${writeTally(tally)}`),
  );
  return lines.length === 0 ? '' : hash(...lines.sort());
}

/** A wake-up that lies ahead anyway and is early enough serves as well: a busy group writes one an hour, not one a file. */
function stillDue(waiting: number | undefined, wanted: number | undefined, watermark: number): number | undefined {
  if (wanted === undefined || waiting === undefined) return wanted;
  return waiting > watermark && waiting <= wanted ? waiting : wanted;
}

/** The deadlines the new state needs: to wake up, and to publish its outbox should this run end before it is empty. */
function deadlinesOf(group: KeyPart, before: GroupState, next: GroupState, time: EvaluationTime): Deadline[] {
  const deadlines: Deadline[] = [];
  const { wake, receivedAt } = next;
  if (wake !== undefined && wake !== before.wake) {
    deadlines.push({ group, windowEnd: wake, due: dueTime(wake, receivedAt, time.idleTimeout) });
  }
  if (next.outbox.length > 0) deadlines.push(outboxDeadline(group, time));
  return deadlines;
}

function outboxDeadline(group: KeyPart, { watermark, now }: EvaluationTime): Deadline {
  return { group, windowEnd: watermark, due: now + MINUTE };
}

/** Publishes the outbox and clears it. Where somebody wrote over it meanwhile, theirs holds it too, and they clear it. */
async function announce(key: GroupKey, state: GroupState, time: EvaluationTime): Promise<void> {
  if (state.outbox.length === 0) return;
  await publish(state.outbox);
  // An episode has a trace of its own, since many files lead to it: this line ties it to the file or the deadline at hand.
  for (const { type, metadata } of state.outbox) {
    const { id, traceId } = metadata;
    log.info('alert announced', { type, event: id, traceId, causedByTrace: currentTrace() });
  }
  const cleared = await writeGroup(key, { ...state, outbox: [] }, fingerprintOf(key, state));
  if (cleared === 'conflict') return;
  await deleteDeadlines([{ ...key, windowEnd: time.watermark }]);
}

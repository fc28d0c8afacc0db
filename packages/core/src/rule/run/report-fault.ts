/**
 * A rule that fails while its windows are judged, or that could judge them only in part: its health takes it down and raises the
 * rule's own alert.
 */
import type { Clock } from '../../runtime/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import type { PartlyJudged } from '../judge/evaluate.ts';
import type { Excess } from '../judge/frame/frame.ts';
import { windowStart } from '../judge/window.ts';
import { MAX_KEYS } from '../measure/kept.ts';
import { writeContributions } from '../state/contribution.ts';
import type { Watermarks } from '../state/watermark.ts';
import { type EvaluationTime, evaluateGroup } from './evaluate-group.ts';
import { ailment, faultText, HEALTH, healthOf } from './health.ts';

/** Where the fault was found. Times in ms. */
export interface FaultSource {
  readonly watermarks: Watermarks;
  readonly now: Clock;
  readonly idleTimeout: number;
  /** Tells it from other sources. */
  readonly file: string;
  readonly receivedAt: number;
}

/** Notes the fault in the last window that is final, and evaluates the rule's health. Safe to repeat. */
export async function reportFault(
  rule: CompiledRule,
  caught: unknown,
  { watermarks, now, idleTimeout, file, receivedAt }: FaultSource,
): Promise<void> {
  const watermark = await watermarks.ofRule(rule);
  if (watermark === undefined) return;
  const health = healthOf(rule);
  const window = windowStart(health.grid, watermark) - health.grid.size;
  await writeContributions(health, file, [ailment(faultText(caught), { window, file, receivedAt })]);
  await evaluateGroup(health, HEALTH, { watermark, now: now(), idleTimeout });
}

/** What the alert says. */
const texts: Record<Excess, (rule: CompiledRule) => string> = {
  keys: () =>
    `some of its windows have more than ${MAX_KEYS} different values of dedupeBy in a partition; they clear nothing. Partition it by more, or use a shorter window`,
  partitions: ({ maxPartitions }) =>
    `some of its windows have more than ${maxPartitions} partitions; the rest are not judged, and their alerts stay as they are. Partition it by less, or narrow source.where`,
};

/**
 * Notes the windows of which only a part could be judged, and evaluates the rule's health. What it notes follows from the files
 * alone, whichever of them was evaluated. Safe to repeat.
 */
export async function reportCrowded(
  rule: CompiledRule,
  partly: readonly PartlyJudged[],
  time: EvaluationTime,
): Promise<void> {
  if (partly.length === 0) return;
  const health = healthOf(rule);
  for (const excess of ['keys', 'partitions'] as const) {
    const ends = partly.filter((one) => one.of === excess).map(({ end }) => end);
    const windows = new Set(ends.map((end) => windowStart(health.grid, end) - health.grid.size));
    const file = `too many ${excess}`;
    const ailments = [...windows].map((window) => ailment(texts[excess](rule), { window, file, receivedAt: window }));
    await writeContributions(health, file, ailments);
  }
  await evaluateGroup(health, HEALTH, time);
}

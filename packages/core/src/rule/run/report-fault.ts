/**
 * A rule that fails while its windows are judged: its health takes it down and raises the rule's own alert.
 */
import type { Clock } from '../../runtime/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { windowStart } from '../judge/window.ts';
import { writeContributions } from '../state/contribution.ts';
import type { Watermarks } from '../state/watermark.ts';
import { evaluateGroup } from './evaluate-group.ts';
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

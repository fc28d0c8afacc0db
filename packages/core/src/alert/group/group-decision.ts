/**
 * Whether a group is told of, exactly as Alertmanager decides it, with one thing more: the end of an alert is told only
 * where the alert was. Pure.
 *
 * Source: DedupStage.needsUpdate in https://github.com/prometheus/alertmanager/blob/main/notify/notify.go
 */

/** What a route was told of a group last. */
export interface Told {
  /** Names of the alerts that fired then. */
  readonly firing: ReadonlySet<string>;
  /** ms */
  readonly at: number;
}

/** A group as it stands. Muted alerts are in neither. */
export interface Standing {
  /** Names of the alerts that fire. */
  readonly firing: readonly string[];
  /** Names of those that ended and whose end is to be told (`sendResolved`). */
  readonly ended: readonly string[];
}

export type Verdict = 'news' | 'reminder' | 'nothing';

/**
 * - never told of: news where something fires;
 * - something fires that did not: news;
 * - nothing fires any more, but did: news, whether or not anybody wants to hear of ends, because what was told is over;
 * - an alert ended that fired: news where that is to be told;
 * - nothing changed: a reminder where something fires and the repeat interval (ms) has passed.
 */
export function verdictOf(
  told: Told | undefined,
  standing: Standing,
  repeat: number | undefined,
  now: number,
): Verdict {
  const { firing, ended } = standing;
  if (told === undefined) return firing.length > 0 ? 'news' : 'nothing';
  if (firing.some((name) => !told.firing.has(name))) return 'news';
  if (firing.length === 0) return told.firing.size > 0 ? 'news' : 'nothing';
  if (ended.some((name) => told.firing.has(name))) return 'news';
  return repeat !== undefined && now - told.at >= repeat ? 'reminder' : 'nothing';
}

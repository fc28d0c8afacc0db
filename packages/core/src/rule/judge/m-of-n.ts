/**
 * M of N: how many of the last windows have to breach, with windows without data among them treated as CloudWatch does
 * (Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat missing data"): of a longer range the most recent N
 * real points count, and only where there are fewer is the shortfall filled. Pure.
 */

import type { Rule } from '../definition/schema.ts';
import type { Outcome } from './machine.ts';

/** A window with data: its start (ms), and whether it breached. */
export interface PointOf {
  readonly start: number;
  readonly breaching: boolean;
}

/** Windows that are looked at for N real points, as CloudWatch looks at 5 for 3. */
export function rangeOf(n: number): number {
  return 2 * n - 1;
}

/**
 * What the last windows say together.
 * @param points real ones, oldest first, none before the range.
 * @param start of the newest window, ms. @param size of a window, ms.
 */
export function judgeRecent(
  points: readonly PointOf[],
  { start, size }: { readonly start: number; readonly size: number },
  { m, n }: NonNullable<Rule['mOfN']>,
  noData: Rule['noData'],
): Outcome['status'] {
  const recent = points.slice(-n);
  const breaching = recent.filter((point) => point.breaching).length;
  const missing = n - recent.length;
  if (breaching >= m) return 'breach';
  if (missing === 0) return 'ok';
  switch (noData) {
    case 'ok':
      return 'ok';
    case 'firing':
      return breaching + missing >= m ? 'breach' : 'ok';
    case 'keep':
      return points.every((point) => point.breaching) ? 'keep' : 'ok';
    case 'nodata': {
      const [oldest] = points;
      if (oldest === undefined) return 'nodata';
      const age = (start - oldest.start) / size + 1;
      return points.every((point) => point.breaching) && age >= m ? 'breach' : 'ok';
    }
  }
}

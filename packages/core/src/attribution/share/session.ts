/**
 * Visits: which of a visitor's records are touches of their own, and which go on with a visit that is under way.
 */

import type { Sessions } from '../definition/reach.ts';
import type { Origin } from '../record/channel.ts';
import type { Touch } from '../record/touch.ts';

/**
 * The touches that open a visit, of one visitor's clicks in order of (time, row); views stand for themselves and are no
 * activity.
 *
 * A record opens a visit where the visitor's record before it is more than `timeout` back; or, with `newCampaign`, where
 * it came from elsewhere (not `direct`) and no record of the `timeout` before it came the same way last. Both depend on
 * nothing further back than `timeout`, so a lookback that reads so much more than its length sees the same visits as one
 * that reads all. Sessions of Google Analytics (30 minutes; the campaign rule is Universal Analytics',
 * https://support.google.com/analytics/answer/2731565).
 */
export function openings(ordered: readonly Touch[], { timeout, newCampaign }: Sessions): Touch[] {
  const opened: Touch[] = [];
  let active = Number.NEGATIVE_INFINITY;
  let arrival: Touch | undefined;
  for (const touch of ordered) {
    if (touch.kind === 'view') {
      opened.push(touch);
      continue;
    }
    const arrived = newCampaign && touch.channel !== 'direct';
    const known = arrival !== undefined && touch.time - arrival.time <= timeout && isSameWay(arrival, touch);
    if (touch.time - active > timeout || (arrived && !known)) opened.push(touch);
    active = Math.max(active, touch.until ?? touch.time);
    if (arrived) arrival = touch;
  }
  return opened;
}

/**
 * The same visitor's touches, fewer of them: a direct record that goes on with a visit is folded into the one before it,
 * which is then active `until` later. `openings` of these together with any other records are those of all of them,
 * whatever the others are; so each file can be folded by itself.
 */
export function fold(ordered: readonly Touch[], { timeout }: Sessions): Touch[] {
  const folded: Touch[] = [];
  let open = -1; // position of the last click
  for (const touch of ordered) {
    const before = touch.kind === 'click' && touch.channel === 'direct' ? folded[open] : undefined;
    const until = before?.until ?? before?.time ?? Number.NEGATIVE_INFINITY;
    if (before !== undefined && touch.time - until <= timeout) {
      folded[open] = { ...before, until: Math.max(until, touch.until ?? touch.time) };
    } else {
      if (touch.kind === 'click') open = folded.length;
      folded.push(touch);
    }
  }
  return folded;
}

function isSameWay(a: Origin, b: Origin): boolean {
  return a.channel === b.channel && a.source === b.source && a.medium === b.medium && a.campaign === b.campaign;
}

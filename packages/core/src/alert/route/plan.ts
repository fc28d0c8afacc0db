/**
 * Who hears of which transition. A pure function of an episode's history, so that every order of arrival, and every
 * repeat, ends in the same deliveries.
 */
import type { Announcement } from '../message/announcement.ts';

/** A transition goes to a route. */
export interface Due {
  readonly route: string;
  readonly announcement: Announcement;
}

/**
 * The deliveries an episode's transitions call for, by position.
 *
 * - Only the unbroken row from sequence 1 counts: a resolve that overtook its raise, or a revision that overtook what it
 *   revises, waits here until that is known.
 * - A raise goes to those of the routes it names that take it. What follows goes by who heard, whatever it names itself,
 *   lest an edit of the rule between the two leave an alert standing that is over.
 * - A resolve goes to those that heard of the episode before, if the rule asks for it (`sendResolved`).
 * - A revision goes to those that heard what it revises; a withdrawal to all that heard of the episode.
 *
 * @param transitions in any order.
 * @param takes whether a route takes a raise, and tells it alone.
 */
export function deliveriesDue(
  transitions: readonly Announcement[],
  takes: (route: string, announcement: Announcement) => boolean = () => true,
): Due[] {
  const due: Due[] = [];
  const informed = new Set<string>();
  let heard = new Set<string>(); // the raise or resolve of the current sequence
  for (const announcement of unbroken(transitions)) {
    const { change, alert } = announcement;
    if (change !== 'revised') heard = new Set();
    const routes = change === 'raised' ? alert.routes.filter((route) => takes(route, announcement)) : informed;
    for (const route of new Set(routes)) {
      if (!goesTo(route, announcement, heard)) continue;
      informed.add(route);
      if (change !== 'revised') heard.add(route);
      due.push({ route, announcement });
    }
  }
  return due;
}

/** The row of transitions from sequence 1 without a gap, by position: what is known for certain. */
export function unbroken(transitions: readonly Announcement[]): Announcement[] {
  const row: Announcement[] = [];
  let sequence = 0;
  for (const announcement of [...transitions].sort((a, b) => (a.position < b.position ? -1 : 1))) {
    const { change, alert } = announcement;
    if (alert.sequence !== (change === 'revised' ? sequence : sequence + 1)) break;
    sequence = alert.sequence;
    row.push(announcement);
  }
  return row;
}

/** Of a route that was informed of the episode, or now is. @param heard who was told what a revision revises. */
function goesTo(route: string, { change, status, alert }: Announcement, heard: ReadonlySet<string>): boolean {
  switch (change) {
    case 'raised':
      return true;
    case 'resolved':
      return alert.sendResolved;
    case 'revised':
      return status === 'withdrawn' || heard.has(route);
  }
}

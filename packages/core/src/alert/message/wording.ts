/**
 * What a delivery says: the transition it is about, the episode as it stands on a reminder, or its group's message; and
 * whether that is still to be said.
 */

import { type Delivery, type DeliveryKey, isReminder, type Settlement } from '../deliver/delivery.ts';
import { listTransitions, readTransition } from '../episode/transition.ts';
import { isGroupId } from '../group/group.ts';
import { readGroupAnnouncement } from '../group/notice.ts';
import { unbroken } from '../route/plan.ts';
import type { Announcement } from './announcement.ts';
import { isGroup, type Message } from './group-announcement.ts';

export interface Wording {
  /** The message, given what the route was to hear before. */
  message(earlier: readonly Delivery[]): Message;
  readonly about: Message;
  readonly reminder: boolean;
}

/** Strongly read; undefined where what it is about has expired. */
export async function wordingOf(key: DeliveryKey): Promise<Wording | undefined> {
  const { project, episode, position } = key;
  if (isReminder(key)) return remindingOf(unbroken(await listTransitions(key)).at(-1));
  const about = isGroupId(episode)
    ? await readGroupAnnouncement({ project, group: episode }, Number(position))
    : await readTransition(key);
  return about && { about, reminder: false, message: () => about };
}

function remindingOf(standing: Announcement | undefined): Wording | undefined {
  if (standing === undefined) return undefined;
  const message = (earlier: readonly Delivery[]): Message =>
    wasTold(earlier) ? { ...standing, reminder: true } : standing;
  return { about: standing, reminder: true, message };
}

function wasTold(earlier: readonly Delivery[]): boolean {
  return earlier.some(({ state }) => state === 'sent' || state === 'grouped');
}

/**
 * What to settle a delivery with that is not to be sent.
 *
 * - Nobody is told of the end of what nobody was told of: it is suppressed where that was meant, failed where that failed.
 * - A reminder of what is over says nothing. It is read after the reminder entered the ledger, and an end enters the
 *   ledger after it is known: so either the end waits for this reminder, or this reminder sees the end.
 */
export function untold({ about, reminder }: Wording, earlier: readonly Delivery[]): Settlement | undefined {
  if (isGroup(about)) return undefined;
  if (reminder) {
    return about.status === 'firing' ? undefined : { state: 'suppressed', reason: 'it was over before it was told' };
  }
  if (earlier.length === 0 || wasTold(earlier)) return undefined;
  return earlier.some(({ state }) => state === 'failed')
    ? { state: 'failed', reason: 'the alert was never announced here, because its own delivery failed' }
    : { state: 'suppressed', reason: 'the alert was not announced here' };
}

/**
 * The history of an alert episode: one item per transition, written once. The router decides from it, whatever order
 * the transitions arrived in; the sender words its messages from it.
 */
import { Entity, type EntityItem } from 'electrodb';
import { DAY, expiresAt, MillraceError } from '../../runtime/index.ts';
import { expiry, isConditionFailure, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import type { Announcement } from '../message/announcement.ts';

/**
 * How long episodes, their history and their deliveries are kept: a year and a month, so that an alert can be compared
 * with last year's. It counts from the end of the window that caused the transition, a fact of the event, because a
 * time of handling would differ at every delivery of the same event. What is kept is also what stops a second
 * announcement: events older than this are announced again when they are replayed.
 */
const RETENTION = 400 * DAY;

/** When what a transition left may go: seconds since 1970. */
export function transitionExpiry({ alert }: Announcement): number {
  return expiryFrom(Date.parse(alert.window.end));
}

/** When what began at a time (ms) may go: seconds since 1970. */
export function expiryFrom(time: number): number {
  return expiresAt(time + RETENTION);
}

export const AlertTransition = new Entity({
  model: { entity: 'alertTransition', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    position: { type: keyPartType, required: true },
    change: { type: ['raised', 'resolved', 'revised'] as const, required: true },
    status: { type: ['firing', 'resolved', 'withdrawn'] as const, required: true },
    /** Why; on revisions. */
    reason: { type: 'string' },
    /** The AlertEpisodeSnapshot as it was published. */
    alert: { type: 'any', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byEpisode: {
      pk: { ...primary.pk, composite: ['project', 'episode'] },
      sk: { ...primary.sk, composite: ['position'] },
    },
  },
});

/** Names an episode. */
export interface EpisodeKey {
  readonly project: string;
  readonly episode: string;
}

/** Two different transitions claim one place in an episode's history; the one that came second is announced to nobody. */
export class SequenceTaken extends MillraceError {
  constructor(second: Announcement, first: Announcement) {
    const { episode, sequence } = second.alert;
    super(
      'sequence_taken',
      `transition ${sequence} of ${episode} is "${first.change} ${first.status}" and cannot also be "${second.change} ${second.status}"; give a raise and a resolve each a sequence of its own`,
      { retryable: false },
    );
  }
}

/**
 * Remembers a transition; the first word on it stays.
 * @throws SequenceTaken where its place belongs to another transition already.
 */
export async function recordTransition(announcement: Announcement): Promise<void> {
  const { project, position, change, status, reason, alert } = announcement;
  try {
    await AlertTransition.create({
      project: keyPart(project),
      episode: keyPart(alert.episode),
      position: keyPart(position),
      change,
      status,
      ...(reason === undefined ? {} : { reason }),
      alert,
      expiresAt: transitionExpiry(announcement),
    }).go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
    const first = await readTransition({ project, episode: alert.episode, position });
    if (first && (first.change !== change || first.status !== status)) throw new SequenceTaken(announcement, first);
  }
}

/** One transition, strongly read; undefined where there is none (yet, or any more). */
export async function readTransition(
  key: EpisodeKey & { readonly position: string },
): Promise<Announcement | undefined> {
  const { data } = await AlertTransition.get({ ...keyParts(key), position: keyPart(key.position) }).go({
    ...table(),
    consistent: true,
  });
  return data === null ? undefined : toAnnouncement(data, key.project);
}

/** The transitions of an episode known so far, by position, strongly read. */
export async function listTransitions(episode: EpisodeKey): Promise<Announcement[]> {
  const { data } = await AlertTransition.query
    .byEpisode(keyParts(episode))
    .go({ ...table(), pages: 'all', consistent: true });
  return data.map((item) => toAnnouncement(item, episode.project));
}

export function keyParts({ project, episode }: EpisodeKey) {
  return { project: keyPart(project), episode: keyPart(episode) };
}

function toAnnouncement(item: EntityItem<typeof AlertTransition>, project: string): Announcement {
  return {
    project,
    position: item.position,
    change: item.change,
    status: item.status,
    ...(item.reason === undefined ? {} : { reason: item.reason }),
    alert: item.alert,
  };
}

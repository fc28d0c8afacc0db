/**
 * Alert episodes as they stand: one item each, which only moves forward.
 */
import { Entity, type EntityItem } from 'electrodb';
import type { AlertEpisodeSnapshot } from '../event/index.ts';
import {
  expiry,
  isConditionFailure,
  keyPart,
  keyPartType,
  primary,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../table/index.ts';
import type { AlertStatus, Announcement } from './announcement.ts';
import { keyParts, transitionExpiry } from './transition.ts';

export const AlertEpisode = new Entity({
  model: { entity: 'alertEpisode', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    /** Of the latest transition known. */
    position: { type: keyPartType, required: true },
    sequence: { type: 'number', required: true },
    status: { type: ['firing', 'resolved', 'withdrawn'] as const, required: true },
    /** ms */
    startedAt: timeKey,
    /** The latest AlertEpisodeSnapshot. */
    alert: { type: 'any', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byId: {
      pk: { ...primary.pk, composite: ['project', 'episode'] },
      sk: { ...primary.sk, composite: [] },
    },
    byStart: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['project'] },
      sk: { ...secondary.sk, composite: ['startedAt', 'episode'] },
    },
  },
});

/** An episode as readers see it. */
export interface Episode {
  readonly project: string;
  readonly episode: string;
  readonly status: AlertStatus;
  readonly alert: AlertEpisodeSnapshot;
}

/**
 * Moves an episode on to a transition, unless it is there or further already. It sets what the transition says and
 * nothing else: what people did with the episode (acknowledged, assigned) survives every replay.
 */
export async function advanceEpisode(announcement: Announcement): Promise<void> {
  const { project, status, alert } = announcement;
  const position = keyPart(announcement.position);
  try {
    await AlertEpisode.upsert({
      ...keyParts({ project, episode: alert.episode }),
      position,
      sequence: alert.sequence,
      status,
      startedAt: Date.parse(alert.startedAt),
      alert,
      expiresAt: transitionExpiry(announcement),
    })
      .where(
        (attribute, { notExists, lt }) => `${notExists(attribute.position)} OR ${lt(attribute.position, position)}`,
      )
      .go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

/** The episodes of a project, by start. */
export async function listEpisodes(project: string): Promise<Episode[]> {
  const { data } = await AlertEpisode.query.byStart({ project: keyPart(project) }).go({ ...table(), pages: 'all' });
  return data.map((item) => toEpisode(item, project));
}

function toEpisode({ status, alert }: EntityItem<typeof AlertEpisode>, project: string): Episode {
  const snapshot: AlertEpisodeSnapshot = alert;
  return { project, episode: snapshot.episode, status, alert: snapshot };
}

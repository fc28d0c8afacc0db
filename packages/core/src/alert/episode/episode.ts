/**
 * Alert episodes as they stand: one item each, which only moves forward.
 */
import { Entity, type EntityItem } from 'electrodb';
import type { AlertEpisodeSnapshot } from '../../event/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, secondary, table, timeKey } from '../../table/index.ts';
import type { AlertStatus, Announcement } from '../message/announcement.ts';
import { unlessConditionFails } from './conditional.ts';
import { type EpisodeKey, keyParts, transitionExpiry } from './transition.ts';

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
    /** What people did with it; no transition touches these. Times in ms. */
    acknowledgedBy: { type: 'string' },
    acknowledgedAt: { type: 'number' },
    assignee: { type: 'string' },
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
  /** `at` in ms. */
  readonly acknowledged?: { readonly by: string; readonly at: number };
  readonly assignee?: string;
}

/**
 * Moves an episode on to a transition, unless it is there or further already. It sets what the transition says and
 * nothing else: what people did with the episode (acknowledged, assigned) survives every replay.
 */
export async function advanceEpisode(announcement: Announcement): Promise<void> {
  const { project, status, alert } = announcement;
  const position = keyPart(announcement.position);
  await unlessConditionFails(
    AlertEpisode.upsert({
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
      .go(table()),
  );
}

/** Strongly read; undefined where there is none. */
export async function readEpisode(key: EpisodeKey): Promise<Episode | undefined> {
  const { data } = await AlertEpisode.get(keyParts(key)).go({ ...table(), consistent: true });
  return data === null ? undefined : toEpisode(data, key.project);
}

/** The episodes of a project, by start. @param options.latest how many of them, the latest; all where it is not given. */
export async function listEpisodes(project: string, { latest }: { readonly latest?: number } = {}): Promise<Episode[]> {
  const pages = latest === undefined ? { pages: 'all' as const } : { count: latest };
  const { data } = await AlertEpisode.query
    .byStart({ project: keyPart(project) })
    .go({ ...table(), ...pages, order: 'desc' });
  return data.toReversed().map((item) => toEpisode(item, project));
}

export function toEpisode(item: EntityItem<typeof AlertEpisode>, project: string): Episode {
  const { status, acknowledgedBy, acknowledgedAt, assignee } = item;
  const alert: AlertEpisodeSnapshot = item.alert;
  return {
    project,
    episode: alert.episode,
    status,
    alert,
    ...(acknowledgedBy === undefined || acknowledgedAt === undefined
      ? {}
      : { acknowledged: { by: acknowledgedBy, at: acknowledgedAt } }),
    ...(assignee === undefined ? {} : { assignee }),
  };
}

/**
 * What people do with an episode: acknowledge, assign, comment. It lies beside what transitions write and is touched by
 * none, so it survives every retry, replay and edit of the rule.
 */
import { Entity } from 'electrodb';
import { deterministicId, MillraceError } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table, timeKey } from '../../table/index.ts';
import { unlessConditionFails } from './conditional.ts';
import { AlertEpisode } from './episode.ts';
import { type EpisodeKey, keyParts } from './transition.ts';

/** Characters of a comment. */
const LONGEST = 4000;

export const AlertComment = new Entity({
  model: { entity: 'alertComment', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    /** ms */
    at: timeKey,
    id: { type: keyPartType, required: true },
    by: { type: 'string', required: true },
    text: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byEpisode: {
      pk: { ...primary.pk, composite: ['project', 'episode'] },
      sk: { ...primary.sk, composite: ['at', 'id'] },
    },
  },
});

export interface Comment {
  /** ms */
  readonly at: number;
  readonly by: string;
  readonly text: string;
}

export class UnknownEpisode extends MillraceError {
  constructor({ project, episode }: EpisodeKey) {
    super(
      'unknown_episode',
      `project ${project} has no alert episode ${episode}; "millrace alerts list" shows those there are`,
      {
        retryable: false,
      },
    );
  }
}

export class InvalidComment extends MillraceError {
  constructor(length: number) {
    super('invalid_comment', `a comment has 1 to ${LONGEST} characters, this one ${length}`, { retryable: false });
  }
}

/**
 * Acknowledges an episode: it is reminded of no more. Of several people the first stays.
 * @throws UnknownEpisode
 */
export async function acknowledge(
  key: EpisodeKey,
  { by, at }: { readonly by: string; readonly at: number },
): Promise<void> {
  const done = await unlessConditionFails(
    AlertEpisode.patch(keyParts(key))
      .set({ acknowledgedBy: by, acknowledgedAt: at })
      .where(({ acknowledgedBy }, { notExists }) => notExists(acknowledgedBy))
      .go(table()),
  );
  if (done === undefined) await requireEpisode(key);
}

/** Gives an episode to somebody. @throws UnknownEpisode */
export async function assign(key: EpisodeKey, assignee: string): Promise<void> {
  const done = await unlessConditionFails(AlertEpisode.patch(keyParts(key)).set({ assignee }).go(table()));
  if (done === undefined) throw new UnknownEpisode(key);
}

/**
 * Adds a comment. The same one by the same person at the same time is one.
 * @throws UnknownEpisode, InvalidComment
 */
export async function comment(key: EpisodeKey, { at, by, text }: Comment): Promise<void> {
  if (text.trim() === '' || text.length > LONGEST) throw new InvalidComment(text.length);
  const { expiresAt } = await requireEpisode(key);
  const id = keyPart(deterministicId('evt', 'alert.comment', key.project, key.episode, at, by, text));
  await AlertComment.put({ ...keyParts(key), at, id, by, text, expiresAt }).go(table());
}

/** The comments on an episode, oldest first. */
export async function listComments(key: EpisodeKey): Promise<Comment[]> {
  const { data } = await AlertComment.query.byEpisode(keyParts(key)).go({ ...table(), pages: 'all', consistent: true });
  return data.map(({ at, by, text }) => ({ at, by, text }));
}

async function requireEpisode(key: EpisodeKey) {
  const { data } = await AlertEpisode.get(keyParts(key)).go({ ...table(), consistent: true });
  if (data === null) throw new UnknownEpisode(key);
  return data;
}

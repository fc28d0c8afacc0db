/**
 * The alert episodes of a project: a page of them, and one with its history.
 */
import {
  AlertEpisode,
  type Announcement,
  type Comment,
  type Delivery,
  deliveriesOf,
  type Episode,
  type GroupAnnouncement,
  groupMessagesOf,
  listComments,
  listTransitions,
  readEpisode,
  slackMessage,
} from '@millrace/core/alert';
import { keyPart } from '@millrace/core/table';
import { type Page, type PageQuery, pageOf } from './page.ts';

/** Of one episode: an episode that late data revised more often than this shows its latest. */
const MOST = 200;

/** Without the episode's project, and of people just who they are. */
export type EpisodeView = Pick<Episode, 'episode' | 'status' | 'alert' | 'assignee'> & {
  readonly acknowledgedBy?: string;
};

/** Newest first. */
export async function listEpisodes(project: string, query: PageQuery): Promise<Page<EpisodeView>> {
  return await pageOf(
    ['episodes', project],
    query,
    (options) => AlertEpisode.query.byStart({ project: keyPart(project) }).go({ ...options, order: 'desc' }),
    ({ status, alert, acknowledgedBy, assignee }) => ({
      episode: alert.episode,
      status,
      alert,
      ...(acknowledgedBy === undefined ? {} : { acknowledgedBy }),
      ...(assignee === undefined ? {} : { assignee }),
    }),
  );
}

export interface EpisodeHistory {
  readonly episode: Episode;
  /** Each with the message Slack would show; oldest first. */
  readonly transitions: readonly (Announcement & { readonly slack: ReturnType<typeof slackMessage> })[];
  /** The messages of groups that told of it, each with what Slack would show; in the order they were made. */
  readonly groups: readonly (Omit<GroupAnnouncement, 'members'> & {
    readonly slack: ReturnType<typeof slackMessage>;
  })[];
  readonly deliveries: readonly Delivery[];
  /** Oldest first. */
  readonly comments: readonly Comment[];
  /** False where older ones are left out. */
  readonly complete: boolean;
}

/** Undefined where the project has no such episode. */
export async function episodeHistory(project: string, episode: string): Promise<EpisodeHistory | undefined> {
  const key = { project, episode };
  const [found, transitions, deliveries, comments] = await Promise.all([
    readEpisode(key),
    listTransitions(key),
    deliveriesOf(key),
    listComments(key),
  ]);
  if (found === undefined) return undefined;
  const groups = await groupMessagesOf(project, deliveries.slice(-MOST));
  return {
    episode: found,
    transitions: transitions.slice(-MOST).map((transition) => ({ ...transition, slack: slackMessage(transition) })),
    groups: groups.map(({ members, ...group }) => ({ ...group, slack: slackMessage({ ...group, members }) })),
    deliveries: deliveries.slice(-MOST),
    comments: comments.slice(-MOST),
    complete: [transitions, deliveries, comments].every(({ length }) => length <= MOST),
  };
}

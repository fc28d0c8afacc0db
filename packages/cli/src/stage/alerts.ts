/**
 * The alert episodes of a stage: each function does one thing and returns what there is to say of it.
 */
import {
  acknowledge,
  assign,
  type Comment,
  comment,
  createSilence,
  type Delivery,
  deliveriesOf,
  deliveryQueue,
  type Episode,
  endSilence,
  listComments,
  listEpisodes,
  listSilences,
  listTransitions,
  matcherText,
  openRoute,
  parseMatchers,
  plainText,
  readEpisode,
  retryDeliveries,
  type Silence,
  UnknownEpisode,
} from '@millrace/core/alert';
import { deterministicId, iso, MillraceError } from '@millrace/core/runtime';
import { routes } from '@millrace/pipeline/routes';
import { clean, plural, section } from '../report.ts';
import { testAnnouncement } from './test-announcement.ts';

type EpisodeKey = Pick<Episode, 'project' | 'episode'>;

/** @param latest how many; those that fire are looked for among all. */
export async function list(
  project: string,
  { firingOnly, latest }: { readonly firingOnly: boolean; readonly latest: number },
): Promise<string> {
  const found = await listEpisodes(project, firingOnly ? {} : { latest });
  const episodes = found.filter(({ status }) => !firingOnly || status === 'firing').slice(-latest);
  if (episodes.length === 0)
    return `no ${firingOnly ? 'alert fires' : 'alert episodes'} in project ${clean(project)}\n`;
  const rows = episodes.map(({ episode, status, alert, acknowledged, assignee }) => [
    clean(episode),
    status,
    alert.severity,
    alert.startedAt.slice(0, 16).replace('T', ' '),
    clean([alert.rule.id, ...Object.values(alert.partition)].join(' ')),
    clean(
      [acknowledged && `acknowledged by ${acknowledged.by}`, assignee && `for ${assignee}`].filter(Boolean).join(', '),
    ),
  ]);
  return section(plural(episodes.length, 'alert episode'), rows);
}

export async function show(key: EpisodeKey): Promise<string> {
  const episode = await readEpisode(key);
  const latest = (await listTransitions(key)).at(-1);
  if (episode === undefined || latest === undefined) throw new UnknownEpisode(key);
  const { acknowledged, assignee } = episode;
  const people = [
    ...(acknowledged === undefined ? [] : [['acknowledged', clean(acknowledged.by), iso(acknowledged.at)]]),
    ...(assignee === undefined ? [] : [['assigned to', clean(assignee), '']]),
    ...(await listComments(key)).map(({ at, by, text }) => [clean(by), clean(text), iso(at)]),
  ];
  const deliveries = (await deliveriesOf(key)).map((one) => deliveryRow(one));
  return [
    `${plainText(latest)}\n`,
    ...(people.length === 0 ? [] : [section('People', people)]),
    section('Notifications', deliveries),
  ].join('\n');
}

function deliveryRow({ route, sequence, position, state, attempts, reason, retryAt }: Delivery): string[] {
  const what = position.includes('~') ? `${sequence}, reminder` : `${sequence}`;
  const why = reason ?? (retryAt === undefined ? '' : `again at ${iso(retryAt)}`);
  return [clean(route), what, state, plural(attempts, 'attempt'), clean(why)];
}

export async function ack(key: EpisodeKey, who: { readonly by: string; readonly at: number }): Promise<string> {
  await acknowledge(key, who);
  const by = (await readEpisode(key))?.acknowledged?.by ?? who.by;
  return by === who.by ? `acknowledged by ${clean(by)}\n` : `acknowledged by ${clean(by)} already\n`;
}

export async function assignTo(key: EpisodeKey, to: string): Promise<string> {
  await assign(key, to);
  return `assigned to ${clean(to)}\n`;
}

export async function commentOn(key: EpisodeKey, given: Comment): Promise<string> {
  await comment(key, given);
  return `${plural((await listComments(key)).length, 'comment')}\n`;
}

export async function silence(
  given: Omit<Silence, 'id' | 'matchers'> & { readonly matchers: string },
): Promise<string> {
  const { id, to } = await createSilence({ ...given, matchers: parseMatchers(given.matchers) });
  return `${id}: silent until ${iso(to)}\n`;
}

export async function silences(project: string, now: number): Promise<string> {
  const rows = (await listSilences(project)).map(({ id, matchers, from, to, by, comment: why }) => [
    id,
    to <= now ? 'ended' : from > now ? 'to come' : 'in force',
    `${iso(from).slice(0, 16)} to ${iso(to).slice(0, 16)}`,
    clean(matchers.map(matcherText).join(', ')),
    clean(`${by}${why === '' ? '' : `: ${why}`}`),
  ]);
  return rows.length === 0 ? `no silences in project ${clean(project)}\n` : section('Silences', rows);
}

class NoSilence extends MillraceError {
  constructor(id: string) {
    super('no_silence', `no silence ${id} is in force or to come; "millrace alerts silences" shows those there are`);
  }
}

export async function unsilence(project: string, id: string, now: number): Promise<string> {
  if (!(await endSilence(project, id, now))) throw new NoSilence(id);
  return `${clean(id)}: ended\n`;
}

export async function retry(key: EpisodeKey, route: string, now: number): Promise<string> {
  const id = deterministicId('evt', 'alert.retry', key.project, key.episode, route, now);
  const cause = { id, traceId: deterministicId('trc', key.episode), hop: 0 };
  const count = await retryDeliveries(key, route, { queue: deliveryQueue, cause });
  return count === 0 ? `nothing failed on ${clean(route)}\n` : `${plural(count, 'notification')} on the way again\n`;
}

/** The route did not take the test message. */
class RouteFailed extends MillraceError {
  constructor(route: string, reason: string) {
    super('route_failed', `${route} did not take the test message: ${reason}`);
  }
}

export async function testRoute(route: string, now: number): Promise<string> {
  const message = testAnnouncement(now);
  const outcome = await openRoute(routes, route).send(message, { delivery: `test-${now}`, now: () => now });
  if (outcome.result !== 'sent') throw new RouteFailed(route, outcome.reason);
  return `${clean(route)} took this:\n\n${plainText(message)}\n`;
}

/**
 * A group's turn: whether there is anything to tell of it, and if so, what. The message is made by one write; all else
 * follows from it, and is done again by whoever finds it undone.
 */
import { type Deadline, finishDeadline } from '../deadline.ts';
import { enterDelivery, readDelivery } from '../deliver/delivery.ts';
import { type DeliveryQueue, deliveryMessage, timeCause } from '../deliver/queue.ts';
import { readEpisode } from '../episode/episode.ts';
import { MEMBERS_SHOWN } from '../message/group-announcement.ts';
import type { Inhibitions } from '../mute/inhibition.ts';
import { coolDown, muteOf, type Surroundings, surroundingsOf } from '../mute/mute.ts';
import { isOpen, nextOpening } from '../route/hours.ts';
import { type Grouping, groupingOf, type Policy, policyFor } from '../route/policy.ts';
import type { Routes } from '../route/routes.ts';
import {
  type Group,
  type GroupKey,
  groupLabels,
  listMembers,
  type Member,
  memberName,
  readGroup,
  removeMember,
  writeGroup,
} from './group.ts';
import { verdictOf } from './group-decision.ts';
import { createNotice, type EpisodePoint, type Notice, noticePosition, readNotice, toldByText } from './notice.ts';

/** New transitions a message covers at most, so that it fits an item (400 KB); the next message covers the rest. */
const MOST_NEWS = 1000;

export interface TimeOptions {
  readonly queue: DeliveryQueue;
  readonly routes: Routes;
  readonly inhibitions: Inhibitions;
  /** ms */
  readonly now: number;
}

/** Looks at the group a deadline is about, and finishes the deadline. @param held by `holdDeadline`. */
export async function flushGroup(held: Deadline, options: TimeOptions): Promise<void> {
  const { now, routes, inhibitions } = options;
  const key = { project: held.project, group: held.subject };
  const route = routes.get(held.route);
  if (route === undefined) return await finishDeadline(held, undefined);
  if (route.hours !== undefined && !isOpen(route.hours, now)) {
    return await finishDeadline(held, nextOpening(route.hours, now));
  }

  const [group, members] = [await readGroup(key), await listMembers(key)];
  const begun = await readNotice(key, (group?.number ?? 0) + 1); // by somebody who did not get to the end
  const policy = policyFor(route, members[0]?.notify);
  const grouping = groupingOf(policy);
  if (grouping === undefined) {
    if (begun !== undefined) await tell(key, begun, held, options);
    return await finishDeadline(held, undefined);
  }
  const surroundings = await surroundingsOf(held.project, inhibitions, now);
  const view = await viewOf(key, { group, members, route, policy, grouping, name: held.route, surroundings });
  const notice = begun ?? (await noticeOf(key, view, now));
  if (notice !== undefined) await tell(key, notice, held, options);
  else for (const member of view.forgotten) await removeMember(key, member);
  await finishDeadline(held, nextLook(view, begun ?? notice, now));
}

/** A group, seen at its turn. */
interface View {
  readonly group: Group | undefined;
  readonly policy: Policy;
  readonly grouping: Grouping;
  /** Members that fire and are not muted. */
  readonly firing: readonly Member[];
  /** Members that ended, and whose end is to be told. */
  readonly ended: readonly Member[];
  /** Members that ended, and that nobody will ask for any more. */
  readonly forgotten: readonly Member[];
  /** When (ms) the first of the muted ones may be told. */
  readonly unmutedAt: number | undefined;
  readonly more: boolean;
}

interface Seen {
  readonly group: Group | undefined;
  readonly members: readonly Member[];
  readonly route: Policy;
  /** Of the group: the route's, and where its rule has settings, those first. */
  readonly policy: Policy;
  readonly grouping: Grouping;
  /** Of the route. */
  readonly name: string;
  readonly surroundings: Surroundings;
}

async function viewOf(key: GroupKey, seen: Seen): Promise<View> {
  const { group, members, route, policy, grouping, name, surroundings } = seen;
  const told = new Set(group?.firing);
  const firing: Member[] = [];
  const ended: Member[] = [];
  const forgotten: Member[] = [];
  let unmutedAt: number | undefined;
  let news = 0;
  for (const member of members) {
    const known = told.has(memberName(member.episode));
    if (member.status === 'firing') {
      const subject = { project: key.project, ...member };
      const mute =
        (await muteOf(subject, {}, surroundings)) ??
        (known ? undefined : await coolDown(subject, name, policyFor(route, member.notify), surroundings.now));
      if (mute !== undefined) unmutedAt = Math.min(mute.until, unmutedAt ?? mute.until);
      else if (known || news++ < MOST_NEWS) firing.push(member);
      continue;
    }
    const wanted = member.sendResolved || member.status === 'withdrawn';
    const untold = known || (grouping.every !== undefined && !(await wasTold(key.project, member, name)));
    if (!(wanted && untold)) forgotten.push(member);
    else if (news++ < MOST_NEWS) ended.push(member);
  }
  return { group, policy, grouping, firing, ended, forgotten, unmutedAt, more: news > MOST_NEWS };
}

/** Whether a message told of this transition: a digest tells even of what came and went since the last. */
async function wasTold(project: string, { episode, position }: Member, route: string): Promise<boolean> {
  return (await readDelivery({ project, episode, position, route })) !== undefined;
}

async function noticeOf(key: GroupKey, view: View, now: number): Promise<Notice | undefined> {
  const { group, policy, grouping, firing, ended, forgotten } = view;
  const told = new Set(group?.firing);
  const names = (members: readonly Member[]) => members.map(({ episode }) => memberName(episode));
  const standing = { firing: names(firing), ended: names(ended) };
  const usual = verdictOf(group && { firing: told, at: group.toldAt }, standing, policy.repeat, now);
  const verdict = grouping.every !== undefined && ended.length > 0 ? 'news' : usual;
  if (verdict === 'nothing' || (verdict === 'reminder' && (await allAcknowledged(key, firing)))) return undefined;

  const [sample] = [...firing, ...ended, ...forgotten];
  const reminder = verdict === 'reminder' ? { reminder: true as const } : {};
  const digest = grouping.every === undefined ? {} : { digest: true as const };
  const shown = [...firing.toSorted(worstFirst), ...ended.toSorted(worstFirst)];
  const severity = shown[0]?.severity ?? 'info';
  const counts = { firing: firing.length, resolved: ended.length };
  const labels = sample === undefined ? {} : groupLabels(grouping, sample.labels);
  const head = { ...key, number: (group?.number ?? 0) + 1, labels, severity, ...counts, ...reminder, ...digest };
  return await createNotice(key, {
    head,
    shown: shown.slice(0, MEMBERS_SHOWN).map(pointOf),
    at: now,
    expiresAt: Math.max(0, ...[...shown, ...forgotten].map(({ expiresAt }) => expiresAt)),
    firing: standing.firing,
    news: [...firing.filter(({ episode }) => !told.has(memberName(episode))), ...ended].map(pointOf),
    done: [...ended, ...forgotten].map(({ episode, position }) => ({ episode, position })),
    ...(shown.length === 0 ? { silent: true as const } : {}),
  });
}

/** Whether somebody has taken on every one of them: then nobody is reminded. */
async function allAcknowledged({ project }: GroupKey, members: readonly Member[]): Promise<boolean> {
  for (const { episode } of members) {
    if ((await readEpisode({ project, episode }))?.acknowledged === undefined) return false;
  }
  return true;
}

const severities = { critical: 0, warning: 1, info: 2 } as const;

function worstFirst(a: Member, b: Member): number {
  return (
    severities[a.severity] - severities[b.severity] ||
    a.startedAt.localeCompare(b.startedAt) ||
    a.episode.localeCompare(b.episode)
  );
}

function pointOf({ episode, position, sequence, at, expiresAt }: Member): EpisodePoint {
  return { episode, position, sequence, at, expiresAt };
}

/** All that follows from a message; every step can be repeated. The group's own item comes last: it says that all is done. */
async function tell(
  key: GroupKey,
  notice: Notice,
  { route, ...held }: Deadline,
  { queue }: TimeOptions,
): Promise<void> {
  const { head, at, expiresAt, firing, news, done } = notice;
  const { project, group } = key;
  const position = noticePosition(head.number);
  for (const point of news) {
    await enterDelivery({ ...point, project, route, state: 'grouped', reason: toldByText(key, head.number) });
  }
  if (notice.silent !== true) {
    const delivery = { project, episode: group, position, route };
    await enterDelivery({ ...delivery, sequence: head.number, at, expiresAt, state: 'pending' });
    await queue.send([deliveryMessage(delivery, timeCause({ ...held, route, planned: at }))]);
  }
  for (const member of done) await removeMember(key, member);
  await writeGroup(key, { number: head.number, firing, toldAt: at }, expiresAt);
}

/** When (ms) the group is to be looked at again without anything new; undefined for never. */
function nextLook({ group, policy, grouping, firing, unmutedAt, more }: View, notice: Notice | undefined, now: number) {
  const { repeat } = policy;
  const { interval, every } = grouping;
  const toldAt = notice?.at ?? group?.toldAt;
  const free = firing.length === 0 || toldAt === undefined ? now : toldAt + interval; // to tell what is new
  const times = [
    ...(unmutedAt === undefined ? [] : [Math.max(unmutedAt, free)]),
    ...(more ? [now + interval] : []),
    ...(repeat !== undefined && firing.length > 0 && toldAt !== undefined
      ? [(toldAt + repeat > now ? toldAt : now) + repeat] // past, where all are acknowledged
      : []),
  ];
  if (times.length === 0) return undefined;
  const next = Math.max(now + 1, Math.min(...times));
  return every === undefined ? next : Math.ceil(next / every) * every;
}

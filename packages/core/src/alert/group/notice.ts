/**
 * A message about a group, as it was made: whatever becomes of the group later, and however often the message is tried,
 * it says the same.
 */
import { Entity } from 'electrodb';
import { MillraceError } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import type { Delivery } from '../deliver/delivery.ts';
import { unlessConditionFails } from '../episode/conditional.ts';
import { readTransition } from '../episode/transition.ts';
import type { GroupAnnouncement } from '../message/group-announcement.ts';
import { type GroupKey, groupKeyParts } from './group.ts';

export const AlertNotice = new Entity({
  model: { entity: 'alertNotice', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    group: { type: keyPartType, required: true },
    position: { type: keyPartType, required: true },
    /** A Notice. */
    notice: { type: 'any', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'group'] },
      sk: { ...primary.sk, composite: ['position'] },
    },
  },
});

/** An episode at one transition. */
export interface EpisodePoint {
  readonly episode: string;
  readonly position: string;
  readonly sequence: number;
  /** ms */
  readonly at: number;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export interface Notice {
  /** What the message says beside its members. */
  readonly head: Omit<GroupAnnouncement, 'members'>;
  /** The members it shows. */
  readonly shown: readonly EpisodePoint[];
  /** When (ms) it was made. */
  readonly at: number;
  readonly expiresAt: number;
  /** Names of all that fired. */
  readonly firing: readonly string[];
  /** Transitions nobody was told of before. */
  readonly news: readonly EpisodePoint[];
  /** Ended members the group need not remember any longer. */
  readonly done: readonly Pick<EpisodePoint, 'episode' | 'position'>[];
  /** Nothing is sent: what was told is over, and nobody wants to hear of ends. */
  readonly silent?: true;
}

export function noticePosition(number: number): string {
  return String(number).padStart(9, '0');
}

/** What the ledger says of a transition that a group's message told. */
export function toldByText({ group }: GroupKey, number: number): string {
  return `told by ${group} ${number}`;
}

/** The messages that told of grouped deliveries, each once, in order; without those that have expired. */
export async function groupMessagesOf(project: string, deliveries: readonly Delivery[]): Promise<GroupAnnouncement[]> {
  const named = deliveries.flatMap(({ reason = '' }) => {
    const [text, group, number] = /^told by (grp_\w+) (\d+)$/.exec(reason) ?? [];
    return text === undefined || group === undefined ? [] : [[text, { group, number: Number(number) }] as const];
  });
  const messages = [...new Map(named).values()].map(({ group, number }) =>
    readGroupAnnouncement({ project, group }, number),
  );
  return (await Promise.all(messages)).filter((message) => message !== undefined);
}

function itemKey(key: GroupKey, number: number) {
  return { ...groupKeyParts(key), position: keyPart(noticePosition(number)) };
}

/** Strongly read; undefined where there is none of that number. */
export async function readNotice(key: GroupKey, number: number): Promise<Notice | undefined> {
  const { data } = await AlertNotice.get(itemKey(key, number)).go({ ...table(), consistent: true });
  return data === null ? undefined : data.notice;
}

/** Makes a message the next of its group. @returns it, or the one somebody else made first. */
export async function createNotice(key: GroupKey, notice: Notice): Promise<Notice> {
  const { number } = notice.head;
  const created = await unlessConditionFails(
    AlertNotice.create({ ...itemKey(key, number), notice, expiresAt: notice.expiresAt }).go(table()),
  );
  return created === undefined ? ((await readNotice(key, number)) ?? notice) : notice;
}

/** A member's history is gone before the message about it went out. */
export class MemberGone extends MillraceError {
  constructor({ episode, position }: EpisodePoint) {
    super('member_gone', `transition ${position} of ${episode} has expired; its group's message cannot be worded`);
  }
}

/** The message of a notice; undefined where there is none of that number. */
export async function readGroupAnnouncement(key: GroupKey, number: number): Promise<GroupAnnouncement | undefined> {
  const notice = await readNotice(key, number);
  if (notice === undefined) return undefined;
  const members = await Promise.all(
    notice.shown.map(async (point) => {
      const member = await readTransition({ project: key.project, ...point });
      if (member === undefined) throw new MemberGone(point);
      return member;
    }),
  );
  return { ...notice.head, members };
}

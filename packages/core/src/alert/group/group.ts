/**
 * Groups of alerts that are told in one message: who is in them, and what was told last. A group is all alerts of a
 * project that one route takes and that agree in the labels it groups by. A rule with settings of its own has groups of
 * its own.
 */
import { Entity, type EntityItem } from 'electrodb';
import type { NotifySettings, Severity } from '../../event/index.ts';
import { deterministicId, hash } from '../../runtime/index.ts';
import { expiry, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import { ensureDeadline } from '../deadline.ts';
import { unlessConditionFails } from '../episode/conditional.ts';
import { transitionExpiry } from '../episode/transition.ts';
import type { AlertStatus, Announcement } from '../message/announcement.ts';
import { type Labels, labelsOf } from '../route/matcher.ts';
import { type Grouping, groupingOf, ownGrouping, type Policy, policyFor } from '../route/policy.ts';

export const AlertGroup = new Entity({
  model: { entity: 'alertGroup', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    group: { type: keyPartType, required: true },
    /** Of the last message. */
    number: { type: 'number', required: true },
    /** Names of the members that fired in it; see `memberName`. */
    firing: { type: 'list', items: { type: 'string' }, required: true },
    /** When (ms) it was made. */
    toldAt: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'group'] },
      sk: { ...primary.sk, composite: [] },
    },
  },
});

/** An episode as its group knows it; gone when its end was told, or needs no telling. */
export const AlertGroupMember = new Entity({
  model: { entity: 'alertGroupMember', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    group: { type: keyPartType, required: true },
    episode: { type: keyPartType, required: true },
    id: { type: 'string', required: true },
    position: { type: keyPartType, required: true },
    sequence: { type: 'number', required: true },
    status: { type: ['firing', 'resolved', 'withdrawn'] as const, required: true },
    severity: { type: ['info', 'warning', 'critical'] as const, required: true },
    startedAt: { type: 'string', required: true },
    /** End of the window of its transition, ms. */
    at: { type: 'number', required: true },
    sendResolved: { type: 'boolean', required: true },
    /** What it was matched by when it was raised, as pairs. */
    labels: { type: 'any', required: true },
    /** The NotifySettings of its rule when it was raised; of all members that matters to the group the same. */
    notify: { type: 'any' },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'group'] },
      sk: { ...primary.sk, composite: ['episode'] },
    },
  },
});

/** Names a group. */
export interface GroupKey {
  readonly project: string;
  readonly group: string;
}

/** What was told of a group last. */
export interface Group {
  /** From 1, one more for each message. */
  readonly number: number;
  readonly firing: readonly string[];
  /** ms */
  readonly toldAt: number;
}

export interface Member {
  readonly episode: string;
  readonly position: string;
  readonly sequence: number;
  readonly status: AlertStatus;
  readonly severity: Severity;
  readonly startedAt: string;
  readonly at: number;
  readonly sendResolved: boolean;
  readonly labels: Labels;
  readonly notify?: NotifySettings;
  readonly expiresAt: number;
}

/** An episode: how it began, and how it stands. */
export interface Life {
  readonly first: Announcement;
  readonly standing: Announcement;
}

const PREFIX = 'grp_';

/** Whether the subject of a delivery or a deadline is a group, not an episode. */
export function isGroupId(subject: string): boolean {
  return subject.startsWith(PREFIX);
}

/** Short, because a group holds many: 50 bits of a hash. */
export function memberName(episode: string): string {
  return hash(episode).slice(0, 10);
}

export function groupKeyParts({ project, group }: GroupKey) {
  return { project: keyPart(project), group: keyPart(group) };
}

/**
 * Enters an episode as it stands into its group, or moves it on there, and sees to it that the group is looked at in
 * time. Does nothing where the route tells it alone. Idempotent, and the same in any order.
 */
export async function joinGroup(
  life: Life,
  { name, route }: { readonly name: string; readonly route: Policy },
  now: number,
): Promise<void> {
  const { project, alert } = life.first;
  const grouping = groupingOf(policyFor(route, alert.notify));
  if (grouping === undefined) return;
  const own = ownGrouping(route, alert.notify);
  const labels = Object.entries(groupLabels(grouping, labelsOf(life.first))).flat();
  const apart = own === undefined ? [] : [alert.rule.id, JSON.stringify(own)];
  const group = deterministicId('grp', project, name, ...labels, ...apart);
  const known = await readGroup({ project, group });
  await advanceMember(life, group);
  await ensureDeadline({ project, subject: group, route: name, position: '' }, dueOf(known, grouping, now));
}

/** A group that fires already has had its wait. Digests are due at whole multiples of their length. */
function dueOf(group: Group | undefined, { wait, interval, every }: Grouping, now: number): number {
  if (every !== undefined) return (Math.floor(now / every) + 1) * every;
  return group === undefined || group.firing.length === 0 ? now + wait : Math.max(now, group.toldAt + interval);
}

/** The labels a route groups by, of one of its alerts. */
export function groupLabels({ by }: Grouping, labels: Labels): Record<string, string> {
  return Object.fromEntries(by.map((name) => [name, labels.get(name) ?? '']));
}

async function advanceMember({ first, standing }: Life, group: string): Promise<void> {
  const { project, status, alert } = standing;
  const { notify } = first.alert;
  const position = keyPart(standing.position);
  await unlessConditionFails(
    AlertGroupMember.upsert({
      ...groupKeyParts({ project, group }),
      episode: keyPart(alert.episode),
      id: alert.episode,
      position,
      sequence: alert.sequence,
      status,
      severity: alert.severity,
      startedAt: alert.startedAt,
      at: Date.parse(alert.window.end),
      sendResolved: alert.sendResolved,
      labels: [...labelsOf(first)],
      ...(notify === undefined ? {} : { notify }),
      expiresAt: transitionExpiry(standing),
    })
      .where(
        (attribute, { notExists, lt }) => `${notExists(attribute.position)} OR ${lt(attribute.position, position)}`,
      )
      .go(table()),
  );
}

/** Strongly read. */
export async function readGroup(key: GroupKey): Promise<Group | undefined> {
  const { data } = await AlertGroup.get(groupKeyParts(key)).go({ ...table(), consistent: true });
  return data === null ? undefined : { number: data.number, firing: data.firing, toldAt: data.toldAt };
}

/** Remembers what was told, unless that was done already. @param expiresAt seconds since 1970. */
export async function writeGroup(key: GroupKey, group: Group, expiresAt: number): Promise<void> {
  const { number, toldAt } = group;
  const firing = [...group.firing];
  await unlessConditionFails(
    AlertGroup.upsert({ ...groupKeyParts(key), number, firing, toldAt, expiresAt })
      .where((attribute, { notExists, lt }) => `${notExists(attribute.number)} OR ${lt(attribute.number, number)}`)
      .go(table()),
  );
}

/** Strongly read, by episode. */
export async function listMembers(key: GroupKey): Promise<Member[]> {
  const { data } = await AlertGroupMember.query
    .byGroup(groupKeyParts(key))
    .go({ ...table(), pages: 'all', consistent: true });
  return data.map(toMember);
}

/** Takes a member out, unless it has moved on. */
export async function removeMember(
  key: GroupKey,
  { episode, position }: Pick<Member, 'episode' | 'position'>,
): Promise<void> {
  const own = keyPart(position);
  await unlessConditionFails(
    AlertGroupMember.remove({ ...groupKeyParts(key), episode: keyPart(episode) })
      .where((attribute, { eq }) => eq(attribute.position, own))
      .go(table()),
  );
}

function toMember({ id, labels, notify, ...item }: EntityItem<typeof AlertGroupMember>): Member {
  const { position, sequence, status, severity, startedAt, at, sendResolved, expiresAt } = item;
  const pairs: [string, string][] = labels;
  return {
    episode: id,
    position,
    sequence,
    status,
    severity,
    startedAt,
    at,
    sendResolved,
    labels: new Map(pairs),
    ...(notify === undefined ? {} : { notify }),
    expiresAt,
  };
}

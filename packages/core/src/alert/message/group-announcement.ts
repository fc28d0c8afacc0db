/**
 * What is said about a group of alerts at once, before any destination gives it a form.
 */
import type { Severity } from '../../event/index.ts';
import {
  type AlertStatus,
  type Announcement,
  legible,
  lengthText,
  minuteText,
  pairs,
  referenceOf,
  severityMark,
  titleOf,
} from './announcement.ts';
import { sparkline } from './sparkline.ts';

/** Members a message shows; of the others it tells how many there are. */
export const MEMBERS_SHOWN = 10;
/** Windows a member's line shows. */
const WINDOWS_SHOWN = 12;

export interface GroupAnnouncement {
  readonly project: string;
  /** Id of the group, and of its messages the how-manieth this is. */
  readonly group: string;
  readonly number: number;
  /** What its members have in common: the labels it is grouped by. */
  readonly labels: Readonly<Record<string, string>>;
  /** The worst of the members that fire; of all, where none does. */
  readonly severity: Severity;
  /** How many members fire, and how many ended since the message before. */
  readonly firing: number;
  readonly resolved: number;
  /** Everything in it was said before, and is still so. */
  readonly reminder?: true;
  readonly digest?: true;
  /** The first of them: firing before ended, worst first, then by start. */
  readonly members: readonly Announcement[];
}

/** What goes out to a destination. */
export type Message = Announcement | GroupAnnouncement;

export function isGroup(message: Message): message is GroupAnnouncement {
  return 'members' in message;
}

export function statusOf(message: Message): AlertStatus {
  if (!isGroup(message)) return message.status;
  return message.firing > 0 ? 'firing' : 'resolved';
}

/** `🔴 3 firing, 1 resolved: rule: payments-failed` */
export function headlineOf(message: Message): string {
  if (!isGroup(message)) return titleOf(message);
  const { firing, resolved, severity, labels, digest, reminder, project } = message;
  const counts = [
    firing > 0 ? `${firing} ${reminder ? 'still firing' : 'firing'}` : '',
    resolved > 0 ? `${resolved} resolved` : '',
  ];
  const mark = firing > 0 ? severityMark[severity] : '✅';
  const what = pairs(labels) || legible(project);
  return `${mark} ${digest ? 'Digest: ' : ''}${counts.filter((text) => text !== '').join(', ')}: ${what}`;
}

/** One line of text under the title. */
export function summaryOf(message: Message): string {
  if (!isGroup(message)) return legible(message.alert.summary);
  return message.members.length === 0
    ? ''
    : `${plainMember(message.members[0])}${message.firing + message.resolved > 1 ? ', …' : ''}`;
}

function plainMember(member: Announcement | undefined): string {
  return member === undefined ? '' : legible(member.alert.summary) || legible(member.alert.rule.name);
}

/** `🔴`, `Payments failed`, and what is to be known of the member beside its name and what the group has in common. */
export function memberText(
  { status, alert }: Announcement,
  group: GroupAnnouncement,
): { readonly mark: string; readonly name: string; readonly details: string } {
  const mark = status === 'firing' ? severityMark[alert.severity] : status === 'resolved' ? '✅' : '⚪';
  const own = Object.entries(alert.partition).filter(([name, value]) => group.labels[name] !== value);
  const length =
    alert.resolvedAt === undefined
      ? ''
      : `lasted ${lengthText(Date.parse(alert.resolvedAt) - Date.parse(alert.startedAt))}`;
  const details = [
    pairs(Object.fromEntries(own)),
    `${legible(alert.value)} (${legible(alert.threshold)})`,
    sparkline((alert.series ?? []).slice(-WINDOWS_SHOWN)),
    `since ${minuteText(alert.startedAt)}`,
    length,
  ];
  return {
    mark,
    name: legible(alert.rule.name) || alert.rule.id,
    details: details.filter((text) => text !== '').join(' · '),
  };
}

/** `and 14 more`; empty where all are shown. */
export function othersText({ firing, resolved, members }: GroupAnnouncement): string {
  const others = firing + resolved - members.length;
  return others > 0 ? `and ${others} more` : '';
}

/** Names a message exactly, for whoever looks into it. */
export function originOf(message: Message): string {
  if (!isGroup(message)) return referenceOf(message);
  return `${legible(message.project)} · ${message.group} · ${message.number}`;
}

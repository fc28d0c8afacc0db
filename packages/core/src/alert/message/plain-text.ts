/**
 * A message as plain text: in e-mails, and in a terminal the way it would look.
 */
import { factsOf, legible, pairs } from './announcement.ts';
import {
  type GroupAnnouncement,
  headlineOf,
  isGroup,
  type Message,
  memberText,
  originOf,
  othersText,
} from './group-announcement.ts';

/** The width of the column of labels. */
const LABEL = 11;

/** Several lines without a last line break. Nothing from an event can move a terminal's cursor or colours. */
export function plainText(message: Message, link?: string): string {
  const lines = [headlineOf(message), ...(isGroup(message) ? groupLines(message) : alertLines(message))];
  lines.push('', originOf(message));
  if (link !== undefined) lines.push(link);
  return lines.join('\n');
}

function alertLines(announcement: Exclude<Message, GroupAnnouncement>): string[] {
  const summary = legible(announcement.alert.summary);
  const facts = factsOf(announcement).map(([label, value]) => `${label.padEnd(LABEL)}${value}`);
  return [...(summary === '' ? [] : [summary]), '', ...facts];
}

function groupLines(group: GroupAnnouncement): string[] {
  const members = group.members.flatMap((member) => {
    const { mark, name, details } = memberText(member, group);
    return [`${mark} ${name}`, `   ${details}`];
  });
  const others = othersText(group);
  return [
    `${'Project'.padEnd(LABEL)}${legible(group.project)}`,
    ...labelLine(group),
    '',
    ...members,
    ...(others === '' ? [] : [others]),
  ];
}

function labelLine({ labels }: GroupAnnouncement): string[] {
  const text = pairs(labels);
  return text === '' ? [] : [`${'Group'.padEnd(LABEL)}${text}`];
}

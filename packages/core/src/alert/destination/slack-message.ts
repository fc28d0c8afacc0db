/**
 * A message as Slack shows it: Block Kit, with a text for notifications and for clients without blocks.
 *
 * Slack reads `&`, `<` and `>` as its own marks (`<!channel>` pings everybody, `<url|text>` is a link), so every text
 * that comes from events has them escaped; `verbatim` keeps bare `@names` and URLs from becoming live.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { factsOf, legible, pairs } from '../announcement.ts';
import {
  type GroupAnnouncement,
  headlineOf,
  isGroup,
  type Message,
  memberText,
  originOf,
  othersText,
  summaryOf,
} from '../group-announcement.ts';

/** Slack's limits, in characters as sent. https://docs.slack.dev/reference/block-kit/blocks */
const HEADER = 150;
const SECTION = 3000;
const FIELD = 2000;
const TEXT = 40_000;
/** Fields a section holds; there are fewer facts than this. */
const FIELDS = 10;

type Blocks = NonNullable<IncomingWebhookSendArguments['blocks']>;

/**
 * A pure function: the same message looks the same.
 * @param link to the console, where there is one.
 */
export function slackMessage(message: Message, link?: string): IncomingWebhookSendArguments {
  const title = headlineOf(message);
  const summary = summaryOf(message);
  return {
    text: escapeAndCut(summary === '' ? title : `${title}: ${summary}`, TEXT),
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: escapeAndCut(title, HEADER), emoji: false } },
      ...(isGroup(message) ? groupBlocks(message) : alertBlocks(message)),
      { type: 'context', elements: [mrkdwn(escapeAndCut(originOf(message), FIELD)), ...linkElement(link)] },
    ],
  };
}

function alertBlocks(announcement: Exclude<Message, GroupAnnouncement>): Blocks {
  const summary = legible(announcement.alert.summary);
  const fields = factsOf(announcement).slice(0, FIELDS);
  return [
    ...(summary === '' ? [] : [{ type: 'section' as const, text: mrkdwn(escapeAndCut(summary, SECTION)) }]),
    { type: 'section', fields: fields.map(([label, value]) => field(label, value)) },
  ];
}

function groupBlocks(group: GroupAnnouncement): Blocks {
  const members = group.members.map((member) => {
    const { name, details } = memberText(member);
    const head = `*${escapeAndCut(name, HEADER)}*\n`;
    return { type: 'section' as const, text: mrkdwn(head + escapeAndCut(details, SECTION - head.length)) };
  });
  const labels = pairs(group.labels);
  const fields = [field('Project', legible(group.project)), ...(labels === '' ? [] : [field('Group', labels)])];
  const others = othersText(group);
  return [
    { type: 'section', fields },
    ...members,
    ...(others === '' ? [] : [{ type: 'context' as const, elements: [mrkdwn(others)] }]),
  ];
}

function linkElement(link: string | undefined) {
  return link === undefined ? [] : [mrkdwn(`<${escapeAndCut(link, SECTION)}|Open in the console>`)];
}

function field(label: string, value: string) {
  const head = `*${label}*\n`;
  return mrkdwn(head + escapeAndCut(value, FIELD - head.length));
}

function mrkdwn(text: string) {
  return { type: 'mrkdwn', text, verbatim: true } as const;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * Escapes, and cuts to `limit` UTF-16 units with an ellipsis where it is longer: never within an escape or a character.
 */
export function escapeAndCut(text: string, limit: number): string {
  let out = '';
  let fitting = 0; // length of the part after which an ellipsis still fits
  for (const character of text) {
    out += escapes[character] ?? character;
    if (out.length < limit) fitting = out.length;
    if (out.length > limit) return `${out.slice(0, fitting)}…`;
  }
  return out;
}

/**
 * A message as Slack shows it: Block Kit, with a text for notifications and for clients without blocks.
 *
 * Slack reads `&`, `<` and `>` as its own marks (`<!channel>` pings everybody, `<url|text>` is a link), so every text
 * that comes from events has them escaped; `verbatim` keeps bare `@names` and URLs from becoming live.
 * https://docs.slack.dev/messaging/formatting-message-text
 */
import type { IncomingWebhookSendArguments } from '@slack/webhook';
import { type Fact, factsOf, legible, pairs } from '../message/announcement.ts';
import {
  type GroupAnnouncement,
  headlineOf,
  isGroup,
  MEMBERS_SHOWN,
  type Message,
  memberText,
  originOf,
  othersText,
  summaryOf,
} from '../message/group-announcement.ts';

/** Slack's limits, in characters as sent. https://docs.slack.dev/reference/block-kit/blocks */
const HEADER = 150;
const SECTION = 3000;
const FIELD = 2000;
/** What of a value is read in a channel; the console has the rest. */
const VALUE = 400;
const TEXT = 40_000;
/** A member's line: all that are shown, with their line breaks, fit one section. */
const MEMBER = SECTION / MEMBERS_SHOWN - 1;
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
      { type: 'context', elements: [...linkElement(link), mrkdwn(escapeAndCut(originOf(message), FIELD))] },
    ],
  };
}

/** What is read in one line, and so not again in the fields. */
const MEASURE = ['Value', 'Threshold', 'Trend'];

function alertBlocks(announcement: Exclude<Message, GroupAnnouncement>): Blocks {
  const summary = legible(announcement.alert.summary);
  const facts = factsOf(announcement);
  const fields = facts.filter(([label]) => !MEASURE.includes(label)).slice(0, FIELDS);
  const measure = measureText(new Map(facts));
  return [
    ...(summary === '' ? [] : [section(escapeAndCut(summary, SECTION))]),
    ...(measure === '' ? [] : [section(measure)]),
    { type: 'section', fields: fields.map(([label, value]) => field(label, value)) },
  ];
}

/** `*Value* 7   *Threshold* >= 5   ▁▂▁▁█` */
function measureText(facts: ReadonlyMap<Fact[0], Fact[1]>): string {
  const said = (label: string) => escapeAndCut(facts.get(label) ?? '', VALUE);
  const [value, threshold, trend] = MEASURE.map(said);
  const parts = [value && `*Value* ${value}`, threshold && `*Threshold* ${threshold}`, trend];
  return parts.filter(Boolean).join('   ');
}

function groupBlocks(group: GroupAnnouncement): Blocks {
  const members = group.members.map((member) => {
    const { mark, name, details } = memberText(member, group);
    const head = `${mark} *${escapeAndCut(name, MEMBER / 3)}* · `;
    return head + escapeAndCut(details, MEMBER - head.length);
  });
  const labels = pairs(group.labels);
  const fields = [field('Project', legible(group.project)), ...(labels === '' ? [] : [field('Group', labels)])];
  const others = othersText(group);
  return [
    { type: 'section', fields },
    ...(members.length === 0 ? [] : [section(members.join('\n'))]),
    ...(others === '' ? [] : [{ type: 'context' as const, elements: [mrkdwn(others)] }]),
  ];
}

function section(text: string) {
  return { type: 'section' as const, text: mrkdwn(text) };
}

function linkElement(link: string | undefined) {
  return link === undefined ? [] : [mrkdwn(`<${escapeAndCut(link, SECTION)}|Open in the console>`)];
}

function field(label: string, value: string) {
  return mrkdwn(`*${label}*\n${escapeAndCut(value, VALUE)}`);
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

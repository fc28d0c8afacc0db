/**
 * What is said about an alert episode at one transition, before any destination gives it a form: the title and the
 * facts that Slack, SNS and a terminal all show.
 */
import type {
  AlertEpisodeSnapshot,
  EventOf,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
} from '../../event/index.ts';
import { DAY, HOUR, hash, iso, MINUTE, SECOND } from '../../runtime/index.ts';
import { sparkline } from './sparkline.ts';

/** The events the router hears. */
export type AlertEvent = EventOf<typeof RuleAlertRaised | typeof RuleAlertResolved | typeof RuleAlertRevised>;

/** Where an episode stands; `withdrawn`: late data showed that it never was. */
export type AlertStatus = 'firing' | 'resolved' | 'withdrawn';

/** What moved an episode. */
export type Change = 'raised' | 'resolved' | 'revised';

/** One transition of one episode, as it is announced. */
export interface Announcement {
  readonly project: string;
  /** Its place in the episode's history, as text that sorts; see `positionOf`. */
  readonly position: string;
  readonly change: Change;
  readonly status: AlertStatus;
  /** Why late data changed what was said before; on revisions. */
  readonly reason?: string;
  /** Said before, and still so. */
  readonly reminder?: true;
  readonly alert: AlertEpisodeSnapshot;
}

/** The announcement an event asks for. */
export function announcementOf(event: AlertEvent): Announcement {
  const { project } = event.metadata;
  const position = positionOf(event);
  switch (event.type) {
    case 'rule.alert_raised':
      return { project, position, change: 'raised', status: 'firing', alert: event.properties };
    case 'rule.alert_resolved':
      return { project, position, change: 'resolved', status: 'resolved', alert: event.properties };
    case 'rule.alert_revised': {
      const { status, reason, revision, ...alert } = event.properties;
      return { project, position, change: 'revised', status, reason, alert };
    }
  }
}

/**
 * Orders the transitions of an episode without regard to when they arrived: by sequence; at one sequence the raise or
 * resolve, then what revises it: by its number, where revisions are counted; else by the end of the window it is about,
 * and about one window by event ids, whose order means nothing but is the same for everybody.
 */
export function positionOf(event: AlertEvent): string {
  const sequence = String(event.properties.sequence).padStart(6, '0');
  if (event.type !== 'rule.alert_revised') return sequence;
  const { revision, window } = event.properties;
  if (revision !== undefined) return `${sequence}.r${String(revision).padStart(9, '0')}`;
  return `${sequence}.${String(Date.parse(window.end)).padStart(15, '0')}.${hash(event.metadata.id)}`;
}

export const severityMark = { critical: '🔴', warning: '🟠', info: '🔵' } as const;

/** One line: how bad, and which rule: `🔴 Critical: Payments failed`, `✅ Resolved (critical): Payments failed`. */
export function titleOf({ status, change, reminder, alert }: Announcement): string {
  const name = legible(alert.rule.name) || alert.rule.id;
  if (status === 'resolved') return `✅ Resolved (${alert.severity}): ${name}`;
  if (status === 'withdrawn') return `⚪ Withdrawn (${alert.severity}): ${name}`;
  const severity = alert.severity.charAt(0).toUpperCase() + alert.severity.slice(1);
  const how = reminder ? ', still firing' : change === 'revised' ? ', revised' : '';
  return `${severityMark[alert.severity]} ${severity}${how}: ${name}`;
}

/** A label and its value, both legible text. */
export type Fact = readonly [label: string, value: string];

/** What a reader needs beside the title, in the order of reading; rows that say nothing are left out. */
export function factsOf({ project, reason, alert }: Announcement): Fact[] {
  const facts: Fact[] = [
    ['Project', legible(project)],
    ['Partition', pairs(alert.partition)],
    ['Value', legible(alert.value)],
    ['Threshold', legible(alert.threshold)],
    ['Trend', sparkline(alert.series ?? [])],
    ['Started', minuteText(alert.startedAt)],
  ];
  if (alert.resolvedAt !== undefined) {
    facts.push(['Lasted', lengthText(Date.parse(alert.resolvedAt) - Date.parse(alert.startedAt))]);
  }
  facts.push(['Window', windowText(alert.window)], ['Labels', pairs(alert.labels)], ['Revised', legible(reason ?? '')]);
  return facts.filter(([, value]) => value !== '');
}

/** Names an announcement exactly, for whoever looks into it: rule, version, episode, sequence. */
export function referenceOf({ alert }: Announcement): string {
  return `${legible(alert.rule.id)} v${alert.rule.version} · ${legible(alert.episode)} · ${alert.sequence}`;
}

/**
 * Text from events without what would fool a reader or a terminal: control characters (line breaks and escape
 * sequences among them), marks that reverse the direction of writing, and halves of characters become spaces.
 */
export function legible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

/** `country: DE, client: c-1`; empty for none. */
export function pairs(record: Readonly<Record<string, string>>): string {
  return Object.entries(record)
    .map(([name, value]) => `${legible(name)}: ${legible(value)}`)
    .join(', ');
}

/** `2026-03-02 10:05 UTC`; with seconds where there are any. */
export function minuteText(time: string): string {
  const text = iso(Date.parse(time)).replace('T', ' ');
  return `${text.slice(17, 19) === '00' ? text.slice(0, 16) : text.slice(0, 19)} UTC`;
}

/** `2026-03-02 10:05 UTC to 10:10 UTC`, the day again only where it is another. */
function windowText({ start, end }: { readonly start: string; readonly end: string }): string {
  const [from, to] = [minuteText(start), minuteText(end)];
  return `${from.replace(/ UTC$/, '')} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to}`;
}

/** The two largest units of a length of time in ms: `2 d 3 h`, `1 h 25 min`, `40 s`. */
export function lengthText(length: number): string {
  const units = [
    [Math.floor(length / DAY), 'd'],
    [Math.floor((length % DAY) / HOUR), 'h'],
    [Math.floor((length % HOUR) / MINUTE), 'min'],
    [Math.floor((length % MINUTE) / SECOND), 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  if (first === -1) return '0 s';
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

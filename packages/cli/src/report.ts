/**
 * A summary as people read it in a terminal. Pure text; nothing from an event can move the cursor.
 */
import { plainText } from '@millrace/core/alert';
import { box } from './box.ts';
import { distinctLines, type QuarantineFile } from './stage/quarantined.ts';
import type { Notification, Summary } from './stage/summary.ts';

/** Refused lines shown of each file; the others lie in quarantine with them. */
const LINES_SHOWN = 3;

type Row = readonly string[];

export function report(summary: Summary): string {
  return [
    section('Streams', streamRows(summary)),
    section('Work done', workRows(summary)),
    section('Alert episodes', episodeRows(summary)),
    messages(
      'Slack',
      summary.notifications.filter(({ kind }) => kind === 'slack'),
    ),
    notifications(summary.notifications.filter(({ kind }) => kind !== 'slack')),
    quarantine(summary),
    section(
      'Dead letters',
      Object.entries(summary.deadLetters).map(([name, count]) => [name, `${count}`]),
    ),
  ]
    .filter((text) => text !== '')
    .join('\n');
}

function streamRows({ streams }: Summary): Row[] {
  return streams.map(({ project, collection, writtenBy, files, records }) => [
    clean(`${project}/${collection}`),
    plural(files, 'file'),
    records > 0 ? plural(records, 'record') : '',
    writtenBy === 'producer' ? '' : `by the ${clean(writtenBy)}`,
  ]);
}

function workRows({ totals }: Summary): Row[] {
  return [
    ['received', `${plural(totals.records, 'record')} in ${plural(totals.files, 'file')}`],
    ['quarantined', plural(totals.quarantined, 'line')],
    ['copied', plural(totals.copied, 'record')],
    ['enriched', plural(totals.enriched, 'record')],
    ['attributed', `${plural(totals.attributed, 'credit')} to touches`],
    ['episodes', `${totals.episodes.raised} raised, ${totals.episodes.resolved} resolved`],
    ['notifications', `${totals.slack} to Slack, ${totals.sns} to SNS`],
    ['dead letters', `${totals.deadLetters}`],
  ];
}

function episodeRows({ episodes }: Summary): Row[] {
  return episodes.map(({ project, status, alert }) => {
    const partition = Object.entries(alert.partition).map(([path, value]) => `${path}=${value}`);
    const end = alert.resolvedAt === undefined ? status : `resolved ${minute(alert.resolvedAt)}`;
    return [clean([project, alert.rule.id, ...partition].join(' ')), `raised ${minute(alert.startedAt)}`, end];
  });
}

/** Each message as it would look. */
function messages(title: string, sent: readonly Notification[]): string {
  if (sent.length === 0) return '';
  const boxes = sent.map(({ route, state, reason, announcement }) => {
    const status = state === 'sent' ? '' : ` (${state}${reason === undefined ? '' : `: ${clean(reason)}`})`;
    return box(`${clean(route)}${status}`, plainText(announcement));
  });
  return `${title} (${plural(sent.length, 'message')})\n${boxes.join('\n')}\n`;
}

function notifications(sent: readonly Notification[]): string {
  const rows = sent.map(({ route, state, announcement: { alert, change } }) => [
    route,
    state,
    `${clean(alert.rule.name)}: ${change} ${minute(alert.resolvedAt ?? alert.startedAt)}`,
  ]);
  return section('SNS notifications', rows);
}

/** By the file the lines are from: several workflows refuse the same ones, and each keeps them apart. */
function quarantine({ quarantine: files }: Summary): string {
  if (files.length === 0) return '';
  const bySource = new Map<string, QuarantineFile[]>();
  for (const file of files) bySource.set(file.source, [...(bySource.get(file.source) ?? []), file]);
  const blocks = [...bySource].map(([source, refused]) => {
    const lines = distinctLines(refused).toSorted((a, b) => a.line - b.line);
    const shown = lines
      .slice(0, LINES_SHOWN)
      .map(({ line, reason, message }) => `    line ${line}: ${reason}: ${clean(message)}`);
    const more = lines.length > shown.length ? [`    and ${lines.length - shown.length} more`] : [];
    const where = refused.map(({ workflow, uri }) => `    ${clean(workflow)} keeps them in ${clean(uri)}`);
    return [`  ${clean(source)}`, ...shown, ...more, ...where].join('\n');
  });
  return `Quarantined lines, and where they lie\n${blocks.join('\n')}\n`;
}

/** A title and aligned columns; nothing where there are no rows. */
export function section(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  ')}`.trimEnd(),
  );
  return `${title}\n${lines.join('\n')}\n`;
}

/** Thousands with a comma whatever the machine's language. */
export function plural(count: number, thing: string): string {
  return `${count.toLocaleString('en-US')} ${thing}${count === 1 ? '' : 's'}`;
}

/** `2026-03-02 10:20` in UTC. */
function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

/** Without control characters: text from events is not ours. */
export function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}

/**
 * What happened in a stage, from its state alone: asked again, it says the same. It reads the table from end to end, so
 * it is meant for a laptop's.
 */
import {
  type Announcement,
  type Delivery,
  type Episode,
  listDeliveries,
  listEpisodes,
  readTransition,
} from '@millrace/core/alert';
import { FileProgress, FileReceipt } from '@millrace/core/stream';
import { fromKeyPart, table } from '@millrace/core/table';
import { routes } from '@millrace/pipeline/routes';
import { distinctLines, type QuarantineFile, quarantineFiles } from './quarantined.ts';

/** The last line of `start --once`; see the help of `start` for what each counts. */
export interface Totals {
  readonly files: number;
  readonly records: number;
  readonly quarantined: number;
  readonly copied: number;
  readonly enriched: number;
  readonly attributed: number;
  readonly episodes: { readonly raised: number; readonly resolved: number };
  readonly slack: number;
  readonly sns: number;
  readonly deadLetters: number;
}

export interface StreamSummary {
  readonly project: string;
  readonly collection: string;
  /** `producer`, or the workflow that writes the stream. */
  readonly writtenBy: string;
  readonly files: number;
  /** Lines read, refused ones included; 0 where no workflow reads the stream. */
  readonly records: number;
}

/** One notification that reached its destination, or is on its way there. */
export interface Notification {
  readonly kind: string;
  readonly route: string;
  readonly state: Delivery['state'];
  readonly reason?: string;
  /** What it says. */
  readonly announcement: Announcement;
}

export interface Summary {
  readonly totals: Totals;
  readonly streams: readonly StreamSummary[];
  readonly episodes: readonly Episode[];
  readonly notifications: readonly Notification[];
  readonly quarantine: readonly QuarantineFile[];
  /** Messages in dead-letter queues, by function; those with none are left out. */
  readonly deadLetters: Readonly<Record<string, number>>;
}

type Receipt = Pick<FileReceipt, 'project' | 'collection' | 'key' | 'writtenBy'>;
type Progress = Pick<FileProgress, 'key' | 'workflow' | 'counts'>;

/** @param deadLetters messages by function: queues are not in the table. */
export async function summarize(bucket: string, deadLetters: Readonly<Record<string, number>>): Promise<Summary> {
  const all = { ...table(), pages: 'all' } as const;
  const [receipts, progress, quarantine] = await Promise.all([
    FileReceipt.scan.go({ ...all, attributes: ['project', 'collection', 'key', 'writtenBy'] }),
    FileProgress.scan.go({ ...all, attributes: ['key', 'workflow', 'counts'] }),
    quarantineFiles(bucket),
  ]);
  const streams = streamsOf(receipts.data, progress.data);
  const projects = [...new Set(streams.map(({ project }) => project))];
  const episodes = (await Promise.all(projects.map((project) => listEpisodes(project)))).flat().toSorted(byStart);
  const notifications = (await Promise.all(projects.map(notificationsOf))).flat().toSorted(byTime);
  const waiting = Object.fromEntries(Object.entries(deadLetters).filter(([, count]) => count > 0));
  const known = { streams, episodes, notifications, quarantine, deadLetters: waiting };
  return { ...known, totals: totalsOf(known, { bucket, receipts: receipts.data, progress: progress.data }) };
}

const byStart = (a: Episode, b: Episode) =>
  a.alert.startedAt.localeCompare(b.alert.startedAt) || a.alert.rule.id.localeCompare(b.alert.rule.id);

/** By what they tell of, and in the order it came to be. */
const byTime = ({ announcement: { alert: a } }: Notification, { announcement: { alert: b } }: Notification) =>
  a.window.end.localeCompare(b.window.end) || a.episode.localeCompare(b.episode) || a.sequence - b.sequence;

/** Streams as their receipts tell them, by who writes them and by name. */
function streamsOf(receipts: readonly Receipt[], progress: readonly Progress[]): StreamSummary[] {
  const read = linesRead(progress);
  const streams = new Map<string, StreamSummary>();
  for (const { project, collection, key, writtenBy } of receipts) {
    const name = `${project}\n${collection}\n${writtenBy}`;
    const { files = 0, records = 0 } = streams.get(name) ?? {};
    streams.set(name, {
      project: fromKeyPart(project) ?? project,
      collection: fromKeyPart(collection) ?? collection,
      writtenBy,
      files: files + 1,
      records: records + (read.get(key) ?? 0),
    });
  }
  const order = ({ project, collection, writtenBy }: StreamSummary) =>
    `${writtenBy === 'producer' ? 0 : 1} ${project} ${collection}`;
  return [...streams.values()].toSorted((a, b) => order(a).localeCompare(order(b)));
}

/** Lines of each file, by key, as the workflow that got furthest saw them. */
function linesRead(progress: readonly Progress[]): Map<string, number> {
  const read = new Map<string, number>();
  for (const { key, counts } of progress) read.set(key, Math.max(read.get(key) ?? 0, counted(counts, 'read')));
  return read;
}

function counted(counts: unknown, name: string): number {
  if (typeof counts !== 'object' || counts === null) return 0;
  return Number(Object.entries(counts).find(([property]) => property === name)?.[1]) || 0;
}

async function notificationsOf(project: string): Promise<Notification[]> {
  const notifications: Notification[] = [];
  for (const delivery of await listDeliveries(project)) {
    const announcement = await readTransition(delivery);
    if (announcement === undefined) continue;
    const { route, state, reason } = delivery;
    const kind = routes.get(route)?.kind ?? 'unknown';
    notifications.push({ kind, route, state, announcement, ...(reason === undefined ? {} : { reason }) });
  }
  return notifications;
}

function totalsOf(
  { streams, episodes, notifications, quarantine, deadLetters }: Omit<Summary, 'totals'>,
  raw: { bucket: string; receipts: readonly Receipt[]; progress: readonly Progress[] },
): Totals {
  const produced = streams.filter(({ writtenBy }) => writtenBy === 'producer');
  const producers = new Set(
    raw.receipts.filter(({ writtenBy }) => writtenBy === 'producer').map(({ key }) => `s3://${raw.bucket}/${key}`),
  );
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const written = (workflow: string, count: string) =>
    sum(raw.progress.filter((one) => one.workflow === workflow).map(({ counts }) => counted(counts, count)));
  const sent = (kind: string) => notifications.filter((one) => one.kind === kind && one.state === 'sent').length;
  return {
    files: sum(produced.map(({ files }) => files)),
    records: sum(produced.map(({ records }) => records)),
    quarantined: distinctLines(quarantine).filter(({ source }) => producers.has(source)).length,
    copied: written('copier', 'copied'),
    enriched: written('enricher', 'enriched'),
    attributed: written('attributor', 'credits'),
    episodes: { raised: episodes.length, resolved: episodes.filter(({ status }) => status === 'resolved').length },
    slack: sent('slack'),
    sns: sent('sns'),
    deadLetters: sum(Object.values(deadLetters)),
  };
}

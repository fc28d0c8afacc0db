/**
 * Delivering files again, straight into the queues of chosen workflows: nobody else hears of it, and what the workflows
 * did with a file before does not keep them from working it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EventOf, StreamFileReceived } from '../../event/index.ts';
import { type Clock, deterministicId, hash, SECOND } from '../../runtime/index.ts';
import { keyPart } from '../../table/index.ts';
import { headObject, objectMetadata, streamFileOf } from '../found-object.ts';
import type { PlacementRange } from '../layout.ts';
import { parseLineage } from '../lineage.ts';
import { markUndone } from '../progress.ts';
import { recordReceipt } from '../receipt.ts';
import type { Streams } from '../source.ts';
import { type Cursor, isWithin, type ListedFile, listFiles, placementOf } from './list.ts';
import { WorkflowQueue } from './queue.ts';
import { forgetReplay, loadReplay, saveReplay } from './state.ts';

/** Files delivered in one go, after which the place is remembered: so many may be delivered twice. */
const GROUP = 10;

export interface ReplayOptions {
  readonly range: PlacementRange;
  /** Names of workflows in the registry. */
  readonly workflows: readonly string[];
  readonly streams: Streams;
  /** The app's bucket. */
  readonly bucket: string;
  /** Files a second at most. */
  readonly rate?: number;
  /** Whether alerts that come of it are sent; without it events carry the replay's id, and nobody is notified. */
  readonly notify: boolean;
  /** Begins anew, whatever an earlier run has done. */
  readonly restart?: boolean;
  readonly now: Clock;
  /** Called after each group. */
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  /** Files worked through, by this run and those it goes on from. */
  readonly files: number;
  /** Of which an earlier run did so many. */
  readonly resumed: number;
  /** Messages sent by this run. */
  readonly messages: number;
}

/** How many files a replay would deliver, and their bytes as stored. */
export async function measureReplay(
  range: PlacementRange,
  where: { readonly streams: Streams; readonly bucket: string },
): Promise<{ readonly files: number; readonly bytes: number }> {
  let files = 0;
  let bytes = 0;
  for await (const page of listFiles(range, { streams: where.streams, own: where.bucket })) {
    files += page.files.length;
    bytes += page.files.reduce((sum, { size }) => sum + size, 0);
  }
  return { files, bytes };
}

/**
 * Replays the files of a range. Cut off and called again with the same range and workflows within a week, it goes on
 * where it was.
 * @throws ConfigurationError where a workflow is not deployed; NotSent.
 */
export async function replay(options: ReplayOptions): Promise<ReplayProgress> {
  const { range, workflows, streams, bucket, notify, now } = options;
  const queues = await Promise.all(workflows.map((workflow) => WorkflowQueue.of(workflow)));
  const scope = keyPart(
    hash(range.project, range.collection ?? '', range.from, range.to, String(notify), ...workflows.toSorted()),
  );
  const earlier = options.restart ? undefined : await loadReplay(scope, now());
  const id = earlier?.replay ?? deterministicId('rpl', scope, now());
  const started = now();
  let files = earlier?.files ?? 0;
  let messages = 0;
  const resumed = files;
  const listing = listFiles(range, {
    streams,
    own: bucket,
    ...(earlier === undefined ? {} : { after: earlier.cursor }),
  });
  for await (const page of listing) {
    for (let at = 0; at < page.files.length; at += GROUP) {
      const group = page.files.slice(at, at + GROUP);
      messages += await deliver(await eventsOf(group, range, notify ? undefined : id), queues);
      files += group.length;
      await saveReplay(scope, { replay: id, cursor: cursorBehind(group, page.cursor), files }, now());
      options.onProgress?.({ files, resumed, messages });
      if (options.rate !== undefined)
        await sleep(Math.max(0, started + ((files - resumed) / options.rate) * SECOND - now()));
    }
  }
  await forgetReplay(scope);
  return { files, resumed, messages };
}

/** Delivers single files again, as if they had just come. @returns how many there still are. */
export async function redeliver(
  files: readonly { readonly bucket: string; readonly key: string }[],
  {
    workflow,
    layoutFor,
  }: { readonly workflow: string; readonly layoutFor: (file: { bucket: string; key: string }) => ListedFile['layout'] },
): Promise<number> {
  const queue = await WorkflowQueue.of(workflow);
  const events = await Promise.all(files.map((file) => eventOf({ ...file, layout: layoutFor(file) }, undefined)));
  const found = events.filter((event) => event !== undefined);
  await deliver(found, [queue]);
  return found.length;
}

type Received = EventOf<typeof StreamFileReceived>;

async function eventsOf(
  files: readonly ListedFile[],
  range: PlacementRange,
  id: string | undefined,
): Promise<Received[]> {
  const events = await Promise.all(files.map((file) => eventOf(file, id)));
  return events.filter((event) => event !== undefined).filter((event) => isWithin(range, withTime(event)));
}

function withTime({ properties: { project, collection, interval } }: Received) {
  return { project, collection, interval: Date.parse(interval) };
}

/** As ingest would announce it, but for the id; undefined where it is gone, or no stream file. */
async function eventOf(
  { bucket, key, layout }: Omit<ListedFile, 'size'>,
  id: string | undefined,
): Promise<Received | undefined> {
  const object = await headObject(bucket, key);
  const placement = object && placementOf(layout, key, object.metadata);
  if (object === undefined || placement === undefined) return undefined;
  const lineage = parseLineage(object.metadata);
  const file = streamFileOf(object, { placement, layout, lineage }, '1970-01-01T00:00:00.000Z');
  const { type } = StreamFileReceived;
  const metadata = objectMetadata(type, file, { project: placement.project, producedBy: 'replay', lineage });
  return StreamFileReceived.create(file, { ...metadata, ...(id === undefined ? {} : { replay: id }) });
}

/** @returns messages sent. */
async function deliver(events: readonly Received[], queues: readonly WorkflowQueue[]): Promise<number> {
  for (const { properties } of events) await recordReceipt(properties);
  let messages = 0;
  for (const queue of queues) {
    const asked = await Promise.all(events.map(async (event) => ({ event, wanted: await queue.wants(event) })));
    const wanted = asked.flatMap((one) => (one.wanted ? [one.event] : []));
    if (wanted.length === 0) continue;
    await markUndone(
      queue.workflow,
      wanted.map(({ properties }) => properties),
    );
    await queue.send(wanted);
    messages += wanted.length;
  }
  return messages;
}

function cursorBehind(group: readonly ListedFile[], { bucket, prefix, key }: Cursor): Cursor {
  return { bucket, prefix, key: group.at(-1)?.key ?? key };
}

/**
 * The lookback in the table: which files are indexed, and what they say of each visitor.
 */
import type { StreamFile } from '../event/index.ts';
import { hash } from '../runtime/index.ts';
import { readStreamFile } from '../stream/index.ts';
import { type KeyPart, keyPart } from '../table/index.ts';
import { inOrder } from './attribute.ts';
import { type Attribution, reachOf, sessionsOf } from './definition.ts';
import { type AttributionStreams, formOf } from './file-form.ts';
import { held } from './held.ts';
import { type Asked, type Lookback, type LookbackFile, ROWS, type TouchesRead, versionToken } from './lookback.ts';
import { fold } from './session.ts';
import { type Touch, toTouch } from './touch.ts';
import { type IndexedFile, indexedBetween, indexedFiles, markIndexed } from './touch-file.ts';
import { type Found, findTouches, hourOf, putTouches, type TouchSet } from './touch-index.ts';

/** Attributions that read the same touches from the same files share what is indexed. */
export function touchSet(attribution: Attribution): TouchSet {
  const { project, touches, ownDomains, sessions } = attribution;
  return { project: keyPart(project), set: keyPart(hash(JSON.stringify({ touches, ownDomains, sessions }))) };
}

export async function indexLookback(
  { bucket, interval }: StreamFile,
  asked: readonly Asked[],
  attribution: Attribution,
): Promise<Lookback> {
  const set = touchSet(attribution);
  const own = Date.parse(interval);
  const indexed = await indexedBetween(set, asked[0]?.interval ?? own, own);
  const byPlace = new Map<string, IndexedFile[]>();
  for (const file of indexed) {
    const place = `${file.collection} ${file.interval}`;
    byPlace.set(place, [...(byPlace.get(place) ?? []), file]);
  }
  const files = asked.flatMap(({ collection, interval }): LookbackFile[] => {
    const there = byPlace.get(`${keyPart(collection)} ${interval}`) ?? [];
    if (there.length === 0) return [{ collection, interval, file: undefined }];
    return there.map(({ key, etag, size }) => ({ collection, interval, file: { bucket, key, etag, size } }));
  });
  return {
    via: 'index',
    files,
    versions: indexed.reduce((sum, { versions }) => sum + versions.size, 0),
    read: (visitors, from, to) => readIndexed(set, indexed, own, attribution, { visitors, from, to }),
  };
}

interface Span {
  readonly visitors: ReadonlySet<string>;
  readonly from: number;
  readonly to: number;
}

/**
 * Of a file of a later interval than that of the conversions, what is late in it: such a file tells the conversions so
 * when it arrives.
 */
async function readIndexed(
  set: TouchSet,
  indexed: readonly IndexedFile[],
  interval: number,
  { touches: { collections } }: Attribution,
  { visitors, from, to }: Span,
): Promise<TouchesRead> {
  const found = await findTouches(set, visitors, from, to);
  const later = found.filter((item) => item.interval > interval);
  const elsewhere = await indexedFiles(set, distinctFiles(later));
  const rank = new Map(collections.map((collection, position) => [String(keyPart(collection)), position]));
  const files = [...indexed, ...elsewhere].toSorted(
    (a, b) =>
      a.interval - b.interval ||
      (rank.get(a.collection) ?? 0) - (rank.get(b.collection) ?? 0) ||
      (a.key < b.key ? -1 : 1),
  );
  const ranks = new Map(files.map((file, position) => [file.file, { ...file, first: position * ROWS }]));
  const touches = held<Touch>('touches');
  const tokens = new Set<string>();
  for (const { file, etag, read } of found) {
    const from = ranks.get(file);
    if (from === undefined || keyPart(from.etag) !== etag) continue;
    const own = read(from.first);
    if (from.interval <= interval) for (const touch of own) touches.add(touch);
    else {
      const late = own.filter(({ time }) => time < from.interval);
      for (const touch of late) touches.add(touch);
      if (late.length > 0) tokens.add(versionToken(from));
    }
  }
  return { touches: touches.all, tokens: [...tokens] };
}

function distinctFiles(found: readonly Found[]): Iterable<{ interval: number; file: KeyPart }> {
  return new Map(found.map(({ file, interval }) => [file, { file, interval }])).values();
}

/** Which visitors a file says came before its own interval, in which hours (ms). */
export type LateTouches = ReadonlyMap<string, readonly number[]>;

/**
 * Indexes a file of touches. A second delivery writes the same items again.
 * Memory: the touches of the file, folded. @throws SupersededFile, MissingFile.
 */
export async function indexFile(
  file: StreamFile,
  cause: Parameters<typeof readStreamFile>[0]['cause'],
  workflow: string,
  attribution: Attribution,
  streams: AttributionStreams,
): Promise<{ readonly late: LateTouches; readonly counts: Awaited<ReturnType<typeof readStreamFile>> }> {
  const form = formOf(file, streams);
  const groups = new Map<string, Touch[]>();
  const all = held<Touch>('touches');
  const everybody = { has: () => true };
  const counts = await readStreamFile(
    { file, workflow, cause },
    {
      record: (record, line) => {
        const place = { collection: file.collection, key: file.key, line, row: line };
        const touch = toTouch(record, place, everybody, attribution, form);
        if (touch === undefined || touch.time < 0) return;
        all.add(touch);
        const group = `${hourOf(touch.time)} ${touch.visitor}`;
        const others = groups.get(group);
        if (others === undefined) groups.set(group, [touch]);
        else others.push(touch);
      },
    },
  );
  const sessions = sessionsOf(attribution);
  const folded = [...groups.values()].map((touches) => {
    const ordered = touches.sort(inOrder);
    return sessions === undefined ? ordered : fold(ordered, sessions);
  });
  const set = touchSet(attribution);
  const life = reachOf(attribution, streams.layout);
  const receivedAt = Date.parse(file.receivedAt);
  await putTouches(
    set,
    { key: file.key, etag: file.etag, receivedAt, interval: Date.parse(file.interval) },
    folded,
    life,
  );
  await markIndexed(set, file, life);
  return { late: lateTouches(folded, Date.parse(file.interval)), counts };
}

function lateTouches(groups: readonly (readonly Touch[])[], interval: number): LateTouches {
  const late = new Map<string, number[]>();
  for (const [first] of groups) {
    if (first === undefined || first.time >= interval) continue;
    const hours = late.get(first.visitor) ?? [];
    hours.push(hourOf(first.time));
    late.set(first.visitor, hours);
  }
  return late;
}

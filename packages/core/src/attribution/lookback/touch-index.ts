/**
 * The touch index: what each file of touches says of each visitor, in the table, so that a lookback of weeks costs one
 * query a visitor and not a request for every file.
 *
 * One item holds the touches of one visitor in one file and one hour, folded (`fold`), so each file writes its own items
 * over its own keys, those of a version, and nothing that is written depends on what others wrote. They count once the file's
 * own item says that exactly this version of it is indexed: half a file is never seen, nor what an older version said. What
 * that said is deleted when a newer one takes its place (`replaceVersion`). Everything expires when no lookback can reach it
 * any more.
 */
import { Entity, type EntityItem } from 'electrodb';
import { concurrently, DAY, expiresAt, HOUR } from '../../runtime/index.ts';
import {
  expiry,
  type KeyPart,
  keyPart,
  keyPartType,
  primary,
  putAll,
  SERVICE,
  table,
  timeKey,
} from '../../table/index.ts';
import type { Channel } from '../record/channel.ts';
import type { Touch } from '../record/touch.ts';

/** What is late by so much still finds its touches. */
const GRACE = 7 * DAY;
/** Touches of a visitor kept from an hour of a file: the newest so many and the first. */
const KEPT_TOUCHES = 200;
/** Characters of an item's touches: at 3 bytes each, well below DynamoDB's 400 KB. */
const MAX_LENGTH = 100_000;
/** Items that count of a visitor: the newest so many and the first. */
const READ_ITEMS = 400;
/**
 * Times so many that are read to find them. Only versions whose place was taken while they were still at work, and that
 * died of it, leave items that do not count.
 */
const PAGES = 5;
/** Items made at a time, so that they are not all in memory beside the touches they are made from. */
const PUT_ITEMS = 1000;
/** So many at once: a million items, the most of a file, take 10,000 round trips one after the other and not 40,000. */
const PUTS = 4;
/** Queries under way at once. */
const QUERIES = 16;

export const IndexedTouches = new Entity({
  model: { entity: 'touch', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    /** What touches are a function of beside the files. */
    set: { type: keyPartType, required: true },
    visitor: { type: keyPartType, required: true },
    /** Start of the hour they lie in, ms. */
    hour: timeKey,
    file: { type: keyPartType, required: true },
    /** Start of the file's interval, ms. */
    interval: { type: 'number', required: true },
    /** Of the version that says so. */
    etag: { type: keyPartType, required: true },
    /** As `writeTouches` writes them. */
    touches: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byVisitor: {
      pk: { ...primary.pk, composite: ['project', 'set', 'visitor'] },
      sk: { ...primary.sk, composite: ['hour', 'file', 'etag'] },
    },
  },
});
type IndexedTouches = EntityItem<typeof IndexedTouches>;

export interface TouchSet {
  readonly project: KeyPart;
  readonly set: KeyPart;
}

/** Touches of a file, by visitor and hour, each group once. In order of (time, row), folded. */
export type TouchesOfFile = readonly (readonly Touch[])[];

/** A version of a file of touches. */
export interface FileVersion {
  readonly key: string;
  readonly etag: string;
  /** Start of its interval, and its arrival, ms. */
  readonly interval: number;
  readonly receivedAt: number;
}

/** Writes what a file holds, in batches. Memory: 4,000 items beside the touches. @param life ms that a touch is of use. */
export async function putTouches(
  set: TouchSet,
  file: FileVersion,
  touches: TouchesOfFile,
  life: number,
): Promise<void> {
  await concurrently(slicesOf(touches, PUT_ITEMS), PUTS, async (slice) => {
    await putAll(itemsOf(set, file, slice, life), table());
  });
}

function* slicesOf<T>(all: readonly T[], length: number): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += length) yield all.slice(start, start + length);
}

/** Key of the item of a visitor and an hour (ms) in a version of a file. */
export function touchKey(
  set: TouchSet,
  { key, etag }: Pick<FileVersion, 'key' | 'etag'>,
  visitor: string,
  hour: number,
): { pk: string; sk: string } {
  const item = { ...set, visitor: keyPart(visitor), hour, file: keyPart(key), etag: keyPart(etag) };
  return IndexedTouches.delete(item).params<{ Key: { pk: string; sk: string } }>(table()).Key;
}

function* itemsOf(
  set: TouchSet,
  { key, etag, interval, receivedAt }: FileVersion,
  touches: TouchesOfFile,
  life: number,
) {
  const { table: name } = table();
  for (const own of touches) {
    const [first] = own;
    if (first === undefined) continue;
    yield IndexedTouches.put({
      ...set,
      visitor: keyPart(first.visitor),
      hour: hourOf(first.time),
      file: keyPart(key),
      interval,
      etag: keyPart(etag),
      touches: writeTouches(own),
      expiresAt: expiresAt(Math.max(first.time, receivedAt) + HOUR + life + GRACE),
    }).params<{ Item: Record<string, unknown> }>({ table: name }).Item;
  }
}

/** Start of the hour, ms; 0 for a time before 1970, which no lookback reaches. */
export function hourOf(time: number): number {
  return Math.max(0, Math.floor(time / HOUR) * HOUR);
}

type Row = [
  time: number,
  line: number,
  kind: 0 | 1,
  until: number,
  id: string,
  channel: Channel,
  source: string | null,
  medium: string | null,
  campaign: string | null,
];

/** The first and the newest of them, as many as an item holds. */
function writeTouches(touches: readonly Touch[]): string {
  const [first, ...rest] = touches.map(writeTouch);
  const newest: string[] = [];
  let length = first?.length ?? 0;
  for (const touch of rest.toReversed()) {
    length += touch.length + 1;
    if (newest.length === KEPT_TOUCHES || length > MAX_LENGTH) break;
    newest.push(touch);
  }
  return `[${[...(first === undefined ? [] : [first]), ...newest.toReversed()].join()}]`;
}

function writeTouch({ time, row, kind, until, id, channel, source, medium, campaign }: Touch): string {
  const form: Row = [time, row, kind === 'view' ? 1 : 0, (until ?? time) - time, id, channel, source, medium, campaign];
  return JSON.stringify(form);
}

/** @param first row of the file among those of others. */
function readTouches({ touches }: IndexedTouches, visitor: string, first: number): Touch[] {
  const rows: Row[] = JSON.parse(touches); // only `writeTouches` writes it
  return rows.map(([time, line, kind, until, id, channel, source, medium, campaign]) => ({
    ...{ id, kind: kind === 1 ? 'view' : 'click', time, row: first + line, visitor },
    ...{ channel, source, medium, campaign },
    ...(until === 0 ? {} : { until: time + until }),
  }));
}

/** What a version of a file says of one visitor in an hour. */
export interface Found {
  readonly file: KeyPart;
  /** Start of the file's interval, ms. */
  readonly interval: number;
  readonly etag: KeyPart;
  /** @param first row of the file among those of others. */
  read(first: number): Touch[];
}

/** Those of the versions that count. */
export type Counting = <T extends Pick<Found, 'file' | 'interval' | 'etag'>>(items: readonly T[]) => Promise<T[]>;

/**
 * What files say of visitors in the hours of `from` to `to`, ms, strongly consistent. At most 401 items a visitor: the
 * newest, and the first. At most 2,000 are read from either end to find them.
 */
export async function findTouches(
  set: TouchSet,
  visitors: Iterable<string>,
  { from, to }: { readonly from: number; readonly to: number },
  counting: Counting,
): Promise<Found[]> {
  const found: Found[] = [];
  await concurrently([...visitors], QUERIES, async (visitor) => {
    const key = { ...set, visitor: keyPart(visitor) };
    const hours = [{ hour: hourOf(from) }, { hour: hourOf(to) + 1 }] as const; // the end's own items have more key behind it
    const { items, more } = await itemsThatCount({ key, hours, order: 'desc', wanted: READ_ITEMS }, counting);
    const oldest = items.at(-1);
    const first = more ? await itemsThatCount({ key, hours, order: 'asc', wanted: 1 }, counting) : undefined;
    const others = (first?.items ?? []).filter(
      ({ hour, file, etag }) => hour !== oldest?.hour || file !== oldest.file || etag !== oldest.etag,
    );
    for (const item of [...items, ...others]) {
      const { file, interval, etag } = item;
      found.push({ file, interval, etag, read: (row) => readTouches(item, visitor, row) });
    }
  });
  return found;
}

interface Wanted {
  readonly key: TouchSet & { readonly visitor: KeyPart };
  readonly hours: readonly [{ readonly hour: number }, { readonly hour: number }];
  readonly order: 'asc' | 'desc';
  readonly wanted: number;
}

/** As many items that count as are wanted, in order; and whether there may be more. */
async function itemsThatCount(
  { key, hours, order, wanted }: Wanted,
  counting: Counting,
): Promise<{ readonly items: readonly IndexedTouches[]; readonly more: boolean }> {
  const items: IndexedTouches[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page++) {
    const count = page === 0 ? wanted : READ_ITEMS;
    const { data, cursor: next }: { data: IndexedTouches[]; cursor: string | null } = await IndexedTouches.query
      .byVisitor(key)
      .between(...hours)
      .go({ ...table(), count, cursor, order, consistent: true });
    items.push(...(await counting(data)));
    cursor = next;
    if (cursor === null || items.length >= wanted) break;
  }
  return { items: items.slice(0, wanted), more: cursor !== null || items.length > wanted };
}

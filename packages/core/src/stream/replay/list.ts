/**
 * Which files a replay is about: listed where the layouts say they lie, never by going through a bucket.
 */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { type Layout, type Placement, type PlacementRange, UnrecognizedKey } from '../layout.ts';
import { s3 } from '../object.ts';
import { layoutOf, type StreamSource, type Streams } from '../source.ts';

/** Prefixes whose first page is asked for ahead of time. After so many with nothing in them the next file is looked for. */
const AHEAD = 8;

export interface ListedFile {
  readonly bucket: string;
  readonly key: string;
  /** Bytes as stored. */
  readonly size: number;
  readonly layout: Layout;
}

/** Where a listing had got to. */
export interface Cursor {
  readonly bucket: string;
  readonly prefix: string;
  readonly key: string;
}

/** Files of a listing, in its order, and where to go on behind them. */
export interface ListedPage {
  readonly files: readonly ListedFile[];
  readonly cursor: Cursor;
}

/**
 * Lists the files of a range by what their keys tell; each once. Where a file's metadata say something else of it, that is
 * for who reads them.
 * @param own the app's bucket.
 * @param after goes on behind this place of an earlier listing of the same range.
 */
export async function* listFiles(
  range: PlacementRange,
  { streams, own, after }: { readonly streams: Streams; readonly own: string; readonly after?: Cursor },
): AsyncGenerator<ListedPage, void, void> {
  const places = [...placesOf(range, streams, own)];
  const start =
    after === undefined
      ? 0
      : places.findIndex((place) => place.bucket === after.bucket && place.prefix === after.prefix);
  const underWay: Promise<ListObjectsV2CommandOutput>[] = [];
  let empty = 0;
  for (let asked = Math.max(0, start), index = asked; index < places.length; index++) {
    for (; asked < Math.min(places.length, index + AHEAD); asked++) {
      const listing = firstPage(places[asked], asked === start ? after?.key : undefined);
      listing.catch(() => undefined); // heard when its turn comes
      underWay.push(listing);
    }
    const place = places[index];
    let page = await underWay.shift();
    empty = page?.Contents === undefined || page.Contents.length === 0 ? empty + 1 : 0;
    while (page !== undefined && place !== undefined) {
      yield pageOf(page, place, { range, streams, own });
      const { NextContinuationToken: more } = page;
      page = more === undefined ? undefined : await list(place, { ContinuationToken: more });
    }
    if (empty < AHEAD) continue;
    const skipped = await emptyBehind(places, index);
    underWay.splice(0, skipped);
    index += skipped;
    asked = Math.max(asked, index + 1);
    empty = 0;
  }
}

/**
 * How many places behind an empty one have nothing in them either: one request for years of silence. What lies between two
 * keys that follow each other is empty, in whatever order the places come.
 */
async function emptyBehind(places: readonly Place[], index: number): Promise<number> {
  const place = places[index];
  if (place === undefined) return 0;
  const { bucket, prefix: from } = place;
  const last = places.findLast((one) => one.bucket === bucket && one.layout === place.layout);
  const shared = sharedBeginning(from, last?.prefix ?? from);
  const found = await list({ ...place, prefix: shared }, { StartAfter: from, MaxKeys: 1 });
  const next = found.Contents?.[0]?.Key;
  let skipped = 0;
  for (const other of places.slice(index + 1)) {
    const { prefix } = other;
    const isBetween = other.bucket === bucket && prefix.startsWith(shared) && compareKeys(from, prefix) < 0;
    if (!isBetween || (next !== undefined && (next.startsWith(prefix) || compareKeys(prefix, next) > 0))) break;
    skipped++;
  }
  return skipped;
}

function sharedBeginning(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}

/** As S3 does: by the bytes of UTF-8. */
function compareKeys(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

async function firstPage(place: Place | undefined, after: string | undefined): Promise<ListObjectsV2CommandOutput> {
  if (place === undefined) return { $metadata: {} };
  return await list(place, after === undefined ? {} : { StartAfter: after });
}

interface Place {
  readonly bucket: string;
  readonly prefix: string;
  readonly layout: Layout;
}

function* placesOf(range: PlacementRange, { layout, sources }: Streams, own: string): Generator<Place> {
  const all: readonly StreamSource[] = [...sources, { layout }];
  for (const { bucket = own, prefix = '', layout: its } of all) {
    for (const wanted of its.prefixes(range)) {
      if (wanted.startsWith(prefix)) yield { bucket, prefix: wanted, layout: its };
      else if (prefix.startsWith(wanted)) yield { bucket, prefix, layout: its };
    }
  }
}

function list({ bucket, prefix }: Place, from: { StartAfter?: string; ContinuationToken?: string; MaxKeys?: number }) {
  return s3().send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ...from }));
}

function pageOf(
  { Contents = [] }: ListObjectsV2CommandOutput,
  { bucket, prefix, layout }: Place,
  { range, streams, own }: { readonly range: PlacementRange; readonly streams: Streams; readonly own: string },
): ListedPage {
  const files = Contents.flatMap(({ Key: key = '', Size: size = 0 }) => {
    const claimed = layoutOf(streams, { bucket, key }, own) === layout;
    return claimed && isWithin(range, placementOf(layout, key, {})) ? [{ bucket, key, size, layout }] : [];
  });
  files.sort((one, other) => compareKeys(one.key, other.key)); // some that stand in for S3 do not
  return { files, cursor: { bucket, prefix, key: Contents.at(-1)?.Key ?? prefix } };
}

/** Undefined for what is no stream file. */
export function placementOf(
  layout: Layout,
  key: string,
  metadata: Readonly<Record<string, string>>,
): Placement | undefined {
  try {
    return layout.parse(key, metadata);
  } catch (caught) {
    if (caught instanceof UnrecognizedKey) return undefined;
    throw caught;
  }
}

export function isWithin(range: PlacementRange, placement: Placement | undefined): placement is Placement {
  return (
    placement !== undefined &&
    placement.project === range.project &&
    (range.collection === undefined || placement.collection === range.collection) &&
    placement.interval >= range.from &&
    placement.interval < range.to
  );
}

/**
 * Which files a replay is about: listed where the layouts say they lie, never by going through a bucket.
 */
import { ListObjectsV2Command, type ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { type Layout, type Placement, type PlacementRange, UnrecognizedKey } from '../layout.ts';
import { s3 } from '../object.ts';
import { layoutOf, type StreamSource, type Streams } from '../source.ts';

/** Prefixes whose first page is asked for ahead of time. */
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
  for (let asked = Math.max(0, start), index = asked; index < places.length; index++) {
    for (; asked < Math.min(places.length, index + AHEAD); asked++) {
      const listing = firstPage(places[asked], asked === start ? after?.key : undefined);
      listing.catch(() => undefined); // heard when its turn comes
      underWay.push(listing);
    }
    const place = places[index];
    let page = await underWay.shift();
    while (page !== undefined && place !== undefined) {
      yield pageOf(page, place, { range, streams, own });
      const { NextContinuationToken: more } = page;
      page = more === undefined ? undefined : await list(place, { ContinuationToken: more });
    }
  }
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

function list({ bucket, prefix }: Place, from: { StartAfter?: string; ContinuationToken?: string }) {
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
  files.sort((one, other) => Buffer.compare(Buffer.from(one.key), Buffer.from(other.key))); // as S3 does, unlike some that stand in for it
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

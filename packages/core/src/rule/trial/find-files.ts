/**
 * The stream files of a period: those that were received, and those that lie where the layout puts them.
 */
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { concurrently } from '../../runtime/index.ts';
import { FileReceipt, type Layout } from '../../stream/index.ts';
import { keyPart, table } from '../../table/index.ts';

/** Lists under way at once. */
const PARALLEL = 16;

/** Times in ms. */
export interface FoundFile {
  readonly key: string;
  readonly collection: string;
  readonly interval: number;
  readonly receivedAt: number;
}

export interface Period {
  readonly bucket: string;
  readonly project: string;
  readonly collections: readonly string[];
  /** `[from, to)`, ms. */
  readonly from: number;
  readonly to: number;
  readonly layout: Layout;
}

/**
 * Every file of the collections whose interval lies in the period, by key. Receipts know what a file's metadata says of
 * it; the bucket knows files older than any receipt.
 */
export async function findFiles(period: Period): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  const prefixes = new Set<string>();
  for (const collection of period.collections) {
    for (const file of await received(period, collection)) found.set(file.key, { ...file, collection });
    for (const prefix of prefixesOf(period, collection)) prefixes.add(prefix);
  }
  await concurrently(prefixes, PARALLEL, async (prefix) => {
    for await (const file of listed(period, prefix)) if (!found.has(file.key)) found.set(file.key, file);
  });
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function received({ project, from, to }: Period, collection: string): Promise<Omit<FoundFile, 'collection'>[]> {
  const { data } = await FileReceipt.query
    .byInterval({ project: keyPart(project), collection: keyPart(collection) })
    .between({ interval: from }, { interval: to })
    .go({ ...table(), pages: 'all', attributes: ['key', 'interval', 'receivedAt'] });
  return data.filter(({ interval }) => interval < to);
}

/** The folders the layout puts the period's files into. */
function* prefixesOf({ project, from, to, layout }: Period, collection: string): Generator<string> {
  const { intervalLength } = layout;
  for (let interval = Math.floor(from / intervalLength) * intervalLength; interval < to; interval += intervalLength) {
    const key = layout.key({ project, collection, interval });
    yield key.slice(0, key.lastIndexOf('/') + 1);
  }
}

let shared: S3Client | undefined;

async function* listed(period: Period, prefix: string): AsyncGenerator<FoundFile> {
  shared ??= new S3Client({});
  let token: string | undefined;
  do {
    const page = await shared.send(
      new ListObjectsV2Command({
        Bucket: period.bucket,
        Prefix: prefix,
        ...(token ? { ContinuationToken: token } : {}),
      }),
    );
    for (const { Key, LastModified } of page.Contents ?? []) {
      const placement = Key === undefined ? undefined : placementOf(period, Key);
      if (Key === undefined || placement === undefined) continue;
      yield { key: Key, ...placement, receivedAt: LastModified?.getTime() ?? period.to };
    }
    token = page.NextContinuationToken;
  } while (token !== undefined);
}

/** What a key tells; undefined where it is none of the period's files. */
function placementOf(
  { project, collections, from, to, layout }: Period,
  key: string,
): Pick<FoundFile, 'collection' | 'interval'> | undefined {
  try {
    const { collection, interval, ...placement } = layout.parse(key, {});
    const wanted = placement.project === project && collections.includes(collection);
    return wanted && interval >= from && interval < to ? { collection, interval } : undefined;
  } catch {
    return undefined; // no stream file: ingest quarantines such keys
  }
}

/**
 * The lookback in the table: which files are indexed, and what they say of each visitor.
 */
import type { StreamFile } from '../../event/index.ts';
import { hash } from '../../runtime/index.ts';
import { type KeyPart, keyPart } from '../../table/index.ts';
import type { Attribution } from '../definition/definition.ts';
import { held } from '../record/held.ts';
import type { Touch } from '../record/touch.ts';
import { type Asked, type Lookback, type LookbackFile, ROWS, type TouchesRead, versionToken } from './lookback.ts';
import { type IndexedFile, indexedBetween, indexedFiles } from './touch-file.ts';
import { type Counting, findTouches, type TouchSet } from './touch-index.ts';

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
  { visitors, ...span }: Span,
): Promise<TouchesRead> {
  const known = new Map<KeyPart, IndexedFile | undefined>(indexed.map((file) => [file.file, file]));
  const found = await findTouches(set, visitors, span, countingIn(set, known, interval));
  const rank = new Map(collections.map((collection, position) => [String(keyPart(collection)), position]));
  const files = [...known.values()]
    .filter((file) => file !== undefined)
    .sort(
      (a, b) =>
        a.interval - b.interval ||
        (rank.get(a.collection) ?? 0) - (rank.get(b.collection) ?? 0) ||
        (a.key < b.key ? -1 : 1),
    );
  const ranks = new Map(files.map((file, position) => [file.file, { ...file, first: position * ROWS }]));
  const touches = held<Touch>('touches');
  const tokens = new Set<string>();
  for (const { file, read } of found) {
    const from = ranks.get(file);
    if (from === undefined) continue;
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

/**
 * What counts of what is found: versions that are indexed, of files known here, or of a later interval than the
 * conversions' (those are asked for).
 * @param known files by name; those asked for are added.
 */
function countingIn(set: TouchSet, known: Map<KeyPart, IndexedFile | undefined>, interval: number): Counting {
  return async (items) => {
    const later = items.filter((item) => item.interval > interval && !known.has(item.file));
    const asked = new Map(later.map(({ file, interval }) => [file, { file, interval }]));
    const there = new Map((await indexedFiles(set, asked.values())).map((file) => [file.file, file]));
    for (const file of asked.keys()) known.set(file, there.get(file));
    return items.filter(({ file, etag }) => {
      const version = known.get(file)?.etag;
      return version !== undefined && keyPart(version) === etag;
    });
  };
}

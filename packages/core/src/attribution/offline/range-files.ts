/**
 * The files of a range, in the order their records count: by interval, then as their collections are named.
 */
import { type Layout, listFiles, placementOfKey } from '../../stream/index.ts';
import type { AttributionStreams } from '../definition/file-form.ts';

export interface RangeFile {
  readonly bucket: string;
  readonly key: string;
  readonly collection: string;
  /** Its records'. */
  readonly layout: Layout;
}

/**
 * Lists files where their layouts say they lie.
 * Memory: all of them.
 * @param wanted collections, and of which intervals, `[from, to)` in ms.
 */
export async function rangeFiles(
  project: string,
  wanted: readonly { readonly collection: string; readonly from: number; readonly to: number }[],
  { layout, sources = [], bucket }: AttributionStreams & { readonly bucket: string },
): Promise<RangeFile[]> {
  const where = { streams: { layout, sources, idleTimeout: 0 }, own: bucket };
  const files: (RangeFile & { readonly interval: number; readonly rank: number })[] = [];
  for (const [rank, range] of wanted.entries()) {
    for await (const page of listFiles({ project, ...range }, where)) {
      for (const { bucket, key, layout } of page.files) {
        const interval = placementOfKey(layout, key, {})?.interval ?? range.from;
        files.push({ bucket, key, layout, collection: range.collection, interval, rank });
      }
    }
  }
  return files.sort((a, b) => a.interval - b.interval || a.rank - b.rank || (a.key < b.key ? -1 : 1));
}

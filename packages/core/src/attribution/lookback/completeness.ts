/**
 * How much of what a lookback asks for was there.
 */
import { advanceWatermark, type Layout } from '../../stream/index.ts';
import type { Attribution } from '../definition/definition.ts';
import type { Asked, Lookback } from './lookback.ts';

/** Missing files a row names: the newest so many. */
const NAMED = 24;

export interface Completeness {
  /** Touch files asked for: those of the lookback, and before it those of a visit that may be under way. */
  readonly expected: number;
  readonly read: number;
  /** Not there, and settled: no file of the interval is waited for any more, so nobody left a touch in it. */
  readonly empty: number;
  /** Not there yet; the newest 24. When one arrives the rows are written again. */
  readonly missing: readonly Asked[];
  /** Nothing is missing. */
  readonly final: boolean;
}

/** Up to where (ms) nothing more is waited for, by collection; absent where that is not known. */
export type Settled = ReadonlyMap<string, number>;

export function completenessOf({ files }: Pick<Lookback, 'files'>, settled: Settled, layout: Layout): Completeness {
  const asked = new Map(files.map((file) => [`${file.collection} ${file.interval}`, file]));
  const absent = [...asked.values()].filter(({ file }) => file === undefined);
  const missing = absent
    .filter(({ collection, interval }) => interval + layout.intervalLength > (settled.get(collection) ?? 0))
    .map(({ collection, interval }) => ({ collection, interval }));
  return {
    expected: asked.size,
    read: asked.size - absent.length,
    empty: absent.length - missing.length,
    missing: missing.slice(-NAMED),
    final: missing.length === 0,
  };
}

/** How long an interval without a file is waited for, by the time it is; without it none is ever settled. */
export interface Patience {
  readonly idleTimeout: number;
  /** ms. */
  readonly now: number;
}

/** Advances the watermarks of the collections of touches, which receipts of files move. */
export async function settledOf(
  { project, touches }: Attribution,
  { intervalLength }: Layout,
  patience: Patience | undefined,
): Promise<Settled> {
  const settled = new Map<string, number>();
  if (patience === undefined) return settled;
  for (const collection of touches.collections) {
    const watermark = await advanceWatermark({ project, collection }, { intervalLength, ...patience });
    if (watermark !== undefined) settled.set(collection, watermark);
  }
  return settled;
}

/**
 * A row of the results: one conversion under one model, a record like any other, with id and event time where the layout
 * has them. Consumers upsert by (`conversion.id`, `model.name`). It is a function of the files alone: no wall-clock time.
 *
 * ```json
 * {"keen": {"id": "cnv_…", "timestamp": "2026-03-02T09:12:33.000Z"}, "attribution": "shop purchases",
 *  "conversion": {"id": "…", "time": "2026-03-02T09:12:33.000Z", "visitor": "v-0001", "value": 4998, "currency": "EUR"},
 *  "model": {"name": "linear"}, "lookback": {"intervals": 4, "milliseconds": 1200000}, "via": "s3",
 *  "completeness": {"expected": 5, "read": 4, "missing": [{"collection": "pageviews", "interval": "2026-03-02T08:50:00.000Z"}]},
 *  "credits": [{"touch": "…", "time": "…", "channel": "email", "source": "newsletter", "medium": "email",
 *               "campaign": "spring", "share": 4998}],
 *  "unattributed": 0}
 * ```
 * `value`, `share` and `unattributed` are integer minor units of the currency; shares and unattributed add up to value.
 */
import { deterministicId, iso } from '../runtime/index.ts';
import type { JsonObject, Layout, Path } from '../stream/index.ts';
import type { Attributed } from './attribute.ts';
import type { Attribution } from './definition.ts';
import type { LookbackFile } from './lookback.ts';

/**
 * Touch files asked for, read, and not there. One that is not there holds no touch or has yet to arrive: it is not for a
 * function of the files to say which. When it arrives the rows are written again.
 */
export interface Completeness {
  readonly expected: number;
  readonly read: number;
  readonly missing: readonly { readonly collection: string; readonly interval: string }[];
}

export function completenessOf(lookback: readonly LookbackFile[]): Completeness {
  const missing = lookback
    .filter(({ file }) => file === undefined)
    .map(({ collection, interval }) => ({ collection, interval }));
  return { expected: lookback.length, read: lookback.length - missing.length, missing };
}

/** Milliseconds before a conversion that touches count. */
export function lookbackLength({ lookback }: Pick<Attribution, 'lookback'>, { intervalLength }: Layout): number {
  return lookback.intervals * intervalLength;
}

/** The row as JSON; the same for the same input, to the byte. */
export function toRow(
  { conversion, model, credits, unattributed }: Attributed,
  completeness: Completeness,
  attribution: Attribution,
  layout: Layout,
): string {
  const { id, visitor, value, currency } = conversion;
  const time = iso(conversion.time);
  const row: JsonObject = {};
  set(row, layout.idPath, deterministicId('cnv', attribution.project, attribution.name, id, model));
  set(row, layout.timePath, time);
  return JSON.stringify({
    ...row,
    attribution: attribution.name,
    conversion: { id, time, visitor, value, currency },
    model: { name: model },
    lookback: { intervals: attribution.lookback.intervals, milliseconds: lookbackLength(attribution, layout) },
    via: 's3',
    completeness,
    credits: credits.map(({ touch, share }) => ({
      touch: touch.id,
      time: iso(touch.time),
      channel: touch.channel,
      source: touch.source,
      medium: touch.medium,
      campaign: touch.campaign,
      share,
    })),
    unattributed,
  });
}

/** Paths are the layout's, so they are no data. */
function set(row: JsonObject, path: Path, value: string): void {
  let parent = row;
  for (const step of path.slice(0, -1)) {
    const next = parent[step];
    const child = typeof next === 'object' && next !== null && !Array.isArray(next) ? next : {};
    parent[step] = child;
    parent = child;
  }
  const last = path.at(-1);
  if (last !== undefined) parent[last] = value;
}

/**
 * A row of the results: one conversion under one model, a record like any other, with id and event time where the layout
 * has them. Consumers upsert by (`conversion.id`, `model.name`), a higher `revision` over a lower one. It is a function of
 * the files alone: no wall-clock time, no count of runs.
 *
 * ```json
 * {"keen": {"id": "cnv_…", "timestamp": "2026-03-02T09:12:33.000Z"}, "attribution": "shop purchases",
 *  "conversion": {"id": "…", "time": "2026-03-02T09:12:33.000Z", "visitor": "v-0001", "value": 4998, "currency": "EUR"},
 *  "model": {"name": "position", "kind": "position", "first": 40, "middle": 20, "last": 40},
 *  "lookback": {"click": 1200000, "view": 1200000}, "sessions": {"timeout": 1800000, "newCampaign": true}, "via": "s3",
 *  "revision": 11, "status": "provisional",
 *  "completeness": {"expected": 11, "read": 10, "empty": 0,
 *                   "missing": [{"collection": "pageviews", "interval": "2026-03-02T08:50:00.000Z"}]},
 *  "credits": [{"touch": "…", "kind": "click", "time": "…", "channel": "email", "source": "newsletter",
 *               "medium": "email", "campaign": "spring", "share": 4998}],
 *  "unattributed": 0}
 * ```
 * `value`, `share` and `unattributed` are integer minor units of the currency; shares and unattributed add up to value,
 * which is what is left of it where the conversion says how much was `refunded`. Times of `lookback`, `sessions` and of a
 * model's `halfLife` are ms. Before it is `final`, a row may be written again with whatever comes late; afterwards too,
 * but nothing is waited for. `revision` counts the versions of files that were read for it and of those that said
 * something about its conversions, so it grows with each that is new and is the same in whatever order they came.
 */
import { deterministicId, iso } from '../../runtime/index.ts';
import type { JsonObject, Layout, Path } from '../../stream/index.ts';
import { type Attribution, lookbackOf, sessionsOf } from '../definition/definition.ts';
import type { Completeness } from '../lookback/completeness.ts';
import type { Lookback } from '../lookback/lookback.ts';
import type { Attributed } from '../share/attribute.ts';

/** What rows of one file have in common. */
export interface RowContext {
  readonly lookback: Pick<Lookback, 'via'>;
  readonly completeness: Completeness;
  readonly revision: number;
}

/** The row as JSON; the same for the same input, to the byte. */
export function toRow(
  { conversion, model, credits, unattributed }: Attributed,
  { lookback, completeness, revision }: RowContext,
  attribution: Attribution,
  layout: Layout,
): string {
  const { id, visitor, value, currency, refunded } = conversion;
  const time = iso(conversion.time);
  const row: JsonObject = {};
  set(row, layout.idPath, deterministicId('cnv', attribution.project, attribution.name, id, model.name));
  set(row, layout.timePath, time);
  const { final, missing, ...counts } = completeness;
  return JSON.stringify({
    ...row,
    attribution: attribution.name,
    conversion: { id, time, visitor, value, currency, ...(refunded === undefined ? {} : { refunded }) },
    model,
    lookback: lookbackOf(attribution, layout),
    sessions: sessionsOf(attribution) ?? false,
    via: lookback.via,
    revision,
    status: final ? 'final' : 'provisional',
    completeness: {
      ...counts,
      missing: missing.map(({ collection, interval }) => ({ collection, interval: iso(interval) })),
    },
    credits: credits.map(({ touch, share }) => ({
      touch: touch.id,
      kind: touch.kind,
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

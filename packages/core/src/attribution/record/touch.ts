/**
 * A record of a touches collection, read as a touch.
 */
import { type JsonObject, type Layout, valueAt } from '../../stream/index.ts';
import type { Attribution } from '../definition/definition.ts';
import { type Origin, originOf } from './channel.ts';
import { eventTime } from './event-time.ts';
import { recordId } from './record-id.ts';
import { visitorId } from './visitor.ts';

/** An event that may have led a visitor on. */
export interface Touch extends Origin {
  readonly id: string;
  /** Whether the visitor came, or only saw something. */
  readonly kind: 'click' | 'view';
  /** Event time, ms since 1970. */
  readonly time: number;
  /** Orders touches of one time. */
  readonly row: number;
  readonly visitor: string;
  /** Where records that only went on with the visit were left out: the time of the last of them, ms. */
  readonly until?: number;
}

export interface TouchPlace {
  readonly collection: string;
  readonly key: string;
  readonly line: number;
  /** Orders the record among those of other files. */
  readonly row: number;
}

/** @returns undefined where it has no time, or `wanted` does not hold its visitor. */
export function toTouch(
  record: JsonObject,
  place: TouchPlace,
  wanted: { has(visitor: string): boolean },
  { touches, ownDomains }: Pick<Attribution, 'touches' | 'ownDomains'>,
  layout: Layout,
): Touch | undefined {
  const visitor = visitorId(valueAt(record, touches.visitor));
  if (visitor === undefined || !wanted.has(visitor)) return undefined;
  const time = eventTime(valueAt(record, touches.time ?? layout.timePath));
  if (time === undefined) return undefined;
  const read = (path: readonly string[] | undefined) => (path === undefined ? undefined : valueAt(record, path));
  const origin = originOf(
    {
      url: read(touches.url),
      referrer: read(touches.referrer),
      source: read(touches.source),
      medium: read(touches.medium),
      campaign: read(touches.campaign),
    },
    ownDomains,
  );
  const kind = touches.views.includes(place.collection) ? 'view' : 'click';
  return { id: recordId(record, place, layout), kind, time, row: place.row, visitor, ...origin };
}

/**
 * A record of a touches collection, read as a touch.
 */
import { type JsonObject, type Layout, valueAt } from '../stream/index.ts';
import { type Origin, originOf } from './channel.ts';
import type { Attribution } from './definition.ts';
import { eventTime } from './event-time.ts';
import { recordId } from './record-id.ts';
import { visitorId } from './visitor.ts';

/** An event that may have led a visitor on. */
export interface Touch extends Origin {
  readonly id: string;
  /** Event time, ms since 1970. */
  readonly time: number;
  /** Orders touches of one time. */
  readonly row: number;
  readonly visitor: string;
}

/**
 * @param place where the record lies; `row` orders it among those of other files.
 * @returns undefined where it has no time, is a page within a visit, or `wanted` does not hold its visitor.
 */
export function toTouch(
  record: JsonObject,
  place: { readonly key: string; readonly line: number; readonly row: number },
  wanted: { has(visitor: string): boolean },
  { touches, ownDomains }: Pick<Attribution, 'touches' | 'ownDomains'>,
  layout: Layout,
): Touch | undefined {
  const visitor = visitorId(valueAt(record, touches.visitor));
  if (visitor === undefined || !wanted.has(visitor)) return undefined;
  const time = eventTime(valueAt(record, touches.time ?? layout.timePath));
  if (time === undefined) return undefined;
  const origin = originOf(
    { url: valueAt(record, touches.url), referrer: valueAt(record, touches.referrer) },
    ownDomains,
  );
  if (origin === undefined) return undefined;
  return { id: recordId(record, place, layout), time, row: place.row, visitor, ...origin };
}

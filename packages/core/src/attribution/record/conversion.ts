/**
 * A record of a conversions collection, read as a conversion.
 */
import { type JsonObject, type Layout, type Rejection, valueAt } from '../../stream/index.ts';
import type { Attribution } from '../definition/definition.ts';
import { eventTime } from './event-time.ts';
import { type Money, parseMoney } from './money.ts';
import { recordId } from './record-id.ts';
import { visitorId } from './visitor.ts';

/** An event whose value is shared among the touches before it. */
export interface Conversion extends Money {
  readonly id: string;
  /** Event time, ms since 1970. */
  readonly time: number;
  /** Orders conversions of one time. */
  readonly row: number;
  readonly visitor: string;
  /** Minor units taken back since, of what the value was before. */
  readonly refunded?: number;
}

/**
 * @param place where the record lies, which names it where it carries no id of its own.
 * @returns why it cannot be attributed, where it lacks a visitor, a time or an exact value.
 */
export function toConversion(
  record: JsonObject,
  place: { readonly key: string; readonly line: number },
  { conversions }: Pick<Attribution, 'conversions'>,
  layout: Layout,
): Conversion | Rejection {
  const visitor = visitorId(valueAt(record, conversions.visitor));
  if (visitor === undefined) {
    return { reason: 'no_visitor', message: `no visitor id at ${conversions.visitor.join('.')}` };
  }
  const timePath = conversions.time ?? layout.timePath;
  const time = eventTime(valueAt(record, timePath));
  if (time === undefined) {
    return { reason: 'invalid_time', message: `no ISO 8601 time with a zone at ${timePath.join('.')}` };
  }
  const money = parseMoney(valueAt(record, conversions.value), valueAt(record, conversions.currency));
  if (!('value' in money)) return money;
  const named = conversions.id === undefined ? undefined : visitorId(valueAt(record, conversions.id));
  return { id: named ?? recordId(record, place, layout), time, row: place.line, visitor, ...money };
}

/**
 * Who a record is of.
 */
import type { JsonValue } from '../stream/index.ts';

/** The visitor's id: text that is not empty, or a whole number as its decimal text; undefined for anything else. */
export function visitorId(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

/**
 * Times as records carry them.
 */
import type { JsonValue } from '../../stream/index.ts';

/** A zone is required: a local time is not a point in time. */
const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** Milliseconds since 1970 of ISO 8601 text with a zone, cut at the millisecond; undefined for anything else. */
export function eventTime(value: JsonValue | undefined): number | undefined {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isFinite(time) ? time : undefined;
}

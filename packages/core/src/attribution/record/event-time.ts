/**
 * Times as records carry them.
 */
import type { JsonValue } from '../../stream/index.ts';

/** A zone is required: a local time is not a point in time. */
const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** Milliseconds since 1970 of ISO 8601 text with a zone, cut at the millisecond; undefined for anything else. */
export function eventTime(value: JsonValue | undefined): number | undefined {
  const match = typeof value === 'string' ? ISO_TIME.exec(value) : null;
  if (match === null) return undefined;
  const [text, year, month, day] = match;
  const time = Date.parse(text);
  return Number.isFinite(time) && isDay(Number(year), Number(month), Number(day)) ? time : undefined;
}

/** `Date.parse` takes 30 February for 2 March. */
function isDay(year: number, month: number, day: number): boolean {
  return day <= 28 || new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day;
}

/**
 * Event time and the windows it falls into. A window is `[start, end)`, aligned to UTC: a record at `end` is in the next.
 */
import { DAY } from '../../runtime/index.ts';
import { type JsonValue, type Path, valueAt } from '../../stream/index.ts';

/** Times in ms since 1970. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/** Tumbling windows: one after the other, `size` ms long, shifted by `offset` ms from 1970-01-01T00:00Z. */
export interface Grid {
  readonly size: number;
  readonly offset: number;
}

/** Start of the window that holds `time`. */
export function windowStart({ size, offset }: Grid, time: number): number {
  return Math.floor((time - offset) / size) * size + offset;
}

/** Start of the first window that ends at or after `time`. */
export function firstEndingAt({ size, offset }: Grid, time: number): number {
  return Math.ceil((time - offset) / size) * size + offset - size;
}

/** What stands in where a record tells no time, and how far ahead of the clock one may be; all ms. */
export interface Arrival {
  readonly interval: number;
  readonly receivedAt: number;
}

/** ISO 8601 with a zone: without one, the machine's own would decide. */
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:?\d{2})$/;

/** The last day a canonical time told, and when it began (ms): the next record's is most often the same. */
let day = '';
let dayStart = Number.NaN;

/** ms; NaN where it is none. Of the one form nearly all times have, only the day needs a calendar. */
function parseInstant(text: string): number {
  if (text.length === 24 && canonical.test(text)) {
    if (!text.startsWith(day) || day === '') {
      day = text.slice(0, 11);
      dayStart = Date.parse(`${day}00:00:00.000Z`);
    }
    const at = (index: number) => text.charCodeAt(index) - ZERO_DIGIT;
    const hour = at(11) * 10 + at(12);
    const minute = at(14) * 10 + at(15);
    const second = at(17) * 10 + at(18);
    if (hour > 23 || minute > 59 || second > 59) return Date.parse(text);
    return dayStart + ((hour * 60 + minute) * 60 + second) * 1000 + at(20) * 100 + at(21) * 10 + at(22);
  }
  return instant.test(text) ? Date.parse(text) : Number.NaN;
}

/** `2026-03-02T09:00:00.000Z` */
const canonical = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const ZERO_DIGIT = 48;

/** The first days of 1970, ms: a device that tells them has no clock. Windows before them would have no key either. */
const CLOCK_NEVER_SET = 30 * DAY;

/** The time a record tells at `path`, ms; undefined where it tells none that can be. */
export function toldTime(record: JsonValue, path: Path): number | undefined {
  const said = valueAt(record, path);
  const time = typeof said === 'string' ? parseInstant(said) : Number.NaN;
  return Number.isNaN(time) || time < CLOCK_NEVER_SET ? undefined : time;
}

/**
 * The event time of a record, ms: what it tells, else the start of its file's interval. A time more than `maxFuture` ms
 * after the file's arrival is a clock gone wrong, and counts as exactly that far ahead.
 */
export function eventTime(told: number | undefined, maxFuture: number, arrival: Arrival): number {
  return Math.min(told ?? arrival.interval, arrival.receivedAt + maxFuture);
}

/**
 * Parts of a date-time: an ISO 8601 time in a record becomes an object of year, month, day … in a time zone.
 */
import * as z from 'zod';
import { DAY, MINUTE, onFirstUse, SECOND } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import { derivation, derive, recalling, type Sharing, samePlaces } from './derive.ts';
import { type Change, common, Unsuitable, unsuitable } from './step.ts';

/** Computed from the wall clock of the zone, held as if it were UTC. */
const parts = {
  year: (local: Date) => local.getUTCFullYear(),
  quarter: (local: Date) => Math.floor(local.getUTCMonth() / 3) + 1,
  /** 1 to 12. */
  month: (local: Date) => local.getUTCMonth() + 1,
  day: (local: Date) => local.getUTCDate(),
  hour: (local: Date) => local.getUTCHours(),
  minute: (local: Date) => local.getUTCMinutes(),
  second: (local: Date) => local.getUTCSeconds(),
  /** ISO 8601: 1 is Monday, 7 is Sunday. */
  day_of_week: isoDay,
  day_of_year: (local: Date) => Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0)) / DAY) + 1,
  /** ISO 8601: the week that holds the year's first Thursday is 1, and belongs to `iso_week_year`. */
  iso_week: (local: Date) => Math.floor((thursday(local).getTime() - firstOfYear(thursday(local))) / (7 * DAY)) + 1,
  iso_week_year: (local: Date) => thursday(local).getUTCFullYear(),
  /** Minutes east of UTC. */
  utc_offset: (local: Date, time: number) => Math.round((local.getTime() - time) / MINUTE),
} as const satisfies Record<string, (local: Date, time: number) => number>;

export type DateTimePart = keyof typeof parts;
const partNames = Object.keys(parts) as [DateTimePart, ...DateTimePart[]]; // the keys of the object above

function isoDay(local: Date): number {
  return local.getUTCDay() || 7;
}
/** Of the same ISO week. */
function thursday(local: Date): Date {
  return new Date(local.getTime() + (4 - isoDay(local)) * DAY);
}
function firstOfYear(local: Date): number {
  return Date.UTC(local.getUTCFullYear(), 0);
}

export const DateTimeStep = onFirstUse(() =>
  z
    .strictObject({
      kind: z.literal('date-time'),
      /** The time at `at` is ISO 8601 (UTC where it names no zone), or a number of milliseconds since 1970. */
      ...derivation,
      parts: z.array(z.enum(partNames)).min(1).default(partNames),
      /** IANA name: `Europe/Berlin`. */
      zone: z.string().refine(isZone, 'not a time zone; write an IANA name such as Europe/Berlin').default('UTC'),
      ...common,
    })
    .refine(...samePlaces),
);
export type DateTimeStep = z.output<ReturnType<typeof DateTimeStep>>;

/**
 * Compiles a date-time step. A path that is missing or null is no failure; what is no time is noted.
 * @param sharing whether records of the same second may share what is made.
 */
export function compileDateTime(step: DateTimeStep, sharing: Sharing): Change {
  const wallClock = wallClockOf(step.zone);
  const withSecond = step.parts.includes('second');
  let minute = Number.NaN;
  let ofMinute: JsonObject = {};
  const ofSecond = recalling((second: number): JsonObject => {
    if (Math.floor(second / 60) !== minute) {
      minute = Math.floor(second / 60);
      ofMinute = partsOf(minute * MINUTE, wallClock(minute * MINUTE), step.parts);
    }
    return withSecond ? { ...ofMinute, second: second % 60 } : { ...ofMinute }; // the rest is as in the minute
  });
  let text = ''; // up to its second, the last record's time: most often this one's
  let ofText: JsonObject = {};
  const made = (value: JsonValue): JsonObject | Unsuitable => {
    const plain = typeof value === 'string' && CANONICAL.test(value);
    if (plain && text !== '' && value.startsWith(text)) return ofText;
    const time = timeOf(value);
    if (time === undefined) return unsuitable('not_a_time');
    if (time < FULL_MINUTES) return partsOf(time, wallClock(time), step.parts);
    ofText = ofSecond(Math.floor(time / SECOND));
    text = plain ? value.slice(0, SECONDS) : '';
    return ofText;
  };
  return derive(step, (value) => {
    const parts = made(value);
    return sharing === 'shared' || parts instanceof Unsuitable ? parts : { ...parts };
  });
}

/** One part of a time, in universal time. */
export function partOf(part: DateTimePart, time: Date): number {
  return parts[part](time, time.getTime());
}

function partsOf(time: number, local: Date, wanted: readonly DateTimePart[]): JsonObject {
  const result: JsonObject = {};
  for (const part of wanted) result[part] = parts[part](local, time);
  return result;
}

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;
const EARLIEST = Date.UTC(1900, 0, 1); // before standard time, offsets are a city's own, with seconds
const LATEST = Date.UTC(9999, 11, 31);

/** Milliseconds since 1970 of a time from 1900 to 9999; undefined for anything else. */
export function timeOf(value: JsonValue): number | undefined {
  let time = Number.NaN;
  if (typeof value === 'number') time = Math.trunc(value);
  else if (typeof value === 'string') time = parseIso(value.trim());
  return time >= EARLIEST && time <= LATEST ? time : undefined;
}

/** The form nearly all times have. */
const CANONICAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** Characters up to its second. */
const SECONDS = 19;
/** The last day that was there: most often also the next time's. */
let knownDay = '';

/** Stricter than Date.parse, which takes a time without a zone for one of the machine's, and 30 February for 2 March. */
function parseIso(text: string): number {
  if (text.length === 24 && text.startsWith(knownDay) && knownDay !== '' && CANONICAL.test(text))
    return Date.parse(text);
  const match = ISO.exec(text);
  if (!match) return Number.NaN;
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  if (day.getUTCDate() !== Number(text.slice(8, 10))) return Number.NaN;
  knownDay = text.slice(0, 10);
  return Date.parse(match[1] === undefined || match[4] !== undefined ? text : `${text}Z`);
}

/** Looks a name up before it makes a formatter, which would take a tenth of a cold start. */
function isZone(zone: string): boolean {
  if (zone === 'UTC' || Intl.supportedValuesOf('timeZone').includes(zone)) return true;
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs a thousand times what using it does. @throws RangeError on an unknown zone. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

/** From here on, offsets change at full minutes only. */
const FULL_MINUTES = Date.UTC(1973, 0, 1);

/** What a clock on the wall shows in the zone, as if that were UTC. */
function wallClockOf(zone: string): (time: number) => Date {
  if (zone === 'UTC') return (time) => new Date(time);
  return (time) => new Date(time + offsetOf(formatterOf(zone), time));
}

/** ms east of UTC. */
function offsetOf(formatter: Intl.DateTimeFormat, time: number): number {
  const shown = new Map(formatter.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const field = (type: Intl.DateTimeFormatPartTypes) => shown.get(type) ?? 0;
  const date = [field('year'), field('month') - 1, field('day')] as const;
  const local = Date.UTC(...date, field('hour'), field('minute'), field('second'));
  return local - Math.floor(time / SECOND) * SECOND; // the formatter shows whole seconds
}

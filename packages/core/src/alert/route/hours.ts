/**
 * Hours in which a route may speak: days and times of day in a time zone, daylight saving included.
 */
import * as z from 'zod';
import { DAY, HOUR, MINUTE } from '../../runtime/index.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'write hours and minutes, as in 09:00')
  .transform((text) => Number(text.slice(0, 2)) * HOUR + Number(text.slice(3)) * MINUTE);

/** `from` up to, not including, `to`; where `to` is not after `from`, the hours end on the next day. */
export const Hours = z.strictObject({
  days: z.array(z.enum(DAYS)).min(1).default(['mon', 'tue', 'wed', 'thu', 'fri']),
  from: TimeOfDay,
  to: TimeOfDay,
  timezone: z.string().refine(isTimeZone, 'is no time zone; write one as Europe/Berlin').default('UTC'),
});
export type Hours = z.output<typeof Hours>;

/** Whether the hours are on at `time` (ms). */
export function isOpen(hours: Hours, time: number): boolean {
  return [-1, 0].some((day) => {
    const { from, to } = spanOn(hours, time, day);
    return from <= time && time < to;
  });
}

/** The first time (ms) after `time` at which the hours begin. */
export function nextOpening(hours: Hours, time: number): number {
  const openings = Array.from({ length: 9 }, (_, day) => spanOn(hours, time, day)).filter(
    ({ from, to }) => from > time && to > from,
  );
  return Math.min(...openings.map(({ from }) => from));
}

/** The span that begins on the local day of `time`, or days later; empty where its weekday is none of the hours'. */
function spanOn({ days, from, to, timezone }: Hours, time: number, later: number): { from: number; to: number } {
  const local = time + offsetAt(time, timezone);
  const midnight = Math.floor(local / DAY) * DAY + later * DAY;
  const weekday = DAYS[new Date(midnight).getUTCDay()];
  if (weekday === undefined || !days.includes(weekday)) return { from: time, to: time };
  const end = to > from ? to : to + DAY;
  return { from: instant(midnight + from, timezone), to: instant(midnight + end, timezone) };
}

/** The time (ms) at which clocks of a zone show `local`; a shown time that is skipped is the one it is skipped to. */
function instant(local: number, timezone: string): number {
  const guess = local - offsetAt(local, timezone);
  return local - offsetAt(guess, timezone);
}

/** How far (ms) clocks of the zone are ahead of UTC at `time`. */
function offsetAt(time: number, timezone: string): number {
  const parts = formatOf(timezone).formatToParts(time);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown - Math.floor(time / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
  const made = new Intl.DateTimeFormat('en', { ...numeric, second: 'numeric', hourCycle: 'h23', timeZone });
  formats.set(timeZone, made);
  return made;
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

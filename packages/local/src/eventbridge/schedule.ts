/**
 * Schedule expressions of rules: `rate(5 minutes)` and `cron(0 12 * * ? *)`, in UTC.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
 */
import { DAY, HOUR, MINUTE } from '@millrace/core/runtime';
import { validation } from './fault.ts';

/** When a schedule is next due. */
export interface Schedule {
  /** Milliseconds since 1970: the first time due strictly after `time`. Undefined where there is none in four years. */
  next(time: number): number | undefined;
}

const unit: Readonly<Record<string, number>> = { minute: MINUTE, hour: HOUR, day: DAY };

/** @throws Refused (ValidationException) */
export function parseSchedule(expression: string): Schedule {
  const rate = /^rate\((\d{1,6}) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate) {
    const [, count = '', name = '', plural] = rate;
    const period = Number(count) * (unit[name] ?? 0);
    if (period === 0 || (Number(count) === 1) !== (plural === '')) throw notValid();
    return { next: (time) => time + period };
  }
  const cron = /^cron\((.+)\)$/.exec(expression)?.[1]?.split(' ');
  if (cron === undefined || cron.length !== 6) throw notValid();
  return cronSchedule(cron);
}

const notValid = (hint = '') => validation(`Parameter ScheduleExpression is not valid.${hint}`);

interface FieldRange {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const ranges: readonly FieldRange[] = [
  { name: 'minutes', from: 0, to: 59 },
  { name: 'hours', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12, names: MONTHS },
  { name: 'day of week', from: 1, to: 7, names: WEEKDAYS },
  { name: 'year', from: 1970, to: 2199 },
];

function cronSchedule(fields: readonly string[]): Schedule {
  if ((fields[2] === '?') === (fields[4] === '?')) throw notValid(' Exactly one of the two day fields must be "?".');
  const allowed = ranges.map((range, index) => parseField(fields[index] ?? '', range));
  const matches = (at: Date) =>
    [
      at.getUTCMinutes(),
      at.getUTCHours(),
      at.getUTCDate(),
      at.getUTCMonth() + 1,
      at.getUTCDay() + 1,
      at.getUTCFullYear(),
    ].map((value, index) => allowed[index]?.has(value) ?? false);
  return { next: (time) => firstMatch(time, matches) };
}

/** Steps by the largest field that does not match, so four years are a few thousand steps. */
function firstMatch(time: number, matches: (at: Date) => boolean[]): number | undefined {
  let at = Math.floor(time / MINUTE) * MINUTE + MINUTE;
  const end = time + 4 * 366 * DAY;
  while (at <= end) {
    const [minute, hour, ...day] = matches(new Date(at));
    if (day.includes(false)) at = Math.floor(at / DAY) * DAY + DAY;
    else if (!hour) at = Math.floor(at / HOUR) * HOUR + HOUR;
    else if (!minute) at += MINUTE;
    else return at;
  }
  return undefined;
}

/** The values a field allows; lists, ranges, steps and names. `L`, `W` and `#` are refused: not done here. */
function parseField(field: string, range: FieldRange): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(\*|\?|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (!match) throw notValid(` The local endpoint cannot read ${range.name} "${field}".`);
    const [, start = '', end, step] = match;
    const every = start === '*' || start === '?';
    const from = every ? range.from : valueIn(start, range);
    const to = end === undefined ? (every || step !== undefined ? range.to : from) : valueIn(end, range);
    const by = step === undefined ? 1 : Number(step);
    if (by < 1 || from > to) throw notValid(` The local endpoint cannot read ${range.name} "${field}".`);
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}

function valueIn(text: string, range: FieldRange): number {
  const named = range.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + range.from : Number(text);
  if (!Number.isInteger(value) || value < range.from || value > range.to) {
    throw notValid(` The local endpoint cannot read ${range.name} "${text}".`);
  }
  return value;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../stream/index.ts';
import { compileDateTime, DateTimeStep } from './date-time.ts';

function enrich(json: string, step: object): { record: JsonObject; notes: string[] } {
  const record = JSON.parse(json) as JsonObject;
  const notes: string[] = [];
  const parsed = DateTimeStep().parse({ kind: 'date-time', at: 't', into: 'time', ...step });
  compileDateTime(parsed, 'shared')(record, (path, reason) => notes.push(`${path} ${reason}`));
  return { record, notes };
}

const date = { year: 2026, quarter: 1, month: 3, day: 2 };
const week = { day_of_week: 1, day_of_year: 61, iso_week: 10, iso_week_year: 2026 };

describe('parts', () => {
  it.each<[string, string, object]>([
    ['"2026-03-02T09:12:33.500Z"', 'UTC', { ...date, hour: 9, minute: 12, second: 33, ...week, utc_offset: 0 }],
    ['"2026-03-02T10:12:33+01:00"', 'UTC', { ...date, hour: 9, minute: 12, second: 33, ...week, utc_offset: 0 }],
    [
      '"2026-03-02T09:12:33.999Z"',
      'Europe/Berlin',
      { ...date, hour: 10, minute: 12, second: 33, ...week, utc_offset: 60 },
    ],
    ['"2026-03-02T09:12"', 'Asia/Kathmandu', { ...date, hour: 14, minute: 57, second: 0, ...week, utc_offset: 345 }],
    ['"2026-03-02"', 'UTC', { ...date, hour: 0, minute: 0, second: 0, ...week, utc_offset: 0 }],
    ['1772442753500', 'UTC', { ...date, hour: 9, minute: 12, second: 33, ...week, utc_offset: 0 }],
  ])('of %s in %s', (time, zone, parts) => {
    expect(enrich(`{"t":${time}}`, { zone })).toEqual({
      record: { t: JSON.parse(time), time: parts },
      notes: [],
    });
  });

  // https://en.wikipedia.org/wiki/ISO_week_date, and the days clocks change in Europe
  it.each([
    ['2005-01-01', 'UTC', { iso_week: 53, iso_week_year: 2004, day_of_week: 6 }],
    ['2007-01-01', 'UTC', { iso_week: 1, iso_week_year: 2007, day_of_week: 1 }],
    ['2007-12-30', 'UTC', { iso_week: 52, iso_week_year: 2007, day_of_week: 7 }],
    ['2008-12-29', 'UTC', { iso_week: 1, iso_week_year: 2009, day_of_year: 364 }],
    ['2010-01-03', 'UTC', { iso_week: 53, iso_week_year: 2009 }],
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', { hour: 1, utc_offset: 60 }],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', { hour: 3, utc_offset: 120 }],
    ['2026-10-25T01:00:00Z', 'Europe/Berlin', { hour: 2, utc_offset: 60 }],
    [
      '2026-12-31T23:30:00Z',
      'Europe/Berlin',
      { year: 2027, month: 1, day: 1, hour: 0, iso_week: 53, iso_week_year: 2026 },
    ],
    ['2026-03-08T06:59:59Z', 'America/New_York', { hour: 1, utc_offset: -300 }],
    ['2026-03-08T07:00:00Z', 'America/New_York', { hour: 3, utc_offset: -240 }],
    ['2026-04-04T14:59:59Z', 'Australia/Lord_Howe', { hour: 1, minute: 59, utc_offset: 660 }], // half an hour of summer time
    ['2026-04-04T15:00:00Z', 'Australia/Lord_Howe', { hour: 1, minute: 30, utc_offset: 630 }],
    ['1969-12-31T23:59:59.999Z', 'UTC', { year: 1969, day_of_year: 365, hour: 23, minute: 59, second: 59 }],
    ['1969-12-31T23:59:59.999Z', 'Europe/Berlin', { year: 1970, hour: 0, second: 59, utc_offset: 60 }],
    ['1945-08-15T12:00:00Z', 'Europe/Berlin', { hour: 15, utc_offset: 180 }], // double summer time
    ['1900-01-01', 'UTC', { year: 1900, iso_week: 1, day_of_week: 1 }],
    ['2000-02-29', 'UTC', { day: 29, day_of_year: 60 }],
    ['2026-03-02T24:00:00Z', 'UTC', { day: 3, hour: 0 }],
    ['2026-06-30T22:00:00-04:00', 'America/St_Johns', { day: 30, hour: 23, minute: 30, quarter: 2, utc_offset: -150 }],
  ])('of %s in %s', (time, zone, parts) => {
    const { record } = enrich(JSON.stringify({ t: time }), { zone, parts: Object.keys(parts) });
    expect(record.time).toEqual(parts);
  });

  it('in UTC give the time back, for any', () => {
    const step = { parts: ['year', 'month', 'day', 'hour', 'minute', 'second'] };
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1900), max: Date.UTC(9999) }),
        fc.constantFrom('UTC', 'Etc/UTC'),
        (t, zone) => {
          const { record } = enrich(JSON.stringify({ t }), { ...step, zone });
          const { year, month, day, hour, minute, second } = record.time as Record<string, number>;
          const back = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
          expect(back).toBe(Math.floor(t / 1000) * 1000);
        },
      ),
    );
  });
});

describe('what is no time', () => {
  it.each([
    '"yesterday"',
    '"2026-02-30T00:00:00Z"',
    '"2026-13-01"',
    '"2026-03-02T25:00Z"',
    '"2025-02-29"',
    '"2016-12-31T23:59:60Z"', // leap seconds are not counted
    '"1899-12-31T23:59:59Z"',
    '"2026-03-02T09:00:00+99:00"',
    '"2026-03-02 09:00:00"',
    '"Mon, 02 Mar 2026 09:00:00 GMT"',
    '"٢٠٢٦-03-02"',
    '"__proto__"',
    '"javascript:alert(1)"',
    '["2026-03-02"]',
    '{"__proto__":"2026-03-02"}',
    '"0001-01-01"',
    '"12026-01-01"',
    '""',
    'true',
    '{}',
    '1e300',
    '-1e15',
  ])('%s is noted and left alone', (time) => {
    expect(enrich(`{"t":${time}}`, {})).toEqual({ record: { t: JSON.parse(time) }, notes: ['t not_a_time'] });
  });

  it('is not looked for in 1 MB', () => {
    for (const t of ['1'.repeat(1_000_000), `2026-03-02${' '.repeat(1_000_000)}x`]) {
      expect(enrich(JSON.stringify({ t }), {})).toEqual({ record: { t }, notes: ['t not_a_time'] });
    }
  });

  it.each(['{}', '{"t":null}', '{"s":{"t":"2026-03-02"}}'])('nor a failure where it is missing: %s', (json) => {
    expect(enrich(json, {})).toEqual({ record: JSON.parse(json), notes: [] });
  });
});

describe('where parts go', () => {
  it.each([
    ['{"t":"2026-03-02","a":{"b":1}}', { into: 'a.c' }, '{"t":"2026-03-02","a":{"b":1,"c":{"year":2026}}}', []],
    ['{"t":"2026-03-02","a":1}', { into: 'a.c' }, '{"t":"2026-03-02","a":1}', ['t path_blocked']],
    ['{"t":"2026-03-02","a":[]}', { into: 'a.0' }, '{"t":"2026-03-02","a":[]}', ['t path_blocked']],
    ['{"t":"2026-03-02"}', { into: '__proto__' }, '{"t":"2026-03-02","__proto__":{"year":2026}}', []],
    [
      '{"items":[{"t":"2026-03-02"},{"t":"x"},7,{}]}',
      { at: 'items.*.t', into: 'items.*.on.day' },
      '{"items":[{"t":"2026-03-02","on":{"day":{"year":2026}}},{"t":"x"},7,{}]}',
      ['items.1.t not_a_time'],
    ],
  ])('%s %j', (json, step, after, noted) => {
    const { record, notes } = enrich(json, { parts: ['year'], ...step });
    expect(JSON.stringify(record)).toBe(after);
    expect(notes).toEqual(noted);
  });
});

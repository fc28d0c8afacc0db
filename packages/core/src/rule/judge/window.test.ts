import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../runtime/index.ts';
import { BASE, minutes } from '../test/rules.ts';
import { eventTime, firstEndingAt, toldTime, windowStart } from './window.ts';

const five = { size: 5 * MINUTE, offset: 0 };

describe('windows are [start, end)', () => {
  it.each([
    [five, BASE, BASE],
    [five, BASE - 1, BASE - 5 * MINUTE],
    [five, BASE + 5 * MINUTE - 1, BASE],
    [five, BASE + 5 * MINUTE, BASE + 5 * MINUTE],
    [{ size: HOUR, offset: 15 * MINUTE }, BASE, BASE - 45 * MINUTE],
    [{ size: HOUR, offset: 15 * MINUTE }, BASE + 15 * MINUTE, BASE + 15 * MINUTE],
    [{ size: DAY, offset: 0 }, BASE, Date.parse('2026-03-02T00:00:00Z')],
  ])('%j at %i', (grid, time, start) => {
    expect(windowStart(grid, time)).toBe(start);
  });

  it('hold the time they start from, and end at or after the time asked for', () => {
    const grid = fc.record({ size: fc.integer({ min: 1, max: DAY }), offset: fc.integer({ min: 0, max: DAY }) });
    fc.assert(
      fc.property(grid, fc.integer({ min: 0, max: BASE }), (one, time) => {
        const start = windowStart(one, time);
        expect(start <= time && time < start + one.size).toBe(true);
        const end = firstEndingAt(one, time) + one.size;
        expect(end >= time && end - one.size < time).toBe(true);
      }),
    );
  });
});

describe('eventTime', () => {
  const arrival = { interval: minutes(5), receivedAt: minutes(11) };
  const time = (said: unknown) => eventTime(toldTime({ t: said as string }, ['t']), 5 * MINUTE, arrival);

  it.each<[unknown, number]>([
    ['2026-03-02T09:07:00.000Z', minutes(7)],
    ['2026-03-02T10:07:00+01:00', minutes(7)],
    ['2026-03-02T09:07Z', minutes(7)],
    ['2026-02-02T09:07:00Z', minutes(7) - 28 * DAY],
    ['2026-03-02T09:16:00.000Z', minutes(16)],
    ['2026-03-02T09:16:00.001Z', minutes(16)],
    ['2030-01-01T00:00:00Z', minutes(16)],
    ['2026-03-02T09:07:00', minutes(5)], // no zone
    ['2026-13-02T09:07:00Z', minutes(5)],
    ['1970-01-02T00:00:00Z', minutes(5)],
    ['yesterday', minutes(5)],
    [minutes(7), minutes(5)],
    [undefined, minutes(5)],
    [null, minutes(5)],
  ])('of %j', (said, expected) => {
    expect(time(said)).toBe(expected);
  });
});

it('reads canonical times as Date.parse does', () => {
  const part = (length: number) => fc.nat({ max: 10 ** length - 1 }).map((n) => String(n).padStart(length, '0'));
  const real = fc
    .date({ min: new Date('1971-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const made = fc
    .tuple(fc.constantFrom('2026-02-28', '2026-02-29', '2026-13-01', '1999-12-31'), part(2), part(2), part(2), part(3))
    .map(([day, hour, minute, second, ms]) => `${day}T${hour}:${minute}:${second}.${ms}Z`);
  fc.assert(
    fc.property(fc.oneof(real, made), (text) => {
      const time = Date.parse(text);
      expect(toldTime({ t: text }, ['t'])).toBe(Number.isNaN(time) ? undefined : time);
    }),
  );
});

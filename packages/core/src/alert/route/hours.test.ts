import { describe, expect, it } from 'vitest';
import { iso } from '../../runtime/index.ts';
import { Hours, isOpen, nextOpening } from './hours.ts';

const office = Hours.parse({ from: '09:00', to: '17:30', timezone: 'Europe/Berlin' });
const night = Hours.parse({ days: ['fri', 'sat'], from: '22:00', to: '06:00' });
const all = Hours.parse({ days: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], from: '00:00', to: '24:00' });

describe('hours', () => {
  it.each([
    ['before they begin', office, '2026-03-02T07:59:59.999Z', false, '2026-03-02T08:00:00.000Z'],
    ['when they begin', office, '2026-03-02T08:00:00.000Z', true, '2026-03-03T08:00:00.000Z'],
    ['just before they end', office, '2026-03-02T16:29:59.999Z', true, '2026-03-03T08:00:00.000Z'],
    ['when they end', office, '2026-03-02T16:30:00.000Z', false, '2026-03-03T08:00:00.000Z'],
    ['on a Friday evening', office, '2026-03-06T18:00:00.000Z', false, '2026-03-09T08:00:00.000Z'],
    ['over the change to summer time', office, '2026-03-28T12:00:00.000Z', false, '2026-03-30T07:00:00.000Z'],
    ['in summer', office, '2026-07-01T07:00:00.000Z', true, '2026-07-02T07:00:00.000Z'],
    [
      'after midnight of a night that began on a Friday',
      night,
      '2026-03-07T03:00:00.000Z',
      true,
      '2026-03-07T22:00:00.000Z',
    ],
    [
      'after midnight of one that began on a Saturday',
      night,
      '2026-03-08T05:59:00.000Z',
      true,
      '2026-03-13T22:00:00.000Z',
    ],
    ['on the evening after', night, '2026-03-08T23:00:00.000Z', false, '2026-03-13T22:00:00.000Z'],
    ['at any time', all, '2026-03-08T23:59:59.999Z', true, '2026-03-09T00:00:00.000Z'],
  ])('%s', (_, hours, time, open, opening) => {
    expect(isOpen(hours, Date.parse(time))).toBe(open);
    expect(iso(nextOpening(hours, Date.parse(time)))).toBe(opening);
  });

  it.each([
    { from: '9:00', to: '17:00' },
    { from: '09:00', to: '25:00' },
    { from: '09:00', to: '17:00', timezone: 'Mars/Olympus' },
    { from: '09:00', to: '17:00', days: ['someday'] },
  ])('are refused: %j', (declared) => {
    expect(Hours.safeParse(declared).success).toBe(false);
  });
});

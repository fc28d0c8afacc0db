import { describe, expect, it } from 'vitest';
import { expiresAt, iso, milliseconds } from './clock.ts';

describe('milliseconds', () => {
  it.each([
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
  ])('%s is %i', (text, expected) => expect(milliseconds(text)).toBe(expected));

  it.each(['', '5', 'm', '5 m', '-5m', '1.5h', '5M', '12345678901s'])('refuses %j and says how to write one', (text) =>
    expect(() => milliseconds(text)).toThrow(/as in 5m/),
  );
});

it('writes times as stream keys do', () => expect(iso(1501545900000)).toBe('2017-08-01T00:05:00.000Z'));

it('rounds an expiry up to whole seconds, so that nothing expires early', () => {
  expect(expiresAt(1000)).toBe(1);
  expect(expiresAt(1001)).toBe(2);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add, compare, decimalOf, format, parseDecimal, times, toNumber, ZERO } from './decimal.ts';

describe('decimalOf', () => {
  it.each<[unknown, string | undefined]>([
    [0, '0'],
    [-0, '0'],
    [0.1, '0.1'],
    [-12.5, '-12.5'],
    [1e21, '1000000000000000000000'],
    [1.5e-7, '0.00000015'],
    [2 ** 53, '9007199254740992'],
    ['49.98', '49.98'],
    ['+7', '7'],
    ['-0.50', '-0.5'],
    ['12e2', '1200'],
    ['0010', '10'],
    ['', undefined],
    ['.5', undefined],
    ['1.', undefined],
    ['1,5', undefined],
    [' 1', undefined],
    ['0x10', undefined],
    ['1e999', undefined],
    ['9'.repeat(65), undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [true, undefined],
    [null, undefined],
    [undefined, undefined],
    [{}, undefined],
  ])('%j is %s', (value, expected) => {
    const decimal = decimalOf(value);
    expect(decimal && format(decimal)).toBe(expected);
  });
});

describe('sums', () => {
  const cents = fc.integer({ min: -10_000_000, max: 10_000_000 });
  const price = (n: number) =>
    parseDecimal(`${n < 0 ? '-' : ''}${Math.floor(Math.abs(n) / 100)}.${String(Math.abs(n) % 100).padStart(2, '0')}`);

  it('of prices are exact', () => {
    fc.assert(
      fc.property(fc.array(cents), (all) => {
        const sum = all.map(price).reduce(add, ZERO);
        expect(compare(times(sum, 100), parseDecimal(String(all.reduce((a, b) => a + b, 0))))).toBe(0);
      }),
    );
  });

  it('of doubles do not depend on their order', () => {
    const double = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(double), (all) => {
        const sum = (values: number[]) => format(values.map((value) => decimalOf(value) ?? ZERO).reduce(add, ZERO));
        expect(sum(all)).toBe(sum(all.toReversed()));
      }),
    );
  });

  it('drift no more than text does', () => {
    const tenth = decimalOf(0.1) ?? ZERO;
    expect(format(Array.from({ length: 10 }, () => tenth).reduce(add, ZERO))).toBe('1');
    expect(toNumber(parseDecimal('0.30'))).toBe(0.3);
    expect(() => parseDecimal('abc')).toThrow(RangeError);
  });
});

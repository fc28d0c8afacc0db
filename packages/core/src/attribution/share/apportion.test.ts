import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apportion } from './apportion.ts';

describe('apportion', () => {
  it.each<[number, number[], number[]]>([
    [100, [1], [100]],
    [100, [1, 1, 1], [34, 33, 33]],
    [101, [1, 1, 1], [34, 34, 33]],
    [2, [1, 1, 1], [1, 1, 0]],
    [0, [1, 1], [0, 0]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [-1, [1, 1], [-1, 0]],
    [10, [0, 1], [0, 10]],
    [10, [4, 2, 4], [4, 2, 4]],
    [7, [4, 2, 4], [3, 1, 3]],
    [100, [1, 2, 3], [17, 33, 50]], // 16.67, 33.33, 50: the one unit left goes to the largest remainder
    [Number.MAX_SAFE_INTEGER, [1, 1], [4503599627370496, 4503599627370495]],
  ])('%i among %j is %j', (value, weights, expected) => expect(apportion(value, weights)).toEqual(expected));

  it.each<[number, number[]]>([
    [1, []],
    [1, [0, 0]],
    [1, [-1, 2]],
    [1, [0.5]],
    [1.5, [1]],
    [Number.MAX_SAFE_INTEGER + 1, [1]],
  ])('refuses %d among %j', (value, weights) => expect(() => apportion(value, weights)).toThrow(RangeError));

  it('adds up, and is nowhere a whole unit away from the exact share', () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.array(fc.nat(), { minLength: 1, maxLength: 30 }), (value, weights) => {
        fc.pre(weights.some((weight) => weight > 0));
        const shares = apportion(value, weights);
        const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
        expect(shares.reduce((sum, share) => sum + BigInt(share), 0n)).toBe(BigInt(value));
        for (const [position, share] of shares.entries()) {
          const off = BigInt(share) * total - BigInt(value) * BigInt(weights[position] ?? 0);
          expect(off > -total && off < total).toBe(true);
        }
      }),
    ));
});

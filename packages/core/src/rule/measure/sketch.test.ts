/**
 * Sketches: how near they come, and that the order of merging leaves no trace.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDistinct,
  countDistinct,
  type Distinct,
  EXACT,
  mergeDistinct,
  newDistinct,
  readDistinct,
  writeDistinct,
} from './distinct.ts';
import {
  addToSketch,
  MAX_BINS,
  mergeSketches,
  newSketch,
  percentileOf,
  readSketch,
  type Sketch,
  writeSketch,
} from './sketch.ts';

const sketchOf = (values: readonly number[]) => {
  const sketch = newSketch();
  for (const value of values) addToSketch(sketch, value);
  return sketch;
};
const text = (sketch: Sketch) => JSON.stringify(writeSketch(sketch));

/** A generator with a seed, so that a failure can be looked at. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('percentiles', () => {
  const shapes: Record<string, (next: () => number) => number> = {
    even: (next) => next() * 1000,
    'load times': (next) => Math.exp(4 + 1.5 * (next() + next() + next() - 1.5)),
    'on both sides of zero': (next) => (next() - 0.5) * 1e6,
    'eight orders of magnitude': (next) => 10 ** (next() * 8 - 3),
  };

  it.each(Object.keys(shapes))('of 20,000 %s are within a hundredth of the value at that rank', (name) => {
    const next = random(7);
    const values = Array.from({ length: 20_000 }, () => shapes[name]?.(next) ?? 0);
    const sorted = values.toSorted((a, b) => a - b);
    const sketch = sketchOf(values);
    for (const p of [0.1, 1, 5, 25, 50, 75, 90, 95, 99, 99.9]) {
      const exact = sorted[Math.floor((p / 100) * (values.length - 1))] ?? Number.NaN;
      expect(Math.abs((percentileOf(sketch, p) ?? Number.NaN) - exact)).toBeLessThanOrEqual(
        Math.abs(exact) * 0.01 + 1e-9,
      );
    }
  });

  it('know zero, and nothing of nothing', () => {
    expect(percentileOf(newSketch(), 50)).toBeUndefined();
    expect(percentileOf(sketchOf([0, 0, -5]), 99)).toBe(0);
  });

  it('are the same in whatever order sketches are merged, however many bins they have', () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 30 }),
        fc.array(value, { maxLength: 30 }),
        fc.array(value),
        (a, b, c) => {
          const [x, y, z] = [sketchOf(a), sketchOf(b), sketchOf(c)];
          const whole = text(sketchOf([...a, ...b, ...c]));
          expect(text(mergeSketches(mergeSketches(x, y), z))).toBe(whole);
          expect(text(mergeSketches(z, mergeSketches(y, x)))).toBe(whole);
          expect(text(readSketch(JSON.parse(whole)))).toBe(whole);
        },
      ),
    );
    const wide = Array.from({ length: 3 * MAX_BINS }, (_, n) => 1.03 ** (n - 1000));
    const [odd, even] = [wide.filter((_, n) => n % 2 === 1), wide.filter((_, n) => n % 2 === 0)];
    expect(text(mergeSketches(sketchOf(odd), sketchOf(even)))).toBe(text(sketchOf(wide)));
    expect(sketchOf(wide).positive.size).toBe(MAX_BINS);
  });
});

const distinctOf = (values: readonly (string | number)[]) =>
  values.reduce<Distinct>((distinct, value) => addDistinct(distinct, value), newDistinct());

describe('distinct', () => {
  it('is exact up to 64, and tells 1 from "1"', () => {
    const names = Array.from({ length: EXACT }, (_, n) => `v-${n}`);
    expect(countDistinct(distinctOf([...names, ...names]))).toBe(EXACT);
    expect(countDistinct(distinctOf([1, '1', 1]))).toBe(2);
  });

  it.each([65, 200, 1000, 5000, 10_000, 20_000, 100_000, 1_000_000])(
    'is within four hundredths at %d, for names and numbers',
    (size) => {
      for (const name of [(n: number) => `v-${n}`, (n: number) => n * 7 + 3]) {
        const found = countDistinct(distinctOf(Array.from({ length: size }, (_, n) => name(n))));
        expect(Math.abs(found - size) / size).toBeLessThan(0.04);
      }
    },
  );

  it('is within 4 % at 100,000 whatever the values, nineteen times in twenty', () => {
    const errors = Array.from({ length: 20 }, (_, seed) => {
      const next = random(seed);
      const values = Array.from({ length: 100_000 }, (_v, n) => `${Math.floor(next() * 1e9)}-${n}`);
      return Math.abs(countDistinct(distinctOf(values)) - 100_000) / 100_000;
    });
    expect(errors.filter((error) => error < 0.04).length).toBeGreaterThanOrEqual(19);
  });

  it('is the same in whatever order parts are merged, exact ones and estimates', () => {
    const part = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 90 })),
      fc.integer({ min: 0, max: 500 }).map((from) => Array.from({ length: 100 }, (_, n) => from + n)),
    );
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const written = (distinct: Distinct) => JSON.stringify(writeDistinct(distinct));
        const [x, y, z] = [distinctOf(a), distinctOf(b), distinctOf(c)];
        const whole = written(distinctOf([...a, ...b, ...c]));
        expect(written(mergeDistinct(mergeDistinct(x, y), z))).toBe(whole);
        expect(written(mergeDistinct(z, mergeDistinct(y, x)))).toBe(whole);
        expect(written(readDistinct(JSON.parse(whole)))).toBe(whole);
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takeCensus } from './census.ts';
import { decimalOf, ZERO } from './decimal.ts';
import { addDistinct, newDistinct } from './distinct.ts';
import { type Kept, mergeKept, newKept } from './kept.ts';
import { mergeRows, type Row } from './rows.ts';
import { addToSketch, newSketch } from './sketch.ts';
import { type Latest, mergeTallies, readTally, type Tally, writeTally } from './tally.ts';

const decimal = fc
  .oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom('0.10', '1e-20', '123456789012345678901.5'))
  .map((value) => decimalOf(value) ?? ZERO);

/** Where a record stands; what it says follows from that, as no two stand in one place. */
const position = fc.record({
  at: fc.nat({ max: 2 }),
  interval: fc.nat({ max: 2 }),
  file: fc.constantFrom('a', 'b'),
  row: fc.nat({ max: 3 }),
});
const latest = position.map((stands): Latest => ({ ...stands, value: Object.values(stands).join('/') }));
const row = position.map((stands): Row => ({ ...stands, says: Object.values(stands).join('/') }));

/** An arbitrary for each field: a field that is added to the tally has to be added here. */
const fields: { readonly [Field in keyof Omit<Required<Tally>, 'n' | 'whole' | 'peak'>]: fc.Arbitrary<Tally[Field]> } =
  {
    sum: decimal,
    squares: decimal,
    of: decimal,
    extreme: decimal,
    lacking: fc.nat(),
    latest,
    first: latest,
    distinct: fc.array(fc.nat({ max: 300 }), { maxLength: 120 }).map((all) => all.reduce(addDistinct, newDistinct())),
    sketch: fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 20 }).map((all) => {
      const sketch = newSketch();
      for (const one of all) addToSketch(sketch, one);
      return sketch;
    }),
    from: fc.nat(),
    to: fc.nat(),
    rows: fc
      .array(row, { maxLength: 5 })
      .map((rows) => rows.reduce<readonly Row[]>((all, one) => mergeRows(all, [one]), [])),
    kept: fc
      .tuple(fc.array(fc.tuple(fc.nat({ max: 6 }), row), { maxLength: 5 }), fc.boolean())
      .map(([rows, partial]) =>
        rows.reduce<Kept>((all, one) => mergeKept(all, { rows: new Map([one]), partial }), newKept()),
      ),
    census: fc
      .tuple(fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 20 }), fc.integer({ min: 0, max: 41 }))
      .map(([hashes, cut]) =>
        takeCensus(
          hashes.filter((hash) => hash < cut),
          cut,
        ),
      ),
  };

/** Any of the fields, or none of them. */
const tally = fc.record({ n: fc.nat({ max: 1e6 }), ...fields }, { requiredKeys: ['n'] });

describe('mergeTallies', () => {
  it.each(['min', 'max'] as const)('is associative and commutative in every field (%s)', (which) => {
    const merged = (x: Tally, y: Tally) => mergeTallies(x, y, which);
    fc.assert(
      fc.property(tally, tally, tally, (a, b, c) => {
        const before = [a, b, c].map(writeTally);
        const one = writeTally(merged(merged(a, b), c));
        expect(writeTally(merged(a, merged(b, c)))).toBe(one);
        expect(writeTally(merged(c, merged(b, a)))).toBe(one);
        expect([a, b, c].map(writeTally)).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a written tally', () => {
  it('reads as it was, and is the same text again', () => {
    fc.assert(
      fc.property(tally, (given) => {
        const text = writeTally(given);
        expect(writeTally(readTally(text))).toBe(text);
      }),
    );
  });
});

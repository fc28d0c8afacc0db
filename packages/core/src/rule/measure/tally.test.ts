import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimalOf, ZERO } from './decimal.ts';
import { mergeTallies, type Tally, writeTally } from './tally.ts';

const decimal = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => decimalOf(value) ?? ZERO);
const latest = fc.record({
  value: fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
  at: fc.nat({ max: 2 }),
  interval: fc.nat({ max: 2 }),
  file: fc.constantFrom('a', 'b'),
  row: fc.nat(),
});
/** All of one kind: a rule's tallies are. */
const kinds: fc.Arbitrary<Tally>[] = [
  fc.record({ n: fc.nat() }),
  fc.record({ n: fc.nat(), sum: decimal }),
  fc.record({ n: fc.nat(), extreme: decimal }),
  fc.record({ n: fc.nat(), lacking: fc.nat() }),
  fc.record({ n: fc.nat(), latest }),
];

describe('mergeTallies', () => {
  it.each(['min', 'max'] as const)('is associative and commutative (%s)', (which) => {
    for (const kind of kinds) {
      fc.assert(
        fc.property(kind, kind, kind, (a, b, c) => {
          // No two records share file and row.
          if (a.latest && b.latest && c.latest && new Set([a, b, c].map(({ latest: one }) => one?.row)).size < 3)
            return;
          const merged = (x: Tally, y: Tally) => mergeTallies(x, y, which);
          const one = writeTally(merged(merged(a, b), c));
          expect(writeTally(merged(a, merged(b, c)))).toBe(one);
          expect(writeTally(merged(c, merged(b, a)))).toBe(one);
        }),
      );
    }
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Kept, keep, keyOf, MAX_KEYS, mergeKept, newKept, readKept, settledKept, writeKept } from './kept.ts';

const position = (at: number, row: number, file = 'f', room?: { keys: number }) => ({
  ...{ at, interval: 0, file, row, collection: 'c' },
  ...(room === undefined ? {} : { room }),
});

/** Records as `[key, event time]`, by their number; the file decides between those of the same time. */
function keptOf(records: readonly (readonly [key: number, at: number, row: number])[], file = 'f'): Kept {
  const kept = newKept();
  for (const [key, at, row] of records) keep(kept, key, position(at, row, file), () => `${key}@${at}#${row}`);
  return settledKept(kept);
}

describe('keys', () => {
  it.each([
    [[1], ['1'], false],
    [['a', 'b'], ['ab'], false],
    [['a', 'b'], ['b', 'a'], false],
    [['a', 1], ['a', 1], true],
    [[true], ['true'], false],
  ] as const)('%j and %j', (one, other, same) => {
    expect(keyOf(one) === keyOf(other)).toBe(same);
  });
});

describe('kept records', () => {
  it('are the first of each key that says something', () => {
    const kept = newKept();
    const add = (at: number, says: string | undefined) => keep(kept, 7, position(at, at), () => says);
    add(3, 'three');
    add(4, 'four');
    add(2, 'two');
    add(1, undefined);
    expect([...kept.rows.values()].map(({ says }) => says)).toEqual(['two']);
  });

  it('do not ask what is said where it cannot matter', () => {
    const kept = newKept();
    keep(kept, 7, position(1, 1), () => 'first');
    keep(kept, 7, position(2, 2), () => {
      throw new Error('asked');
    });
  });

  it('are the same in whatever order they come, cut into files, repeated and merged, however few there is room for', () => {
    const record = fc.tuple(fc.nat({ max: 30 }), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 40 }),
        fc.array(fc.nat({ max: 2 }), { minLength: 40, maxLength: 40 }),
        fc.constantFrom(1, 3, 8, 100),
        (given, cuts, limit) => {
          const records = given.map(([key, at], row) => [key, at, row] as const);
          const whole = writeKept(settledKept(keptOf(records), limit));
          const parts = [0, 1, 2].map((part) =>
            settledKept(keptOf(records.filter((_, n) => cuts[n] === part).toReversed()), limit),
          );
          const [a = newKept(), b = newKept(), c = newKept()] = parts;
          expect(writeKept(mergeKept(mergeKept(a, b, limit), c, limit))).toBe(whole);
          expect(writeKept(mergeKept(c, mergeKept(b, a, limit), limit))).toBe(whole);
          expect(writeKept(mergeKept(readKept(whole), a, limit))).toBe(whole);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('are bounded, say that they are a part, and fit an item of the table', () => {
    const many = Array.from({ length: 5 * MAX_KEYS }, (_, n) => [keyOf([`order-${n}`]), n, n] as const);
    const kept = keptOf(many);
    expect([kept.rows.size, kept.partial]).toEqual([MAX_KEYS, true]);
    expect(writeKept(kept)).toBe(writeKept(keptOf(many.toReversed())));
    const exact = keptOf(many.slice(0, MAX_KEYS));
    expect([exact.rows.size, exact.partial]).toEqual([MAX_KEYS, false]);
    expect(writeKept(exact).length).toBeLessThan(60_000);
    expect(writeKept(readKept(writeKept(exact)))).toBe(writeKept(exact));
  });

  it('share the room of their file', () => {
    const room = { keys: 3 };
    const [one, other] = [newKept(), newKept()];
    for (const key of [1, 2, 2]) keep(one, key, position(key, key, 'f', room), () => 'x');
    for (const key of [1, 2, 1]) keep(other, key, position(key, key, 'f', room), () => 'x');
    expect([one.rows.size, one.partial, other.rows.size, other.partial, room.keys]).toEqual([2, false, 1, true, 0]);
  });
});

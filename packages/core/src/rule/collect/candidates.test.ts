/**
 * The index over the rules of a collection: it finds what asking each rule finds, and looks at few.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { type JsonObject, parsePath } from '../../stream/index.ts';
import { compileWhere, type Where } from '../../where/index.ts';
import { rule } from '../test/rules.ts';
import { Candidates } from './candidates.ts';
import { compileRule } from './compile.ts';

const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };
const base = rule();
const indexOf = (conditions: readonly Where[]) =>
  new Candidates(
    conditions.map((where) =>
      compileRule({ rule: { ...base, source: { collections: ['events'], where } }, version: 1 }, defaults),
    ),
  );
const found = (index: Candidates, record: JsonObject) => {
  const numbers: number[] = [];
  index.forEach(record, (number) => numbers.push(number));
  return numbers.sort((a, b) => a - b);
};

describe('an index', () => {
  it('gives a record twenty of ten thousand rules, each for ten of five thousand visitors', () => {
    const index = indexOf(
      Array.from({ length: 10_000 }, (_, n) => ({
        all: [
          { path: 'visitor.id', op: 'in', values: Array.from({ length: 10 }, (_v, m) => `v-${(n + m) % 5000}`) },
          { path: 'load', op: 'gte', value: n % 2 === 0 ? 100 : 900 },
        ],
      })),
    );
    for (let n = 0; n < 5000; n += 7) {
      const id = `v-${n}`;
      expect(found(index, { visitor: { id }, load: 1000 })).toHaveLength(20);
      expect(found(index, { visitor: { id }, load: 500 })).toHaveLength(10);
      expect(found(index, { visitor: { id }, load: 1 })).toEqual([]);
    }
    expect(found(index, { visitor: { id: 'v-5000' }, load: 1000 })).toEqual([]);
    expect(found(index, {})).toEqual([]);
  });

  it('finds what asking each rule finds', () => {
    const path = fc.constantFrom('a', 'b', 'c.d');
    const value = fc.constantFrom(1, '1', 2, true, null);
    const condition = fc.oneof(
      fc.record({ path, op: fc.constantFrom('eq' as const, 'neq' as const), value }),
      fc.record({
        path,
        op: fc.constantFrom('in' as const, 'nin' as const),
        values: fc.array(value, { minLength: 1 }),
      }),
      fc.record({ path, op: fc.constantFrom('exists' as const, 'missing' as const) }),
    );
    const several = fc.array(condition, { minLength: 1, maxLength: 3 });
    const where: fc.Arbitrary<Where> = fc.oneof(
      condition,
      several.map((all) => ({ all })),
      several.map((any) => ({ any })),
      condition.map((not) => ({ not })),
      fc.tuple(several, several).map(([any, all]) => ({ all: [{ any }, ...all] })),
    );
    const told = fc.record({ a: value, b: value, c: fc.record({ d: value }) }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.array(where, { maxLength: 12 }), told, (conditions, record) => {
        const passed = conditions.flatMap((one, number) => (compileWhere(one)(record) ? [number] : []));
        expect(found(indexOf(conditions), record)).toEqual(passed);
      }),
      { numRuns: 300 },
    );
  });
});

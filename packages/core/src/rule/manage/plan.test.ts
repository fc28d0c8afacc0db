import { expect, it } from 'vitest';
import { type Difference, differencesOf } from './plan.ts';

it.each<[what: string, before: unknown, after: unknown, expected: Difference[]]>([
  ['nothing', { a: 1, b: [1] }, { b: [1], a: 1 }, []],
  ['a property that changed', { a: { b: 1 } }, { a: { b: 2 } }, [{ path: 'a.b', before: 1, after: 2 }]],
  ['one that came', {}, { a: 1 }, [{ path: 'a', after: 1 }]],
  ['one that went', { a: 1 }, {}, [{ path: 'a', before: 1 }]],
  ['one that every object has by its prototype', {}, { toString: 'x' }, [{ path: 'toString', after: 'x' }]],
  ['such a one that went', { constructor: 'x' }, {}, [{ path: 'constructor', before: 'x' }]],
  ['arrays, as a whole', { a: [1, 2] }, { a: [1, 3] }, [{ path: 'a', before: [1, 2], after: [1, 3] }]],
])('tells %s', (_, before, after, expected) => {
  expect(differencesOf(before, after)).toEqual(expected);
});

import { describe, expect, it } from 'vitest';
import { globsMeet } from './derivation.ts';

describe('globs', () => {
  it.each([
    ['*', 'anything', true],
    ['a*c', 'ab*', true],
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['*x*', 'abc', false],
    ['**', '', true],
    ['a', 'a', true],
    ['a', 'aa', false],
    ['*a*b*c*', 'c*b*a', true],
  ])('%s meets %s: %j', (left, right, meet) => {
    expect(globsMeet(left, right)).toBe(meet);
    expect(globsMeet(right, left)).toBe(meet);
  });
});

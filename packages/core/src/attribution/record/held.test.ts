import { expect, it } from 'vitest';
import { held } from './held.ts';

it('takes as many as a run may hold, in order', () => {
  const { all, add } = held<number>('conversions', 3);
  for (const n of [1, 2, 3]) add(n);
  expect(all).toEqual([1, 2, 3]);
});

it('refuses one more, for good, and says what of', () => {
  const { add } = held<number>('conversions', 1);
  add(1);
  expect(() => add(2)).toThrow(/^more than 1 conversions for one run/);
  expect(() => add(2)).toThrow(expect.objectContaining({ code: 'too_many_for_a_run', retryable: false }));
});

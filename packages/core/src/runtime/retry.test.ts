import { describe, expect, it } from 'vitest';
import { fullJitter, retryRemaining } from './retry.ts';

describe('fullJitter', () => {
  const backoff = { base: 100, cap: 1000 };
  it.each([
    [0, 99],
    [1, 199],
    [3, 799],
    [4, 999],
    [1000, 999],
  ])('attempt %i waits at most %i ms', (attempt, most) =>
    expect(fullJitter(attempt, backoff, () => 0.9999)).toBe(most),
  );
  it('may not wait at all', () => expect(fullJitter(5, backoff, () => 0)).toBe(0));
});

describe('retryRemaining', () => {
  const options = { times: 3, backoff: { base: 1, cap: 1 } };
  it('hands what is left to the next attempt and ends when nothing is', async () => {
    const seen: number[][] = [];
    const left = await retryRemaining(
      [1, 2, 3],
      async (work) => {
        seen.push(work);
        return work.length > 1 ? work.slice(1) : undefined;
      },
      options,
    );
    expect(left).toBeUndefined();
    expect(seen).toEqual([[1, 2, 3], [2, 3], [3]]);
  });
  it('returns what was left when attempts are used up', async () => {
    let calls = 0;
    const left = await retryRemaining(
      'x',
      async (work) => {
        calls++;
        return work;
      },
      options,
    );
    expect([left, calls]).toEqual(['x', 3]);
  });
});

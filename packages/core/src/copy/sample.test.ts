import { expect, it } from 'vitest';
import { sampling } from './sample.ts';

const origin = (line: number) => ({ source: 's3://b/k', line });
const lines = Array.from({ length: 20_000 }, (_, n) => n + 1);

it.each([0.01, 0.1, 0.5, 0.99])('takes about %d of the records, with ids and without', (rate) => {
  const wants = sampling(rate, ['keen', 'id']);
  const byId = lines.filter((n) => wants({ keen: { id: `id-${n}` } }, origin(1)));
  const byPlace = lines.filter((n) => wants({ keen: { id: null } }, origin(n)));
  for (const taken of [byId, byPlace]) expect(Math.abs(taken.length / lines.length - rate)).toBeLessThan(0.02);
});

it('takes all at 1, and of a smaller share only what a larger one takes', () => {
  const [small, large, all] = [0.2, 0.6, 1].map((rate) => sampling(rate, ['id']));
  for (const id of lines) {
    expect(all?.({ id }, origin(1))).toBe(true);
    if (small?.({ id }, origin(1))) expect(large?.({ id }, origin(2))).toBe(true);
  }
});

import { describe, expect, it } from 'vitest';
import type { Touch } from '../record/touch.ts';
import { attribute } from './attribute.ts';
import { identities } from './identity.ts';

const alias = (anonymous: string, user: string, time: number) => ({ anonymous, user, time, row: 0 });

describe('identities', () => {
  it.each<[string, ReturnType<typeof alias>[], string, string]>([
    ['an anonymous visitor is the user', [alias('a', 'u', 1)], 'a', 'u'],
    ['of two users the first', [alias('a', 'u2', 2), alias('a', 'u1', 1)], 'a', 'u1'],
    ['a user is nobody else', [alias('a', 'u1', 1), alias('u1', 'u2', 2)], 'u1', 'u1'],
    ['one level', [alias('a', 'b', 1), alias('b', 'c', 2)], 'a', 'b'],
    ['in any order', [alias('b', 'c', 2), alias('a', 'b', 1)], 'a', 'b'],
    ['a stranger is who he is', [alias('a', 'u', 1)], '__proto__', '__proto__'],
  ])('%s', (_, aliases, visitor, name) => expect(identities(aliases)(visitor)).toBe(name));
});

it('aliases bring the touches of two devices before one conversion, and keep two users apart', () => {
  const touch = (id: string, time: number, visitor: string): Touch => ({
    ...{ id, kind: 'click', time, row: 1, visitor },
    ...{ channel: 'email', source: null, medium: null, campaign: id },
  });
  const [only] = attribute({
    conversions: [{ id: 'c', time: 100, row: 0, visitor: 'desk', value: 100, currency: 'EUR' }],
    touches: [touch('a', 1, 'phone'), touch('b', 2, 'desk'), touch('c', 3, 'other')],
    aliases: [alias('phone', 'u1', 0), alias('desk', 'u1', 0), alias('other', 'u2', 0), alias('other', 'u1', 1)],
    models: ['linear'],
    lookback: 100,
  });
  expect(only?.credits.map(({ touch, share }) => [touch.id, share])).toEqual([
    ['a', 50],
    ['b', 50],
  ]);
});

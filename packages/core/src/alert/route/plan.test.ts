import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcementOf } from '../message/announcement.ts';
import { raised, resolved, revised } from '../test/announcements.ts';
import { deliveriesDue } from './plan.ts';

const a = ['a'];
const ab = ['a', 'b'];

describe('deliveriesDue', () => {
  it.each([
    ['a raise goes to each route it names', [raised({ routes: ab })], ['1a', '1b']],
    ['a route named twice hears once', [raised({ routes: ['a', 'b', 'a'] })], ['1a', '1b']],
    ['a rule without routes tells nobody', [raised({ routes: [] })], []],
    ['a resolve follows its raise', [raised({ routes: a }), resolved({ routes: a })], ['1a', '2a']],
    ['a resolve nobody asked for', [raised({ routes: a }), resolved({ routes: a, sendResolved: false })], ['1a']],
    ['a resolve whose raise is not known', [resolved({ routes: a })], []],
    ['a resolve on a route that never heard of it', [raised({ routes: a }), resolved({ routes: ab })], ['1a', '2a']],
    [
      'a resolve on a route the rule has left',
      [raised({ routes: ab }), resolved({ routes: a })],
      ['1a', '1b', '2a', '2b'],
    ],
    [
      'a withdrawal, whether its end was told or not',
      [raised({ routes: a }), resolved({ routes: a, sendResolved: false }), revised('withdrawn', { routes: ab })],
      ['1a', '2a'],
    ],
    ['a raise withdrawn', [raised({ routes: a }), revised('withdrawn', { sequence: 1, routes: a })], ['1a', '1a']],
    [
      'a revision that ends what never heard to have ended',
      [raised({ routes: a }), resolved({ routes: a, sendResolved: false }), revised('resolved', { routes: a })],
      ['1a'],
    ],
    [
      'a revision that goes on with what never heard to have ended',
      [raised({ routes: a }), resolved({ routes: a, sendResolved: false }), revised('firing', { routes: a })],
      ['1a'],
    ],
    ['a revision of a raise', [raised({ routes: a }), revised('firing', { sequence: 1, routes: ab })], ['1a', '1a']],
    ['a revision that overtook what it revises', [raised({ routes: a }), revised('firing', { routes: a })], ['1a']],
    ['a gap holds back what is behind it', [raised({ routes: a }), resolved({ routes: a, sequence: 3 })], ['1a']],
    [
      'a resolve taken back, and then for good',
      [
        raised({ routes: a }),
        resolved({ routes: a }),
        revised('firing', { routes: a }),
        revised('resolved', {
          routes: a,
          window: { start: '2026-03-02T12:00:00.000Z', end: '2026-03-02T12:05:00.000Z' },
        }),
      ],
      ['1a', '2a', '2a', '2a'],
    ],
    [
      'a second raise informs further routes',
      [raised({ routes: a }), raised({ routes: ab, sequence: 2 }), resolved({ routes: ab, sequence: 3 })],
      ['1a', '2a', '2b', '3a', '3b'],
    ],
    ['nothing', [], []],
  ])('%s', (_, events, expected) => {
    const due = (order: typeof events) =>
      deliveriesDue(order.map(announcementOf)).map((one) => `${one.announcement.alert.sequence}${one.route}`);
    expect(due(events)).toEqual(expected);
    fc.assert(
      fc.property(fc.shuffledSubarray(events, { minLength: events.length }), (shuffled) => {
        expect(due(shuffled)).toEqual(expected);
      }),
    );
  });
});

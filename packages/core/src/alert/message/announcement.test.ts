import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcement, raised, resolved, revised } from '../test/announcements.ts';
import { announcementOf, factsOf, legible, positionOf, titleOf } from './announcement.ts';
import { plainText } from './plain-text.ts';

describe('titleOf', () => {
  it.each([
    ['a critical raise', raised(), '🔴 Critical: Payments failed'],
    ['a warning', raised({ severity: 'warning' }), '🟠 Warning: Payments failed'],
    ['information', raised({ severity: 'info' }), '🔵 Info: Payments failed'],
    ['a resolve', resolved(), '✅ Resolved (critical): Payments failed'],
    ['a revision that still fires', revised('firing'), '🔴 Critical, revised: Payments failed'],
    ['a revision that ends it', revised('resolved'), '✅ Resolved (critical): Payments failed'],
    ['a withdrawal', revised('withdrawn'), '⚪ Withdrawn (critical): Payments failed'],
    ['a rule without a name', raised({ rule: { id: 'r-1', version: 1, name: ' ' } }), '🔴 Critical: r-1'],
  ])('%s', (_, event, title) => {
    expect(titleOf(announcementOf(event))).toBe(title);
  });
});

describe('positionOf', () => {
  it('orders what revises a transition behind it, by the window it is about', () => {
    const at = (end: string) => revised('firing', { window: { start: '2026-03-02T09:00:00.000Z', end } });
    const events = [
      raised(),
      revised('firing', { sequence: 1 }),
      resolved(),
      at('2026-03-02T10:10:00.000Z'),
      at('2026-03-02T12:10:00.000Z'),
      resolved({ sequence: 10 }),
    ];
    const positions = events.map(positionOf);
    expect([...positions].sort()).toEqual(positions);
    expect(new Set(positions).size).toBe(positions.length);
  });
});

describe('factsOf', () => {
  const fact = (label: string, event: Parameters<typeof announcementOf>[0]) =>
    new Map(factsOf(announcementOf(event))).get(label);
  const window = (start: string, end: string) => raised({ window: { start, end } });
  const lasting = (resolvedAt: string) => resolved({ resolvedAt });

  it.each([
    ['Window', window('2026-03-02T10:05:00.000Z', '2026-03-02T10:10:00.000Z'), '2026-03-02 10:05 to 10:10 UTC'],
    [
      'Window',
      window('2026-03-02T23:30:00.000Z', '2026-03-03T00:30:00.000Z'),
      '2026-03-02 23:30 to 2026-03-03 00:30 UTC',
    ],
    ['Window', window('2026-03-02T10:05:30.000Z', '2026-03-02T10:06:00.000Z'), '2026-03-02 10:05:30 to 10:06 UTC'],
    ['Started', raised(), '2026-03-02 10:05 UTC'],
    ['Lasted', raised(), undefined],
    ['Lasted', lasting('2026-03-02T10:05:00.000Z'), '0 s'],
    ['Lasted', lasting('2026-03-02T10:05:40.000Z'), '40 s'],
    ['Lasted', lasting('2026-03-02T11:30:00.000Z'), '1 h 25 min'],
    ['Lasted', lasting('2026-03-04T10:05:59.000Z'), '2 d'],
    ['Lasted', lasting('2026-03-04T13:06:00.000Z'), '2 d 3 h'],
    ['Partition', raised({ partition: { client: 'c-1', machine: 'm-2' } }), 'client: c-1, machine: m-2'],
    ['Partition', raised({ partition: {} }), undefined],
    ['Revised', revised('firing'), 'a late file arrived'],
  ])('%s', (label, event, text) => {
    expect(fact(label, event)).toBe(text);
  });
});

describe('plainText', () => {
  it('looks like this', () => {
    expect(plainText(announcementOf(resolved()))).toBe(
      [
        '✅ Resolved (critical): Payments failed',
        '7 payments failed within 5 minutes',
        '',
        'Project    shop',
        'Partition  country: DE',
        'Value      0',
        'Threshold  >= 5',
        'Started    2026-03-02 10:05 UTC',
        'Lasted     1 h 25 min',
        'Window     2026-03-02 11:30 to 11:35 UTC',
        'Labels     team: checkout',
        '',
        'payments-failed v3 · eps_1 · 2',
      ].join('\n'),
    );
  });

  it('lets no event move the cursor, add a line or turn the direction of writing', () => {
    const hostile = fc.string({ unit: fc.constantFrom('\u001b[2J', '\r', '\n', '\u202e', '\u0000', '\ud800', 'a') });
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        const lines = plainText(
          announcement(
            { summary: `s${one}`, value: one, labels: { [`l${one}`]: other }, partition: { p: one } },
            `p${other}`,
          ),
        ).split('\n');
        expect(lines).toHaveLength(lines.filter((line) => line !== '').length + 2);
        expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cs}\u202e]/u);
      }),
    );
  });
});

describe('legible', () => {
  it.each([
    ['two\r\nlines', 'two lines'],
    ['\u001b[31mred', '[31mred'],
    [' around ', 'around'],
    ['half \ud83d of one', 'half   of one'],
    ['whole 🔴', 'whole 🔴'],
    ['', ''],
  ])('%j', (text, result) => {
    expect(legible(text)).toBe(result);
  });
});

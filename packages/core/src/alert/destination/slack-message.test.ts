import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcementOf } from '../message/announcement.ts';
import { announcement, resolved } from '../test/announcements.ts';
import { escapeAndCut, slackMessage } from './slack-message.ts';

/** Holds no mark of Slack's own, and nothing longer than Slack takes. */
function expectSafe(message: ReturnType<typeof slackMessage>): void {
  const json = JSON.stringify(message);
  expect(json).not.toMatch(/[<>]/);
  expect(json).not.toMatch(/&(?!amp;|lt;|gt;)/);
  expect(message.text?.length).toBeLessThanOrEqual(40_000);
  expect(JSON.parse(json).blocks[0].text.text.length).toBeLessThanOrEqual(150);
  for (const { text, fields = [] } of JSON.parse(json).blocks) {
    expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
    expect(fields.length).toBeLessThanOrEqual(10);
    for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000);
  }
}

describe('slackMessage', () => {
  it('says what, where, how bad and since when', () => {
    expect(slackMessage(announcement())).toEqual({
      text: '🔴 Critical: Payments failed: 7 payments failed within 5 minutes',
      link_names: false,
      unfurl_links: false,
      unfurl_media: false,
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 Critical: Payments failed', emoji: false } },
        { type: 'section', text: { type: 'mrkdwn', text: '7 payments failed within 5 minutes', verbatim: true } },
        { type: 'section', text: { type: 'mrkdwn', text: '*Value* 7   *Threshold* &gt;= 5', verbatim: true } },
        {
          type: 'section',
          fields: [
            '*Project*\nshop',
            '*Partition*\ncountry: DE',
            '*Started*\n2026-03-02 10:05 UTC',
            '*Window*\n2026-03-02 10:05 to 10:10 UTC',
            '*Labels*\nteam: checkout',
          ].map((text) => ({ type: 'mrkdwn', text, verbatim: true })),
        },
        { type: 'context', elements: [{ type: 'mrkdwn', text: 'payments-failed v3 · eps_1 · 1', verbatim: true }] },
      ],
    });
  });

  it('says of a resolve how long it lasted', () => {
    expect(JSON.stringify(slackMessage(announcementOf(resolved())))).toContain('*Lasted*\\n1 h 25 min');
  });

  it('leaves out the section of an empty summary', () => {
    const { text, blocks } = slackMessage(announcement({ summary: '' }));
    expect(text).toBe('🔴 Critical: Payments failed');
    expect(blocks?.map(({ type }) => type)).toEqual(['header', 'section', 'section', 'context']);
  });

  it('shows the last windows beside the value, and leads to the console', () => {
    const { blocks } = slackMessage(announcement({ series: [2, 1, 3, 1, 2, 1, 7] }), 'https://c.example/a?b&c');
    const json = JSON.stringify(blocks);
    expect(json).toContain('*Value* 7   *Threshold* &gt;= 5   ▃▂▄▂▃▂█');
    expect(json).toContain('<https://c.example/a?b&amp;c|Open in the console>');
  });

  it('says of a group’s members, a line each, what the group does not say already', () => {
    const member = (given: object) => announcement({ partition: { client: 'c-1', machine: 'm-1' }, ...given });
    const members = [member({ series: [1, 2, 7] }), announcementOf(resolved({ partition: { client: 'c-2' } }))];
    const head = {
      project: 'shop',
      group: 'grp_1',
      number: 3,
      labels: { client: 'c-1' },
      severity: 'critical',
    } as const;
    const { text, blocks } = slackMessage({ ...head, firing: 3, resolved: 1, members });
    expect(text).toBe('🔴 3 firing, 1 resolved: client: c-1: 7 payments failed within 5 minutes, …');
    expect(blocks?.[2]).toMatchObject({
      text: {
        text: [
          '🔴 *Payments failed* · machine: m-1 · 7 (&gt;= 5) · ▂▃█ · since 2026-03-02 10:05 UTC',
          '✅ *Payments failed* · client: c-2 · 0 (&gt;= 5) · since 2026-03-02 10:05 UTC · lasted 1 h 25 min',
        ].join('\n'),
      },
    });
    expect(JSON.stringify(blocks?.[3])).toContain('and 2 more');
  });

  it('pings nobody and stays within the limits of Slack, whatever events say', () => {
    const unit = fc.constantFrom(
      '<!channel>',
      '<@U1|x>',
      '&',
      '<https://evil.example|here>',
      '🔴',
      'x'.repeat(99),
      '\n',
    );
    const text = fc.string({ unit, maxLength: 120 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const snapshot = {
          summary: one.slice(0, 1000),
          value: other.slice(0, 512),
          threshold: one.slice(0, 512),
          labels: { [one]: other },
          partition: { p: one },
          rule: { id: 'r', version: 1, name: one },
        };
        const single = announcement(snapshot, `p${other}`);
        const members = Array.from({ length: 10 }, () => single);
        const labels = { [other]: one };
        const head = { project: other, group: 'grp_1', number: 1, labels, severity: 'info' } as const;
        for (const message of [single, { ...head, firing: 12, resolved: 0, members }])
          expectSafe(slackMessage(message));
      }),
    );
  });
});

describe('escapeAndCut', () => {
  it.each([
    ['short', 10, 'short'],
    ['just right', 10, 'just right'],
    ['too long by far', 10, 'too long …'],
    ['a<b', 6, 'a&lt;b'],
    ['a<bc', 6, 'a&lt;…'],
    ['a<bc', 5, 'a…'],
    ['1234🔴', 5, '1234…'],
    ['', 5, ''],
  ])('%j in %i', (text, limit, result) => {
    expect(escapeAndCut(text, limit)).toBe(result);
  });
});

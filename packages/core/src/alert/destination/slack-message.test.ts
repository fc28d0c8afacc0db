import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcementOf } from '../announcement.ts';
import { announcement, resolved } from '../test/announcements.ts';
import { escapeAndCut, slackMessage } from './slack-message.ts';

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
        {
          type: 'section',
          fields: [
            '*Project*\nshop',
            '*Partition*\ncountry: DE',
            '*Value*\n7',
            '*Threshold*\n&gt;= 5',
            '*Window*\n2026-03-02 10:05 to 10:10 UTC',
            '*Started*\n2026-03-02 10:05 UTC',
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
    expect(blocks?.map(({ type }) => type)).toEqual(['header', 'section', 'context']);
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
        const message = slackMessage(
          announcement(
            {
              summary: one.slice(0, 1000),
              value: other.slice(0, 512),
              labels: { [one]: other },
              partition: { p: one },
              rule: { id: 'r', version: 1, name: one },
            },
            `p${other}`,
          ),
        );
        const json = JSON.stringify(message);
        expect(json).not.toMatch(/[<>]/);
        expect(json).not.toMatch(/&(?!amp;|lt;|gt;)/);
        expect(message.text?.length).toBeLessThanOrEqual(40_000);
        expect(JSON.parse(json).blocks[0].text.text.length).toBeLessThanOrEqual(150);
        for (const { text: section, fields = [] } of JSON.parse(json).blocks) {
          expect(section?.text.length ?? 0).toBeLessThanOrEqual(3000);
          expect(fields.length).toBeLessThanOrEqual(10);
          for (const field of fields) expect(field.text.length).toBeLessThanOrEqual(2000);
        }
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

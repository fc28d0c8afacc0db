/**
 * User agents of browsers, apps, crawlers and attackers.
 */
import { describe, expect, it } from 'vitest';
import { made } from '../test/run-steps.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36';

describe('user-agent', () => {
  it.each<[string, object]>([
    [
      CHROME,
      {
        browser: { name: 'Chrome', version: '144.0.0.0', major: 144 },
        os: { name: 'Windows', version: '10', major: 10 },
        device: { type: 'desktop' },
        bot: false,
      },
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.3 Mobile/15E148 Safari/604.1',
      {
        browser: { name: 'Mobile Safari', version: '19.3', major: 19 },
        os: { name: 'iOS', version: '19.3', major: 19 },
        device: { type: 'mobile', vendor: 'Apple', model: 'iPhone' },
        bot: false,
      },
    ],
    [
      'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36',
      {
        os: { name: 'Android', version: '16', major: 16 },
        device: { type: 'mobile', vendor: 'Google', model: 'Pixel 9' },
        bot: false,
      },
    ],
    [
      'Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1',
      { device: { type: 'tablet', vendor: 'Apple', model: 'iPad' }, bot: false },
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:147.0) Gecko/20100101 Firefox/147.0',
      { browser: { name: 'Firefox', major: 147 }, os: { name: 'Linux' }, device: { type: 'desktop' }, bot: false },
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Safari/537.36 Edg/144.0.0.0',
      { browser: { name: 'Edge', major: 144 }, bot: false },
    ],
    [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      { device: { type: 'unknown' }, bot: true },
    ],
    [
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
      { bot: true },
    ],
    ['facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)', { bot: true }],
    ['curl/8.5.0', { bot: true }],
    ['python-requests/2.32.3', { bot: true }],
    ['', { browser: {}, os: {}, device: { type: 'unknown' }, bot: false }],
    ['<script>alert(1)</script>', { browser: {}, os: {}, device: { type: 'unknown' } }],
    ['__proto__', { browser: {}, os: {}, device: { type: 'unknown' } }],
  ])('%s', async (text, expected) => {
    const { out, notes } = await made({ kind: 'user-agent' }, text);
    expect(out).toMatchObject(expected);
    expect(notes).toEqual([]);
  });

  it.each([
    ['10 KB that repeat', `Mozilla/5.0 ${'(a; '.repeat(2560)}`],
    ['10 KB of blanks', `Mozilla/5.0${' '.repeat(10_240)}Chrome/1`],
    ['10 KB of digits', `Chrome/${'1'.repeat(10_240)}`],
    ['10 KB of brackets', '('.repeat(10_240)],
    ['10 KB before a browser', `${'x'.repeat(10_240)}${CHROME}`],
    ['1 MB behind a browser', `${CHROME}${' Safari/537.36'.repeat(75_000)}`],
  ])('reads the first 500 characters of %s and no more', async (_, text) => {
    const whole = await made({ kind: 'user-agent' }, text);
    expect(whole.notes).toEqual([]);
    expect(whole).toEqual(await made({ kind: 'user-agent' }, text.slice(0, 500)));
    const behind = `${text.slice(0, 500)} Googlebot/2.1 (iPhone; CPU iPhone OS 19_3 like Mac OS X)`;
    expect(await made({ kind: 'user-agent' }, behind)).toEqual(whole);
  });

  it('notes what is no text', async () => {
    expect((await made({ kind: 'user-agent' }, 5)).notes).toEqual(['in not_text']);
  });
});

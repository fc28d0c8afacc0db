/**
 * URL, referrer, campaign and user agent, over what browsers, apps, crawlers and attackers send.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { made, runSteps } from '../test/run-steps.ts';

describe('url', () => {
  it.each<[string, object]>([
    [
      'https://shop.example/p/1?q=desk%20lamp&tag=a&tag=b#top',
      {
        protocol: 'https',
        host: 'shop.example',
        path: '/p/1',
        query: { q: 'desk lamp', tag: ['a', 'b'] },
        fragment: 'top',
      },
    ],
    ['http://shop.example', { protocol: 'http', host: 'shop.example', path: '/' }],
    ['HTTPS://Shop.Example:8443/A', { protocol: 'https', host: 'shop.example', port: 8443, path: '/A' }],
    ['https://shop.example:443/', { protocol: 'https', host: 'shop.example', path: '/' }],
    ['https://user:secret@shop.example/a', { protocol: 'https', host: 'shop.example', path: '/a' }],
    ['https://[2001:db8::1]:8080/x', { protocol: 'https', host: '[2001:db8::1]', port: 8080, path: '/x' }],
    ['https://127.1/', { protocol: 'https', host: '127.0.0.1', path: '/' }],
    [
      'https://xn--bcher-kva.example/',
      { protocol: 'https', host: 'xn--bcher-kva.example', host_unicode: 'bücher.example', path: '/' },
    ],
    [
      'https://bücher.example/straße?größe=ä',
      {
        protocol: 'https',
        host: 'xn--bcher-kva.example',
        host_unicode: 'bücher.example',
        path: '/stra%C3%9Fe',
        query: { größe: 'ä' },
      },
    ],
    ['https://a.example/?', { protocol: 'https', host: 'a.example', path: '/' }],
    ['https://a.example/../../etc/passwd', { protocol: 'https', host: 'a.example', path: '/etc/passwd' }],
    ['https://a.example/%zz%', { protocol: 'https', host: 'a.example', path: '/%zz%' }],
    ['https://a.example\\@evil.example/', { protocol: 'https', host: 'a.example', path: '/@evil.example/' }],
    ['https://a.example@evil.example/', { protocol: 'https', host: 'evil.example', path: '/' }],
    ['http://[::ffff:1.2.3.4]/', { protocol: 'http', host: '[::ffff:102:304]', path: '/' }],
    [
      'https://аррӏе.example/', // Cyrillic
      { protocol: 'https', host: 'xn--80ak6aa92e.example', host_unicode: 'аррӏе.example', path: '/' },
    ],
    ['https://a.example/\ud800', { protocol: 'https', host: 'a.example', path: '/%EF%BF%BD' }],
    ['  https://a.example/\n', { protocol: 'https', host: 'a.example', path: '/' }],
    [
      'https://a.example/?x=%zz&y=%00',
      { protocol: 'https', host: 'a.example', path: '/', query: { x: '%zz', y: '\0' } },
    ],
  ])('%s', async (url, out) => {
    expect(await made({ kind: 'url' }, url)).toEqual({ out, notes: [] });
  });

  it.each<[unknown, string]>([
    ['javascript:alert(1)', 'not_a_url'],
    ['data:text/html,<script>alert(1)</script>', 'not_a_url'],
    ['JAVASCRIPT:alert(1)', 'not_a_url'],
    [' java\nscript:alert(1)', 'not_a_url'],
    ['blob:https://a.example/1', 'not_a_url'],
    ['view-source:https://a.example/', 'not_a_url'],
    ['//a.example/x', 'not_a_url'],
    ['https://%zz.example/', 'not_a_url'],
    ['https://xn--a.example/', 'not_a_url'],
    ['https://a.example:99999/', 'not_a_url'],
    ['http://[fe80::1%25eth0]/', 'not_a_url'],
    ['__proto__', 'not_a_url'],
    ['file:///etc/passwd', 'not_a_url'],
    ['ftp://a.example/', 'not_a_url'],
    ['/p/1', 'not_a_url'],
    ['shop.example/p/1', 'not_a_url'],
    ['https://', 'not_a_url'],
    ['https://a b.example/', 'not_a_url'],
    ['https://[::1', 'not_a_url'],
    ['', 'not_a_url'],
    [`https://a.example/${'x'.repeat(10_000)}`, 'too_long'],
    [7, 'not_text'],
    [['https://a.example/'], 'not_text'],
  ])('%s is noted and left alone', async (url, reason) => {
    expect(await made({ kind: 'url' }, url)).toEqual({ out: undefined, notes: [`in ${reason}`] });
  });

  it('keeps __proto__ in a query what it is: a name', async () => {
    const { json } = await runSteps(
      [{ kind: 'url', at: 'u', into: 'v' }],
      '{"u":"https://a.example/?__proto__=1&constructor=2&__proto__=3"}',
    );
    expect(json).toContain('"query":{"__proto__":["1","3"],"constructor":"2"}');
    expect(Object.prototype).not.toHaveProperty('1');
  });

  it('reads a hundred parameters and no more', async () => {
    const { out } = await made(
      { kind: 'url' },
      `https://a.example/?${Array.from({ length: 500 }, (_, n) => `p${n}=1`).join('&')}`,
    );
    expect(Object.keys((out as { query: object }).query)).toHaveLength(100);
  });

  it('reads other schemes where they are asked for', async () => {
    const { out } = await made({ kind: 'url', schemes: ['myapp'] }, 'myapp://cart/items?id=7');
    expect(out).toEqual({ protocol: 'myapp', host: 'cart', path: '/items', query: { id: '7' } });
  });

  it('gives each record parts of its own', async () => {
    const steps = [
      { kind: 'url', at: 'a.*.u', into: 'a.*.v' },
      { kind: 'transform', at: ['a.0.v.host'], apply: ['uppercase'] },
    ];
    const { record } = await runSteps(steps, '{"a":[{"u":"https://x.example/"},{"u":"https://x.example/"}]}');
    expect(record.a).toMatchObject([{ v: { host: 'X.EXAMPLE' } }, { v: { host: 'x.example' } }]);
  });

  it('makes JSON of any text, or a note', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string()),
        async (text) => {
          const { out, notes } = await made({ kind: 'url' }, text);
          expect(notes.length === 0).toBe(out !== undefined);
        },
      ),
    );
  });
});

describe('referrer', () => {
  it.each<[string, object]>([
    ['', { medium: 'direct' }],
    ['https://www.google.com/', { medium: 'search', source: 'Google' }],
    ['https://www.google.co.uk/search?q=desk+lamp', { medium: 'search', source: 'Google', term: 'desk lamp' }],
    ['https://search.yahoo.com/search?p=lamp', { medium: 'search', source: 'Yahoo!', term: 'lamp' }],
    ['https://www.baidu.com/s?wd=%E7%81%AF', { medium: 'search', source: 'Baidu', term: '灯' }],
    ['https://duckduckgo.com/', { medium: 'search', source: 'DuckDuckGo' }],
    ['https://yandex.ru/search/?text=лампа', { medium: 'search', source: 'Yandex', term: 'лампа' }],
    ['https://mail.google.com/mail/u/0/', { medium: 'email', source: 'Gmail' }],
    ['https://outlook.live.com/', { medium: 'email', source: 'Outlook' }],
    ['android-app://com.google.android.gm/', { medium: 'email', source: 'Gmail' }],
    ['https://t.co/abc', { medium: 'social', source: 'X' }],
    ['https://l.facebook.com/l.php?u=x', { medium: 'social', source: 'Facebook' }],
    ['https://news.ycombinator.com/item?id=1', { medium: 'social', source: 'Hacker News' }],
    ['https://www.desk-setups.example.net/best', { medium: 'referral', source: 'desk-setups.example.net' }],
    ['https://google.com.evil.example/', { medium: 'referral', source: 'google.com.evil.example' }],
    ['https://notbing.com/', { medium: 'referral', source: 'notbing.com' }],
    ['https://www.shop.example/cart', { medium: 'internal', source: 'shop.example' }],
    ['https://pay.own.example/', { medium: 'internal', source: 'pay.own.example' }],
    ['https://xn--bcher-kva.example/', { medium: 'referral', source: 'xn--bcher-kva.example' }],
    ['http://[2001:db8::1]/', { medium: 'referral', source: '[2001:db8::1]' }],
    ['https://аррӏе.example/', { medium: 'referral', source: 'xn--80ak6aa92e.example' }],
    ['https://__proto__/', { medium: 'referral', source: '__proto__' }],
    ['https://user:secret@www.google.com/search?q=a', { medium: 'search', source: 'Google', term: 'a' }],
    ['https://google.com@evil.example/?q=a', { medium: 'referral', source: 'evil.example' }],
    ['https://www.google.com/search?q=%zz', { medium: 'search', source: 'Google', term: '%zz' }],
    ['https://www.google.com/search?__proto__=1&constructor=2', { medium: 'search', source: 'Google' }],
  ])('%s', async (referrer, out) => {
    const step = { kind: 'referrer', page: 'page', ownDomains: ['own.example'] };
    expect(await made(step, referrer, { page: 'https://shop.example/p' })).toEqual({ out, notes: [] });
  });

  it.each<[unknown, string]>([
    ['javascript:alert(document.cookie)', 'not_a_url'],
    ['data:text/html,<script>alert(1)</script>', 'not_a_url'],
    ['about:blank', 'not_a_url'],
    ['https://xn--a.example/', 'not_a_url'],
    ['__proto__', 'not_a_url'],
    ['google', 'not_a_url'],
    [`https://a.example/?${'q'.repeat(10_240)}`, 'too_long'],
    [{ url: 'https://a.example/' }, 'not_text'],
  ])('%s is noted', async (referrer, reason) => {
    expect(await made({ kind: 'referrer' }, referrer)).toEqual({ out: undefined, notes: [`in ${reason}`] });
  });

  it('says nothing of records without one', async () => {
    expect(await made({ kind: 'referrer' }, null)).toEqual({ out: undefined, notes: [] });
  });
});

describe('campaign', () => {
  it.each<[string, object | undefined]>([
    [
      'https://shop.example/?utm_source=newsletter&utm_medium=email&utm_campaign=spring&utm_content=top&utm_term=lamp&utm_id=7',
      { source: 'newsletter', medium: 'email', name: 'spring', term: 'lamp', content: 'top', id: '7' },
    ],
    ['https://shop.example/?gclid=Cj0K', { click_id: 'Cj0K', network: 'Google' }],
    ['https://shop.example/?utm_source=fb&fbclid=IwAR', { source: 'fb', click_id: 'IwAR', network: 'Facebook' }],
    ['https://shop.example/?msclkid=1', { click_id: '1', network: 'Microsoft' }],
    ['https://shop.example/?ttclid=1', { click_id: '1', network: 'TikTok' }],
    ['https://shop.example/?li_fat_id=1', { click_id: '1', network: 'LinkedIn' }],
    ['https://shop.example/?utm_source=&gclid=', undefined],
    ['https://shop.example/?UTM_SOURCE=x', undefined],
    ['https://shop.example/', undefined],
    ['https://shop.example/?utm_source=%3Cscript%3E', { source: '<script>' }],
    ['https://user:secret@bücher.example/?utm_source=%zz&utm_medium=%E4', { source: '%zz', medium: '\ufffd' }],
    ['http://[2001:db8::1]/?utm_source=a', { source: 'a' }],
    ['https://shop.example/#utm_source=a', undefined],
    ['https://shop.example/?__proto__=1&utm_source=a&utm_source=b', { source: 'a' }],
  ])('%s', async (url, out) => {
    expect(await made({ kind: 'campaign' }, url)).toEqual({ out, notes: [] });
  });

  it.each<[unknown, string]>([
    ['javascript:utm_source=1', 'not_a_url'],
    ['data:text/html,?utm_source=1', 'not_a_url'],
    ['?utm_source=a', 'not_a_url'],
    ['__proto__', 'not_a_url'],
    [`https://a.example/?utm_source=${'x'.repeat(10_240)}`, 'too_long'],
    [{ utm_source: 'a' }, 'not_text'],
  ])('%s is noted', async (url, reason) => {
    expect(await made({ kind: 'campaign' }, url)).toEqual({ out: undefined, notes: [`in ${reason}`] });
  });

  it('reads parameters of one’s own', async () => {
    const parameters = { source: ['src', 'utm_source'] };
    expect(await made({ kind: 'campaign', parameters }, 'https://a.example/?utm_source=x&src=y')).toEqual({
      out: { source: 'y' },
      notes: [],
    });
  });
});

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

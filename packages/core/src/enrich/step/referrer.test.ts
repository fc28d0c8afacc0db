/**
 * Referrers of all kinds: search engines, networks, mail, apps, one's own pages, and none.
 */
import { describe, expect, it } from 'vitest';
import { made } from '../test/run-steps.ts';

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

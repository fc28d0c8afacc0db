import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { originOf } from './channel.ts';

const OWN = ['shop.example'];
const shop = (query: string) => `https://shop.example/p/p-03${query}`;

describe('originOf', () => {
  it.each([
    // click ids win over campaign parameters and the referrer
    [shop('?gclid=x'), '', 'paid_search', 'google', null],
    [
      shop('?gclid=x&utm_source=newsletter&utm_medium=email&utm_campaign=Spring'),
      '',
      'paid_search',
      'google',
      'Spring',
    ],
    [shop('?msclkid=x'), 'https://www.google.com/', 'paid_search', 'bing', null],
    [shop('?fbclid=x'), '', 'social', 'facebook', null],
    [shop('?ttclid=x'), '', 'paid_social', 'tiktok', null],
    [shop('?fbclid=x&utm_medium=paid-social'), '', 'paid_social', 'facebook', null],
    [shop('?dclid=x'), '', 'display', 'google', null],
    [shop('?li_fat_id=x'), '', 'paid_social', 'linkedin', null],
    [shop('?gclid='), 'https://www.google.com/', 'organic_search', 'google', null],
    // then campaign parameters
    [
      shop('?utm_source=Newsletter&utm_medium=email&utm_campaign=spring'),
      'https://t.co/x',
      'email',
      'newsletter',
      'spring',
    ],
    [shop('?utm_source=google&utm_medium=CPC'), '', 'paid_search', 'google', null],
    [shop('?utm_source=partner&utm_medium=weird'), '', 'campaign', 'partner', null],
    [shop('?utm_campaign=caf%C3%A9'), '', 'campaign', null, 'café'],
    ['/p?utm_source=a&utm_medium=banner', '', 'display', 'a', null],
    [shop('?utm_source=%20'), '', 'direct', null, null],
    // then the referrer
    [shop(''), 'https://www.google.com/', 'organic_search', 'google', null],
    [shop(''), 'https://www.google.co.uk/search?q=x', 'organic_search', 'google', null],
    [shop(''), 'https://google.com.evil.example/', 'referral', 'google.com.evil.example', null],
    [shop(''), 'https://notgoogle.com/', 'referral', 'notgoogle.com', null],
    [shop(''), 'https://mail.google.com/mail/u/0', 'email', 'gmail', null],
    [shop(''), 'android-app://com.google.android.gm/', 'email', 'gmail', null],
    [shop(''), 'https://L.Facebook.com/l.php', 'social', 'facebook', null],
    [shop(''), 'https://t.co/abc', 'social', 'x', null],
    [shop(''), 'https://duckduckgo.com', 'organic_search', 'duckduckgo', null],
    [shop(''), 'https://blog.münchen.example/', 'referral', 'blog.xn--mnchen-3ya.example', null],
    [shop(''), 'https://notshop.example/', 'referral', 'notshop.example', null],
    [shop('?utm_source=a&utm_medium=email'), 'https://shop.example/', 'email', 'a', null],
    // and what is none
    [shop(''), '', 'direct', null, null],
    [shop(''), 'javascript:alert(1)', 'direct', null, null],
    [shop(''), 'data:text/html,https://google.com', 'direct', null, null],
    [shop(''), 'about:blank', 'direct', null, null],
    [shop(''), 'http://', 'direct', null, null],
    ['http://[::1', 'https://bing.com', 'organic_search', 'bing', null],
    [
      `https://shop.example/?${'a'.repeat(100_000)}`,
      `https://${'a'.repeat(10_000)}.example/`,
      'referral',
      expect.any(String),
      null,
    ],
  ])('%.80s from %.60j is %s', (url, referrer, channel, source, campaign) =>
    expect(originOf({ url, referrer }, OWN)).toMatchObject({ channel, source, campaign }),
  );

  it.each([
    ['a declared domain', shop(''), 'https://shop.example/'],
    ['one below it', shop(''), 'https://pay.shop.example/return'],
    ['the host of the page', 'https://other.example/a', 'https://other.example/b'],
    ['a host that takes payments', shop('/thanks'), 'https://checkout.stripe.com/c/pay'],
    ['one below it', shop('/thanks'), 'https://www.paypal.com/webapps/hermes'],
  ])('%s is no referrer', (_, url, referrer) => expect(originOf({ url, referrer }, OWN).channel).toBe('direct'));

  it('takes what the record says itself before anything else', () =>
    expect(
      originOf({ url: shop('?gclid=1'), referrer: '', source: 'Podcast', medium: 'Display', campaign: 'May' }, OWN),
    ).toEqual({ channel: 'display', source: 'podcast', medium: 'display', campaign: 'May' }));

  it.each([undefined, null, 42, true, [], {}])('%j is no URL', (value) =>
    expect(originOf({ url: value, referrer: value }, OWN).channel).toBe('direct'),
  );

  it('keeps 256 characters of a name, and no half of one', () => {
    const origin = originOf(
      { url: shop(`?utm_campaign=${encodeURIComponent(`a${'😀'.repeat(200)}`)}`), referrer: '' },
      [],
    );
    expect(origin.campaign).toBe(`a${'😀'.repeat(127)}`);
  });

  it('never throws', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.oneof(fc.webUrl(), fc.string()), (url, referrer) => {
        originOf({ url, referrer }, OWN);
        originOf({ url: `https://a.example/?${url}`, referrer: `https://${url}` }, OWN);
      }),
    ));
});

import { describe, expect, it, test } from 'vitest';
import { clickIdOf, isPaymentHost, isWithin, siteOf } from './index.ts';

test.each([
  ['www.google.co.uk', 'Google'],
  ['google.com.br', 'Google'],
  ['mail.google.com', 'Gmail'], // most specific first
  ['old.reddit.com', 'Reddit'],
  ['notreddit.com', undefined],
  ['google.evil.example', undefined],
  ['docs.google.com', undefined],
  ['', undefined],
])('%s is %s', (host, source) => {
  expect(siteOf(host)?.source).toBe(source);
});

test.each([
  ['shop.example', true],
  ['www.shop.example', true],
  ['workshop.example', false],
  ['shop.example.evil.example', false],
])('%s is within shop.example: %s', (host, within) => {
  expect(isWithin(host, ['shop.example'])).toBe(within);
});

test.each([
  ['checkout.stripe.com', true],
  ['amazon.com', false],
  ['pay.amazon.com', true],
])('visitors pay at %s: %s', (host, pays) => {
  expect(isPaymentHost(host)).toBe(pays);
});

describe('the click id of a query', () => {
  it('is one that says something', () => {
    expect(clickIdOf(new URLSearchParams('gclid=&fbclid=x'))).toMatchObject({ network: 'Facebook', paid: false });
  });
  it('is the surer of two', () => {
    expect(clickIdOf(new URLSearchParams('fbclid=x&gclid=y'))).toMatchObject({ source: 'google', paid: true });
  });
  it('may be missing', () => {
    expect(clickIdOf(new URLSearchParams('utm_source=x'))).toBeUndefined();
  });
});

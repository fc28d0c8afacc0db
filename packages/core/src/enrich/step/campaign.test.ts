/**
 * Campaigns and click ids in the parameters of URLs.
 */
import { describe, expect, it } from 'vitest';
import { made } from '../test/run-steps.ts';

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

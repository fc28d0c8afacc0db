/**
 * Parts of URLs, over what browsers, apps, crawlers and attackers send.
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

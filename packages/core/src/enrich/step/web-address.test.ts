import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Unsuitable } from './step.ts';
import { addressOf, bareHostOf } from './web-address.ts';

const piece = fc.constantFrom(
  ...[
    '/',
    '.',
    '..',
    '-',
    'a',
    'shop',
    'xn--',
    'www.',
    '1',
    '0x7f',
    '%2e',
    '?',
    '&',
    '=',
    '#',
    ':80',
    ':8080',
    '@',
    'Z',
  ],
  ...['example', '.example', '.com', '_', '~', 'ü', ' ', '+', '\\', '__proto__', 'a=b', '/p/p-1', '\t'],
);
const scheme = fc.constantFrom('https://', 'https://', 'http://', 'HTTPS://', 'javascript:', '');
const host = fc.constantFrom(
  'shop.example',
  'www.shop.example',
  'a.b-c.example',
  '1.2.3.4',
  'xn--bcher-kva.example',
  '',
);
const address = fc
  .tuple(scheme, host, fc.array(piece, { maxLength: 8 }))
  .map(([s, h, rest]) => `${s}${h}${rest.join('')}`);

it('reads plain addresses as the rules do', () => {
  let plain = 0;
  fc.assert(
    fc.property(address, (text) => {
      const url = URL.parse(text);
      const known = url !== null && ['http:', 'https:'].includes(url.protocol) ? url : undefined;
      const { hostname = undefined } = known ?? {};
      expect(bareHostOf(text)).toBe(hostname?.startsWith('www.') ? hostname.slice('www.'.length) : hostname);
      const made = addressOf(text);
      if (known === undefined) {
        expect(made).toBeInstanceOf(Unsuitable);
        return;
      }
      if (text === `${known.protocol}//${known.host}${known.pathname}${known.search}`) plain++;
      const { parameters, ...parts } = made as Exclude<typeof made, Unsuitable>;
      expect(parts).toEqual({
        scheme: known.protocol.slice(0, -1),
        host: known.hostname,
        port: known.port,
        path: known.pathname,
        fragment: known.hash.slice(1),
      });
      const grouped = new Map<string, string[]>();
      for (const [key, value] of known.searchParams) grouped.set(key, [...(grouped.get(key) ?? []), value]);
      const expected = [...grouped].map(([key, values]) => [key, values.length === 1 ? values[0] : values]);
      expect(Object.entries(parameters ?? {}).sort()).toEqual(expected.sort()); // numbers come first in an object
    }),
    { numRuns: 5000 },
  );
  expect(plain).toBeGreaterThan(100);
});

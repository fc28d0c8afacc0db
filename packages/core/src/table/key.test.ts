import { Entity } from 'electrodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromKeyPart, type KeyPart, keyPart, keyPartType, primary, SERVICE } from './index.ts';

const Pair = new Entity({
  model: { entity: 'pair', version: '1', service: SERVICE },
  attributes: { a: { type: keyPartType, required: true }, b: { type: keyPartType, required: true } },
  indexes: {
    byPair: { pk: { ...primary.pk, composite: ['a', 'b'] }, sk: { ...primary.sk, composite: [] } },
  },
});
const keyOf = (a: KeyPart, b: KeyPart) => Pair.get({ a, b }).params<{ Key: { pk: string } }>({ table: 't' }).Key.pk;

describe('keyPart', () => {
  it.each([
    ['client-01', 'client-01'],
    ['2017-08-01T00:05:00.000Z', '2017-08-01T00:05:00.000Z'],
    ['1#b_2', '1%23b_2'],
    ['100%', '100%25'],
    ['', '%empty'],
    ['\0', '%00'],
    ['a\nb', 'a%0ab'],
  ])('%j becomes %j', (value, expected) => expect(keyPart(value)).toBe(expected));

  it('keeps case: Bob is not BOB', () =>
    expect(keyOf(keyPart('Bob'), keyPart('x'))).not.toBe(keyOf(keyPart('BOB'), keyPart('x'))));

  it('hashes what is longer than 128 bytes, and says so on the way back', () => {
    const long = keyPart('ä'.repeat(65));
    expect(long).toMatch(/^%h[0-9a-z]{26}$/);
    expect(fromKeyPart(long)).toBeUndefined();
  });

  it('can be undone', () =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (value) => fromKeyPart(keyPart(value)) === value),
    ));

  it('gives two pairs of values two keys, whatever they hold', () => {
    expect(keyOf(keyPart('1#b_2'), keyPart('3'))).not.toBe(keyOf(keyPart('1'), keyPart('2#b_3')));
    const text = fc.string({ unit: fc.constantFrom('#', '_', 'a', 'b', '%', '2', '3'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        const same = a === c && b === d;
        return (keyOf(keyPart(a), keyPart(b)) === keyOf(keyPart(c), keyPart(d))) === same;
      }),
    );
  });
});

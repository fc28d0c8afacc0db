import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deterministicId, hash } from './id.ts';

describe('deterministicId', () => {
  it('names the kind and has 130 bits', () =>
    expect(deterministicId('eps', 'a')).toMatch(/^eps_[0-9a-hjkmnp-tv-z]{26}$/));

  it('is the same for the same parts', () =>
    fc.assert(fc.property(fc.array(fc.string()), (parts) => hash(...parts) === hash(...[...parts]))));

  it('differs where the same text is cut elsewhere', () => {
    expect(hash('ab', 'c')).not.toBe(hash('a', 'bc'));
    expect(hash('a', '')).not.toBe(hash('', 'a'));
    expect(hash('1:a')).not.toBe(hash('1', 'a'));
  });
});

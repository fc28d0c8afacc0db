import { describe, expect, it } from 'vitest';
import { revealed, revealedFields } from './wire.ts';

const marked = (kind: string, fields: object) => ({ '4dabf18193072939515e22adb298388d': kind, ...fields });
const secret = (value: string) => marked('1b47061264138c4ac30d75fd1eb44270', { value });
const asset = (fields: object) => marked('c44067f5952c0a294b673a41bacd8c17', fields);
const archive = (fields: object) => marked('0def7320c3a5731c473e5ecbe6d01bc7', fields);
const resource = (fields: object) => marked('5cf8f73096256a8f31e491e813e4eb8e', fields);

describe('revealed', () => {
  it.each([
    ['plain values', { a: [1, 'two', { b: true }] }, { a: [1, 'two', { b: true }] }],
    ['secrets, however deep', { a: [{ b: secret('x') }] }, { a: [{ b: 'x' }] }],
    ['files', [asset({ path: '/code.zip' }), archive({ path: '/dir' })], [{ path: '/code.zip' }, { path: '/dir' }]],
    ['resources by their id', resource({ urn: 'urn:1', id: 'queue-1' }), 'queue-1'],
    ['components by their URN', resource({ urn: 'urn:1' }), 'urn:1'],
  ])('opens %s', (_, value, plain) => {
    expect(revealed(value)).toEqual(plain);
  });

  it.each([
    ['an asset of text', asset({ text: 'x' }), 'not a file on disk'],
    ['what it does not know', marked('feedc0de', {}), 'feedc0de'],
  ])('refuses %s', (_, value, reason) => {
    expect(() => revealed(value)).toThrow(reason);
  });

  it('leaves out fields that are null', () => {
    expect(revealedFields({ a: null, b: { c: null, d: 0 } })).toEqual({ b: { d: 0 } });
  });
});

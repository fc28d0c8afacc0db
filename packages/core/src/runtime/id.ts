/**
 * The one id scheme: a prefix that names the thing, then 26 characters of base32.
 * Ids are hashes of what they stand for, so that a retry names the same thing again.
 */
import { createHash } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

function base32(bytes: Uint8Array, characters: number): string {
  let out = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5 && out.length < characters) {
      bits -= 5;
      out += alphabet[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return out;
}

/** Prefixes in use. */
export type IdPrefix = 'evt' | 'trc' | 'eps' | 'dlv' | 'cnv' | 'grp' | 'sil' | 'rpl';

/**
 * A deterministic id: 130 bits of SHA-256 over the parts, each part length-prefixed so that no two lists of parts
 * collide by where they are cut.
 */
export function deterministicId(prefix: IdPrefix, ...parts: readonly (string | number)[]): string {
  return `${prefix}_${hash(...parts)}`;
}

/** The hash alone, 26 characters. */
export function hash(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256');
  for (const part of parts) {
    const text = String(part);
    digest.update(`${text.length}:${text}`);
  }
  return base32(digest.digest(), 26);
}

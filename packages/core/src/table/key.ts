/**
 * The one encoder of key parts. ElectroDB joins composites with `#` and does not escape it, so `{a: '1#b_2', b: '3'}` and
 * `{a: '1', b: '2#b_3'}` would be one key; entities therefore take only `KeyPart`s for what comes from data.
 */
import { CustomAttributeType } from 'electrodb';
import { hash } from '../runtime/index.ts';

declare const encoded: unique symbol;
/** Text that is safe as a component of a key. */
export type KeyPart = string & { readonly [encoded]: true };

/** Longer values are hashed: a DynamoDB sort key has 1024 bytes for all its components. */
const MAX_BYTES = 128;

/**
 * Encodes one component: `%`, `#` and control characters become `%XX`, the empty string `%empty`. A value over 128 bytes
 * becomes `%h` and its hash, and cannot be decoded.
 */
export function keyPart(value: string): KeyPart {
  return encodedPart(value) as KeyPart; // this is what makes text one
}

function encodedPart(value: string): string {
  if (Buffer.byteLength(value) > MAX_BYTES) return `%h${hash(value)}`;
  if (value === '') return '%empty';
  return value.replace(/[%#\p{Cc}]/gu, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** What `keyPart` was given, or undefined where that was hashed. */
export function fromKeyPart(part: KeyPart): string | undefined {
  if (part.startsWith('%h')) return undefined;
  if (part === '%empty') return '';
  return part.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The attribute type of a key component in an entity: only `keyPart()` makes one. */
export const keyPartType = CustomAttributeType<KeyPart>('string');

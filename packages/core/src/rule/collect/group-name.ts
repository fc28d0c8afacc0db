/**
 * How partitions and groups are named in keys.
 */
import { type KeyPart, keyPart } from '../../table/index.ts';

/** The group of a rule that is judged as a whole. */
export const WHOLE_RULE = keyPart('*');
/** Where the records beyond a rule's partitions go. No real partition has this name: theirs are JSON arrays. */
export const OTHER = keyPart('__other__');

/** The key part of a partition; long values are hashed. */
export function partitionKey(values: readonly string[]): KeyPart {
  return keyPart(JSON.stringify(values));
}

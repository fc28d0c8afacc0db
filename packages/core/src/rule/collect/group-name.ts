/**
 * How partitions and groups are named in keys.
 */
import { type KeyPart, keyPart } from '../../table/index.ts';

/** The group of a rule that is judged as a whole. */
export const WHOLE_RULE = keyPart('*');
/** Beside those of partitions that are judged one by one: which of them there are. */
export const CENSUS = keyPart('!census');
/**
 * Stands for the partitions of a window that are not known, or not all that is said of them. No real partition has this name:
 * theirs are JSON arrays.
 */
export const OTHER = keyPart('__other__');

/** The key part of a partition; long values are hashed. */
export function partitionKey(values: readonly string[]): KeyPart {
  return keyPart(JSON.stringify(values));
}

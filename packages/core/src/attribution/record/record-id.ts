/**
 * What a record is called.
 */
import { type JsonObject, type Layout, valueAt } from '../../stream/index.ts';

/** Longer text is no id: rows and items name touches by it. */
const MAX_LENGTH = 256;

/** The record's own id, else where it lies: `key:line`. */
export function recordId(
  record: JsonObject,
  { key, line }: { readonly key: string; readonly line: number },
  { idPath }: Layout,
): string {
  const id = valueAt(record, idPath);
  return typeof id === 'string' && id !== '' && id.length <= MAX_LENGTH ? id : `${key}:${line}`;
}

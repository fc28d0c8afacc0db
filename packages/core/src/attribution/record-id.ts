/**
 * What a record is called.
 */
import { type JsonObject, type Layout, valueAt } from '../stream/index.ts';

/** The record's own id, else where it lies: `key:line`. */
export function recordId(
  record: JsonObject,
  { key, line }: { readonly key: string; readonly line: number },
  { idPath }: Layout,
): string {
  const id = valueAt(record, idPath);
  return typeof id === 'string' && id !== '' ? id : `${key}:${line}`;
}

/**
 * A lookup in a file of reference data in S3: all of it in memory, one version a stream file, a new version noticed within
 * a minute.
 */
import { Readable } from 'node:stream';
import { ConfigurationError } from '../../runtime/index.ts';
import type { LookupSource } from '../lookup/source.ts';
import { type ObjectName, objectInMemory } from '../snapshot/index.ts';
import { type EntryOptions, formatOf, readEntries } from './entries.ts';
import { packTable, unpackTable } from './table.ts';

const NOBODY: ReadonlySet<string> = new Set();

/**
 * `from: s3File({ key: '_millrace/reference/products.csv' })`; see `readEntries` for what an entry is. What is not told by
 * the name of the key has to be told by `format`.
 * Memory: all entries. Of several with one id the last counts.
 * @throws ConfigurationError where neither tells. Opening it throws one where there is no such file, or a line is no entry.
 */
export function s3File(file: ObjectName & Partial<EntryOptions>): LookupSource {
  const format = file.format ?? formatOf(file.key);
  if (format === undefined) throw new ConfigurationError(`${file.key}: say its format, csv or ndjson`);
  const object = objectInMemory(file, {
    as: `${format} by ${file.id ?? 'default'}`,
    read: async (bytes) => {
      const entries = new Map<string, string>();
      for await (const { id, value } of readEntries(Readable.from([bytes]), { format, id: file.id })) {
        entries.set(id, JSON.stringify(value));
      }
      return entries;
    },
    pack: packTable,
    unpack: unpackTable,
  });
  return {
    open: async ({ snapshots }) => {
      const found = await snapshots.take(object);
      return async () => ({ found, failed: NOBODY });
    },
  };
}

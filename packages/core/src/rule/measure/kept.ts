/**
 * Records that are told apart by a key (`dedupeBy`): of each key the first counts, by event time, then file, then row. What is
 * kept of many is the keys whose hashes are least, so that neither order nor the cutting into files leaves a trace.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { hash52 } from './distinct.ts';
import { inRowOrder, type Row } from './rows.ts';

/** Keys of one window and partition: some 60 KB in the table at most, of each file. Two of so many share a hash once in 2 billion windows. */
export const MAX_KEYS = 2000;
/** Keys of all rules in one file: some 50 MB. */
export const MAX_KEYS_A_FILE = 200_000;

/** Where a record stands. */
interface Place extends Omit<Row, 'says'> {
  /** Keys that may still be kept of its file; any number where absent. */
  readonly room?: { keys: number };
}

export interface Kept {
  /** By the key's hash; `says` is the tally of the record alone, as text. */
  readonly rows: Map<number, Row>;
  /** There were more keys than are kept. */
  partial: boolean;
  /** While records are added: hashes from here on are known not to be among the least. */
  bar?: number;
}

/** The hash of a key; numbers and strings that look alike are different. */
export function keyOf(values: readonly (string | number | boolean)[]): number {
  const [first] = values;
  return hash52(values.length === 1 && first !== undefined ? first : JSON.stringify(values));
}

export function newKept(): Kept {
  return { rows: new Map(), partial: false };
}

/**
 * Adds a record. @param says its tally, as text; undefined where nothing of it is measured; asked only where it may be wanted.
 */
export function keep(kept: Kept, key: number, position: Place, says: () => string | undefined): void {
  const known = kept.rows.get(key);
  if (known === undefined) {
    if (kept.bar !== undefined && key >= kept.bar) return;
  } else if (inRowOrder(known, position) <= 0) return;
  const said = says();
  if (said === undefined) return;
  if (known === undefined && !hasRoom(kept, position.room)) return;
  const { at, interval, file, row } = position;
  kept.rows.set(key, { at, interval, file, row, says: said });
  if (kept.rows.size >= 2 * MAX_KEYS) {
    const { size } = kept.rows;
    prune(kept, MAX_KEYS);
    if (position.room !== undefined) position.room.keys += size - kept.rows.size;
  }
}

function hasRoom(kept: Kept, room: Place['room']): boolean {
  if (room === undefined) return true;
  if (room.keys > 0) room.keys--;
  else {
    kept.partial = true;
    return false;
  }
  return true;
}

/** Drops all but the least, in place. */
function prune(kept: Kept, limit: number): void {
  if (kept.rows.size <= limit) return;
  const keys = [...kept.rows.keys()].sort((a, b) => a - b);
  for (const key of keys.slice(limit)) kept.rows.delete(key);
  kept.partial = true;
  const bar = keys[limit];
  if (bar !== undefined) kept.bar = bar;
}

/** As it is merged and written. */
export function settledKept({ rows, partial }: Kept, limit = MAX_KEYS): Kept {
  const settled: Kept = { rows: new Map(rows), partial };
  prune(settled, limit);
  return { rows: settled.rows, partial: settled.partial };
}

/** Both together; neither is changed. */
export function mergeKept(a: Kept, b: Kept, limit = MAX_KEYS): Kept {
  const rows = new Map(a.rows);
  for (const [key, row] of b.rows) {
    const known = rows.get(key);
    if (known === undefined || inRowOrder(row, known) < 0) rows.set(key, row);
  }
  return settledKept({ rows, partial: a.partial || b.partial }, limit);
}

/** Rows by file, each in order of key; JSON longer than this is compressed. */
const COMPRESS_FROM = 4096;
interface Written {
  readonly partial?: boolean;
  readonly files: [interval: number, file: string, rows: [key: number, at: number, row: number, says: string][]][];
}

/** As text; equal contents are equal texts. */
export function writeKept({ rows, partial }: Kept): string {
  const files = new Map<string, Written['files'][number]>();
  for (const [key, { at, interval, file, row, says }] of [...rows].sort(([a], [b]) => a - b)) {
    const name = `${interval} ${file}`;
    const written = files.get(name) ?? [interval, file, []];
    files.set(name, written);
    written[2].push([key, at, row, String(says)]);
  }
  const inOrder = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, written]) => written);
  const written: Written = { ...(partial ? { partial } : {}), files: inOrder };
  const text = JSON.stringify(written);
  return text.length < COMPRESS_FROM ? text : gzipSync(text).toString('base64');
}

/** What `writeKept` wrote. */
export function readKept(text: string): Kept {
  const json = text.startsWith('{') ? text : gunzipSync(Buffer.from(text, 'base64')).toString();
  const { partial = false, files }: Written = JSON.parse(json);
  const rows = new Map<number, Row>();
  for (const [interval, file, held] of files) {
    for (const [key, at, row, says] of held) rows.set(key, { at, interval, file, row, says });
  }
  return { rows, partial };
}

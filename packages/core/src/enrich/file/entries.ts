/**
 * Reference data as people keep it: a CSV with a line of headings, or a JSON object a line.
 */
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { define } from '../../change/index.ts';
import { MillraceError, messageOf } from '../../runtime/index.ts';
import type { JsonObject, JsonValue } from '../../stream/index.ts';
import type { ReferenceEntry } from '../lookup/reference.ts';

export type EntryFormat = 'csv' | 'ndjson';

export interface EntryOptions {
  readonly format: EntryFormat;
  /** Column or property the ids are in; default: `id`, or in a CSV without one its first column. */
  readonly id?: string | undefined;
}

/** What stands in a line is no entry. */
export class UnreadableEntry extends MillraceError {
  constructor(line: number, message: string) {
    super('unreadable_entry', `line ${line}: ${message}`, { retryable: false });
  }
}

/** `prices.csv.gz` is CSV. Undefined where the name does not tell. */
export function formatOf(name: string): EntryFormat | undefined {
  const [, extension = ''] = /\.([a-z]+)(?:\.gz)?$/i.exec(name) ?? [];
  if (extension.toLowerCase() === 'csv') return 'csv';
  return ['ndjson', 'jsonl', 'json'].includes(extension.toLowerCase()) ? 'ndjson' : undefined;
}

/**
 * Entries in the order of the file. The value of an entry is what the line has beside the id: a single column, or the
 * property `value`, as itself; else an object of all the others. Cells of a CSV are text.
 * @throws UnreadableEntry at the first line that is none.
 */
export async function* readEntries(
  body: AsyncIterable<Uint8Array>,
  options: EntryOptions,
): AsyncGenerator<ReferenceEntry> {
  const lines = options.format === 'csv' ? csvRows(body) : jsonLines(body);
  const id = options.id ?? 'id';
  for await (const { line, row, first } of lines) {
    const key = options.id === undefined && !Object.hasOwn(row, id) && first !== undefined ? first : id;
    const own = Object.hasOwn(row, key) ? row[key] : undefined;
    if (typeof own !== 'string' && typeof own !== 'number') {
      throw new UnreadableEntry(
        line,
        `has no ${key} that is text or a number; say with id, or --id, what the ids are in`,
      );
    }
    yield { id: String(own), value: contentOf(row, key, options.format) };
  }
}

function contentOf(row: JsonObject, id: string, format: EntryFormat): JsonValue {
  const names = Object.keys(row).filter((name) => name !== id);
  const [only] = names;
  if (only !== undefined && names.length === 1 && (format === 'csv' || only === 'value')) return row[only] ?? null;
  const value: JsonObject = {};
  for (const name of names) define(value, name, row[name] ?? null);
  return value;
}

interface Line {
  readonly line: number;
  readonly row: JsonObject;
  /** The first column of a CSV. */
  readonly first?: string | undefined;
}

async function* csvRows(body: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const rows = Readable.from(body, { objectMode: false }).pipe(
    parse({ bom: true, skip_empty_lines: true, info: true }),
  );
  let names: readonly string[] | undefined;
  try {
    // with `info`, each is this; csv-parse types it as anything
    for await (const { record, info } of rows as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
      if (names === undefined) {
        names = record;
        continue;
      }
      const row: JsonObject = {};
      for (const [index, name] of names.entries()) define(row, name, record[index] ?? '');
      yield { line: info.lines, row, first: names[0] };
    }
  } catch (caught) {
    if (caught instanceof MillraceError) throw caught;
    throw new MillraceError('unreadable_csv', `the CSV cannot be read: ${messageOf(caught)}`, { retryable: false });
  }
}

async function* jsonLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  const input = Readable.from(body, { objectMode: false });
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    const json = line === 1 ? text.replace(/^\uFEFF/, '').trim() : text.trim();
    if (json === '') continue;
    yield { line, row: objectOf(json, line) };
  }
}

function objectOf(json: string, line: number): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(json);
  } catch (caught) {
    throw new UnreadableEntry(line, messageOf(caught));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new UnreadableEntry(line, 'is no JSON object');
}

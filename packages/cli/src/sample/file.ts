/**
 * From records to stream files: cut by interval, in order of arrival, as gzipped NDJSON that is the same bytes every time.
 */
import { gzipSync } from 'node:zlib';
import type { JsonObject, Layout } from '@millrace/core/stream';

/** A record and when it happened, ms. */
export interface SampleRecord {
  readonly time: number;
  readonly value: JsonObject;
}

/** A line that is no record, put before the record of that number (from 0), or last where there are fewer. */
export interface BrokenLine {
  readonly interval: number;
  readonly before: number;
  readonly bytes: Buffer;
}

export interface SampleFile {
  readonly project: string;
  readonly collection: string;
  /** Start of the interval, ms. */
  readonly interval: number;
  readonly key: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Gzipped NDJSON. */
  readonly body: Buffer;
  /** Lines, broken ones included. */
  readonly lines: number;
}

/** Gzips to the same bytes on every platform: zlib writes the operating system into byte 9 of the header. */
export function gzipped(content: Buffer): Buffer {
  const body = gzipSync(content, { level: 9 });
  body[9] = 0xff;
  return body;
}

/** The files of one collection, in order of interval; an interval without records has none. */
export function filesOf(
  collection: { readonly project: string; readonly collection: string },
  records: readonly SampleRecord[],
  layout: Layout,
  broken: readonly BrokenLine[] = [],
): SampleFile[] {
  const intervals = new Map<number, SampleRecord[]>();
  for (const record of records.toSorted((a, b) => a.time - b.time)) {
    const interval = Math.floor(record.time / layout.intervalLength) * layout.intervalLength;
    const held = intervals.get(interval);
    if (held) held.push(record);
    else intervals.set(interval, [record]);
  }
  return [...intervals].map(([interval, held]) => {
    const lines: Buffer[] = held.map(({ value }) => Buffer.from(JSON.stringify(value)));
    for (const line of broken) if (line.interval === interval) lines.splice(line.before, 0, line.bytes);
    const placement = { ...collection, interval };
    return {
      ...placement,
      key: layout.key(placement),
      metadata: layout.metadata(placement),
      body: gzipped(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))),
      lines: lines.length,
    };
  });
}

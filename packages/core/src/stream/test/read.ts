/**
 * For tests of the reader: reads a body into what its handlers heard, and cuts bytes into chunks.
 */
import { LIMITS, type Limits, readRecords } from '../index.ts';
import type { JsonObject } from '../record.ts';

export interface Read {
  values: JsonObject[];
  /** `line@offset bytes` of each record. */
  places: string[];
  rejected: { line: number; offset: number; reason: string; text: string }[];
  counts: { read: number; accepted: number; quarantined: number };
}

export async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

/** Reads all of a body, remembering what the handlers hear. */
export async function read(body: AsyncIterable<Uint8Array>, limits: Limits = LIMITS): Promise<Read> {
  const values: JsonObject[] = [];
  const places: string[] = [];
  const rejected: Read['rejected'] = [];
  const counts = await readRecords(
    body,
    {
      record: (value, line, bytes) => {
        values.push(value);
        places.push(`${line} ${bytes}`);
      },
      rejected: ({ line, offset, reason, bytes }) =>
        rejected.push({ line, offset, reason, text: bytes.toString('latin1') }),
    },
    limits,
  );
  return { values, places, rejected, counts };
}

/** Cuts bytes into chunks of the given sizes, over and over. */
export function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cuts: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? bytes.length;
    cuts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cuts;
}

/**
 * For tests of the reader: reads a body into what its handlers heard, and cuts bytes into chunks.
 */
import { LIMITS, type Limits, type ReadPosition, type RecordHandlers, readPart } from '../index.ts';
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
  return await readAll(() => body, { limits, every: Number.POSITIVE_INFINITY });
}

/** The same in several readings, each ended after so many pieces. @param body made anew for each. */
export async function readInParts(
  body: () => AsyncIterable<Uint8Array>,
  every: number,
): Promise<Read & { readings: number }> {
  return await readAll(body, { limits: LIMITS, every });
}

async function readAll(
  body: () => AsyncIterable<Uint8Array>,
  { limits, every }: { limits: Limits; every: number },
): Promise<Read & { readings: number }> {
  const values: JsonObject[] = [];
  const places: string[] = [];
  const rejected: Read['rejected'] = [];
  const handlers: RecordHandlers = {
    record: (value, line, bytes) => {
      values.push(value);
      places.push(`${line} ${bytes}`);
    },
    rejected: ({ line, offset, reason, bytes }) =>
      rejected.push({ line, offset, reason, text: bytes.toString('latin1') }),
  };
  let from: ReadPosition | undefined;
  for (let readings = 1; ; readings++) {
    let pieces = 0;
    const { counts, stoppedAt } = await readPart(body(), handlers, { limits, from, due: () => ++pieces >= every });
    if (stoppedAt === undefined) return { values, places, rejected, counts, readings };
    from = JSON.parse(JSON.stringify(stoppedAt)) as ReadPosition; // as a checkpoint keeps it
  }
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

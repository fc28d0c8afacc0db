/**
 * What a process holds of a large file against a small one: 5 GB and 50 MB of JSON, gzip.
 */
import { gzipSync } from 'node:zlib';
import type { Result } from '../measure.ts';
import { pageviews } from '../records.ts';

/** Records of one gzip member, about 50 MB; a file is so many of them in a row, which is a gzip file like any other. */
export const RECORDS = 115_000;
const LARGE = 100;

export interface Reading {
  readonly recordsPerSecond: number;
  /** Bytes. */
  readonly peakRss: number;
}

/** @param run has a process of its own work a file of so many members. */
export async function* againstSmall(
  bench: string,
  run: (member: Buffer, times: number) => Promise<Reading>,
): AsyncGenerator<Result> {
  const member = gzipSync(pageviews(RECORDS, 'Größe ☃'));
  const small = await run(member, 1);
  yield result(bench, '50MB', small, 1);
  const large = await run(member, LARGE);
  yield result(bench, '5GB', large, large.recordsPerSecond / small.recordsPerSecond);
}

function result(bench: string, name: string, { recordsPerSecond, peakRss }: Reading, floorRatio: number): Result {
  return {
    bench,
    case: `memory-${name}`,
    recordsPerSecond: Math.round(recordsPerSecond),
    floorRatio: Math.round(floorRatio * 1000) / 1000,
    peakRssMb: Math.round(peakRss / 1024 / 1024),
  };
}

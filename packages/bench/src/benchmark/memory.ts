/**
 * Of `stream`: the most the reader holds of a large file, against a small one. The reader is a process of its own, which is
 * fed through a pipe and knows nothing of where the bytes come from.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { againstSmall, RECORDS, type Reading } from './large-file.ts';

const READER = fileURLToPath(new URL('./memory-reader.ts', import.meta.url));

/** What the reader says in the end: one line of JSON. */
export interface Report {
  readonly records: number;
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakRss: number;
}

export const memory = () => againstSmall('stream', read);

/** @throws where the reader does not read every record. */
async function read(member: Buffer, times: number): Promise<Reading> {
  const reader = spawn(process.execPath, [READER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(reader, 'exit');
  const [line] = await Promise.all([
    createInterface(reader.stdout)[Symbol.asyncIterator]().next(),
    pipeline(Readable.from(Array<Buffer>(times).fill(member)), reader.stdin),
  ]);
  await ended;
  const { records, milliseconds, peakRss } = JSON.parse(String(line.value)) as Report; // its own form
  if (records !== RECORDS * times) throw new RangeError(`${records} records read, ${RECORDS * times} written`);
  return { recordsPerSecond: records / (milliseconds / 1000), peakRss };
}

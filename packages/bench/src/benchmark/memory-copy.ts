/**
 * Of `copy`: the most the copier holds of a large file with its output open, against a small one. The copier is a process
 * of its own with the heap that Lambda gives Node in 512 MB; it reads and writes over HTTP.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { StreamFile } from '@millrace/core/event';
import type { Result } from '../measure.ts';
import { pageviews } from '../records.ts';
import { type KeepsNothing, startKeepsNothing } from './keeps-nothing.ts';

const COPIER = fileURLToPath(new URL('./memory-copier.ts', import.meta.url));
/** Records of one gzip member, about 50 MB; a file is so many of them in a row, which is a gzip file like any other. */
const RECORDS = 115_000;
const LARGE = 100;
/** What V8 gives itself on a machine of 512 MB. */
const HEAP = ['--max-old-space-size=256', '--max-semi-space-size=1'];

/** What the copier says in the end: one line of JSON. */
export interface CopyReport {
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakRss: number;
}

export async function* memoryOfCopies(): AsyncGenerator<Result> {
  const member = gzipSync(pageviews(RECORDS, 'Größe ☃'));
  const small = await copied(member, 1);
  yield result('50MB', small, 1);
  const large = await copied(member, LARGE);
  yield result('5GB', large, large.recordsPerSecond / small.recordsPerSecond);
}

interface Copied {
  readonly recordsPerSecond: number;
  readonly peakRss: number;
}

function result(name: string, { recordsPerSecond, peakRss }: Copied, floorRatio: number): Result {
  return {
    bench: 'copy',
    case: `memory-${name}`,
    recordsPerSecond: Math.round(recordsPerSecond),
    floorRatio: Math.round(floorRatio * 1000) / 1000,
    peakRssMb: Math.round(peakRss / 1024 / 1024),
  };
}

/** @throws where the copier does not announce a copy of every record. */
async function copied(member: Buffer, times: number): Promise<Copied> {
  const aws = await startKeepsNothing(member, times);
  const copier = spawn(process.execPath, [...HEAP, COPIER, JSON.stringify(fileOf(member.length * times))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment(aws) },
  });
  const ended = once(copier, 'exit');
  let last = '';
  for await (const line of createInterface(copier.stdout)) last = line;
  await ended;
  aws.stop();
  const { milliseconds, peakRss } = JSON.parse(last) as CopyReport; // its own form
  const records = RECORDS * times;
  if (aws.announced !== records) throw new RangeError(`${aws.announced} records copied, ${records} written`);
  return { recordsPerSecond: records / (milliseconds / 1000), peakRss };
}

function fileOf(size: number): StreamFile {
  const interval = '2026-03-02T09:00:00.000Z';
  return {
    ...{ bucket: 'streams', size, etag: 'source', project: 'shop', collection: 'pageviews' },
    key: `shop/${interval}/pageviews/shop-pageviews-${interval}.json.gz`,
    ...{ interval, intervalLength: 300_000, receivedAt: '2026-03-02T09:05:30.000Z', writtenBy: 'producer' },
  };
}

function environment({ url }: KeepsNothing): Record<string, string> {
  const link = (value: object) => JSON.stringify(value);
  return {
    NODE_OPTIONS: '--disable-warning=ExperimentalWarning',
    MILLRACE_LOG_LEVEL: 'error',
    AWS_ENDPOINT_URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    SST_RESOURCE_App: link({ name: 'millrace', stage: 'bench' }),
    SST_RESOURCE_Streams: link({ name: 'streams' }),
    SST_RESOURCE_State: link({ name: 'state' }),
    SST_RESOURCE_Events: link({ name: 'events' }),
  };
}

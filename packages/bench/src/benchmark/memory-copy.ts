/**
 * Of `copy`: the most the copier holds of a large file with its output open, against a small one. The copier is a process
 * of its own with the heap that Lambda gives Node in 512 MB; it reads and writes over HTTP.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import type { StreamFile } from '@millrace/core/event';
import { type KeepsNothing, startKeepsNothing } from './keeps-nothing.ts';
import { againstSmall, RECORDS, type Reading } from './large-file.ts';

const COPIER = fileURLToPath(new URL('./memory-copier.ts', import.meta.url));
/** What V8 gives itself on a machine of 512 MB. */
const HEAP = ['--max-old-space-size=256', '--max-semi-space-size=1'];

/** What the copier says in the end: one line of JSON. */
export interface CopyReport {
  readonly milliseconds: number;
  /** Bytes. */
  readonly peakRss: number;
}

export const memoryOfCopies = () => againstSmall('copy', copied);

/** @throws where the copier does not announce a copy of every record. */
async function copied(member: Buffer, times: number): Promise<Reading> {
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

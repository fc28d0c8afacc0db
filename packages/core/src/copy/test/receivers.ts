/**
 * For tests: a receiver for each kind of sink, which remembers what it took, and a file that is copied into all of them. Its
 * secrets (`KeenWriteKey`, `HookSecret`) have to be linked before it is imported.
 */
import { createHmac } from 'node:crypto';
import { type Metadata, type StreamFile, StreamFileReceived } from '../../event/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { createStreamFileWriter, keen } from '../../stream/index.ts';
import { type Answer, type Arrived, publishedIn, SeverableLine } from '../../stream/test/index.ts';
import { copyFile } from '../copy-file.ts';
import { defineCopies } from '../declaration.ts';
import { forget as forgetFile, whatIsLeft } from './what-is-left.ts';

/** The one line to all of them. */
export const line = new SeverableLine();

/** Ids of the events that reached the bus, and how often. */
const published = new Map<string, number>();
await line.open((arrived) => {
  for (const id of publishedIn(arrived)) count(published, id);
});

/** Events that Keen took, and how often. */
export const taken = new Map<string, number>();
export const requests: Arrived[] = [];
/** What Keen answers to the next requests instead of taking them. */
export const troubles: Answer[] = [];
const keenUrl = await line.server('keen', (arrived) => {
  requests.push(arrived);
  const trouble = troubles.shift();
  if (trouble !== undefined) return trouble;
  const events: { n: number }[] = JSON.parse(arrived.body.toString()).purchases;
  const results = events.map(({ n }) => {
    if (n % 100 === 13) return { success: false, error: { name: 'InvalidPropertyError', description: 'unlucky' } };
    count(taken, String(n));
    return { success: true };
  });
  return { status: 200, body: JSON.stringify({ purchases: results }) };
});
/** Batches a receiver took that remembers ids. */
export const batches = new Map<string, string>();
const hookUrl = await line.server('hook', ({ headers, body }) => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  const expected = createHmac('sha256', 'hook-secret').update(`${id}.${timestamp}.${body}`).digest('base64');
  if (signature !== `v1,${expected}`) return { status: 401, body: '' };
  batches.set(String(id), body.toString());
  return { status: 204, body: '' };
});

/** Records that Firehose took; of each request it refuses every third record at first. */
export const delivered: string[] = [];
process.env.AWS_ENDPOINT_URL_FIREHOSE = await line.server('firehose', ({ body }) => {
  const records: { Data: string }[] = JSON.parse(body.toString()).Records;
  const RequestResponses = records.map(({ Data }, index) => {
    if (records.length > 1 && index % 3 === 2)
      return { ErrorCode: 'ServiceUnavailableException', ErrorMessage: 'slow down' };
    delivered.push(Buffer.from(Data, 'base64').toString());
    return { RecordId: 'r' };
  });
  const FailedPutCount = RequestResponses.filter((one) => 'ErrorCode' in one).length;
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return { status: 200, headers, body: JSON.stringify({ FailedPutCount, RequestResponses }) };
});

export function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export const layout = keen();
export const RECORDS = 40;
/** One into each. */
const copies = defineCopies([
  { name: 'files', from: { project: 'shop' }, into: { project: 'archive' } },
  {
    name: 'zstd',
    from: { project: 'shop' },
    into: { project: 'cold' },
    sink: { kind: 's3', compression: { format: 'zstd' } },
  },
  {
    name: 'keen',
    from: { project: 'shop' },
    sink: { kind: 'keen', url: keenUrl, project: 'p1', writeKey: 'KeenWriteKey', batch: 10 },
  },
  {
    name: 'hook',
    from: { project: 'shop' },
    sink: { kind: 'http', url: `${hookUrl}/in`, signedWith: 'HookSecret', batch: 25 },
  },
  { name: 'bus', from: { project: 'shop', sample: 0.5 }, sink: { kind: 'bus' } },
  { name: 'stream', from: { project: 'shop' }, sink: { kind: 'firehose', stream: 'archive' } },
]);

const cause: Metadata = { id: 'evt_1', version: 1, project: 'shop', traceId: 'trc_1', hop: 0, producedBy: 'ingest' };
let interval = Date.parse('2026-03-02T09:00:00.000Z');

/** A file of an interval of its own: records and, from 21 on, a broken line. */
export async function put(records = RECORDS, pad = ''): Promise<StreamFile> {
  interval += layout.intervalLength;
  const placement = { project: 'shop', collection: 'purchases', interval };
  const time = new Date(interval).toISOString();
  const file = {
    ...{
      bucket: streamsBucket(),
      key: layout.key(placement),
      size: 1,
      etag: 'e',
      project: 'shop',
      collection: 'purchases',
    },
    ...{ interval: time, intervalLength: layout.intervalLength, receivedAt: time, writtenBy: 'producer' },
  };
  const target = { bucket: file.bucket, layout, placement, source: file, cause, workflow: 'producer' };
  const writer = createStreamFileWriter(target);
  for (let n = 0; n < records; n++) {
    writer.write(JSON.stringify({ keen: { id: `id-${n}`, created_at: time, timestamp: time }, n, pad }));
    if (n === 20) writer.write('{"keen":');
    await writer.drained();
  }
  const { size, etag } = await writer.finish();
  return { ...file, size, etag };
}

export const deliver = (file: StreamFile, which = copies) =>
  copyFile(
    { type: StreamFileReceived.type, properties: file, metadata: cause },
    {
      copies: which,
      layout,
      backoff: { base: 1, cap: 5 },
    },
  );

/** All that the copier leaves behind for a file, the receivers of batches and events included. */
export async function leftBy(file: StreamFile) {
  return { ...(await whatIsLeft(file)), batches: [...batches], published: [...published.keys()].sort() };
}

/** As if nothing had been done with the file, and nobody had received anything. */
export async function forget(file: StreamFile): Promise<void> {
  await forgetFile(file);
  for (const seen of [taken, published, batches]) seen.clear();
  delivered.length = 0;
}

/** Mends the line, and lets the receivers forget. */
export function begin(): void {
  line.mend();
  for (const seen of [taken, published, batches]) seen.clear();
  requests.length = 0;
  troubles.length = 0;
  delivered.length = 0;
}

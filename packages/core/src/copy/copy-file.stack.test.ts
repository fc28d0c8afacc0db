/**
 * A file copied into every kind of sink at once, over HTTP: into S3, to a Keen of ours, to a webhook and to the bus. A run
 * that is cut off at any write and repeated leaves what an undisturbed one leaves.
 */
import { createHmac } from 'node:crypto';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Metadata, type StreamFile, StreamFileReceived } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import { createStreamFileWriter, isDone, keen } from '../stream/index.ts';
import { type Answer, type Arrived, publishedIn, SeverableLine } from '../stream/test/index.ts';
import { copyFile } from './copy-file.ts';
import { defineCopies } from './declaration.ts';
import { forget as forgetFile, object, whatIsLeft } from './test/what-is-left.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_KeenWriteKey = JSON.stringify({ value: 'write-key' });
  process.env.SST_RESOURCE_HookSecret = JSON.stringify({ value: 'hook-secret' });
});

const line = new SeverableLine();
afterAll(() => line.close());

/** Ids of the events that reached the bus, and how often. */
const published = new Map<string, number>();
await line.open((arrived) => {
  for (const id of publishedIn(arrived)) count(published, id);
});

/** Events that Keen took, and how often. */
const taken = new Map<string, number>();
const requests: Arrived[] = [];
/** What Keen answers to the next requests instead of taking them. */
const troubles: Answer[] = [];
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
const batches = new Map<string, string>();
const hookUrl = await line.server('hook', ({ headers, body }) => {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  const expected = createHmac('sha256', 'hook-secret').update(`${id}.${timestamp}.${body}`).digest('base64');
  if (signature !== `v1,${expected}`) return { status: 401, body: '' };
  batches.set(String(id), body.toString());
  return { status: 204, body: '' };
});

/** Records that Firehose took; of each request it refuses every third record at first. */
const delivered: string[] = [];
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

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const layout = keen();
const RECORDS = 40;
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

/** A file of an interval of its own: 40 records and a broken line. */
async function put(records = RECORDS, pad = ''): Promise<StreamFile> {
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

const deliver = (file: StreamFile, which = copies) =>
  copyFile(
    { type: StreamFileReceived.type, properties: file, metadata: cause },
    {
      copies: which,
      layout,
      backoff: { base: 1, cap: 5 },
    },
  );

async function leftBy(file: StreamFile) {
  return { ...(await whatIsLeft(file)), batches: [...batches], published: [...published.keys()].sort() };
}

/** As if nothing had been done with the file. */
async function forget(file: StreamFile): Promise<void> {
  await forgetFile(file);
  for (const seen of [taken, published, batches]) seen.clear();
  delivered.length = 0;
}

beforeEach(() => {
  line.mend();
  for (const seen of [taken, published, batches]) seen.clear();
  requests.length = 0;
  troubles.length = 0;
  delivered.length = 0;
});

describe('what arrives', () => {
  it('in S3, as gzip and as zstd', async () => {
    const file = await put();
    await deliver(file);
    const S3Object = { URI: `s3://${file.bucket}/${file.key}` };
    const expected = Array.from({ length: RECORDS }, (_, n) =>
      JSON.stringify({ keen: { timestamp: file.interval }, n, pad: '', S3Object }),
    );
    const gzip = await object(file, layout.key({ project: 'archive', collection: 'purchases', interval }));
    expect(gunzipSync(gzip).toString().trimEnd().split('\n')).toEqual(expected);
    const key = layout.key({ project: 'cold', collection: 'purchases', interval });
    const zstd = await object(file, key.replace(/gz$/, 'zst'));
    expect(zstdDecompressSync(zstd).toString().trimEnd().split('\n')).toEqual(expected);
  });

  it('at Keen: each event once, with the write key; what Keen refuses is quarantined with its line', async () => {
    const file = await put();
    await deliver(file);
    expect([...taken]).toEqual(Array.from({ length: RECORDS }, (_, n) => [String(n), 1]).filter(([n]) => n !== '13'));
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual(
      Array.from({ length: 4 }, () => ['/3.0/projects/p1/events', 'write-key']),
    );
    const { progress, objects } = await leftBy(file);
    expect(progress?.counts).toMatchObject({ read: 41, accepted: 39, quarantined: 2 });
    const quarantine = Buffer.from(objects.at(-1)?.[1] ?? '', 'base64')
      .toString()
      .trimEnd()
      .split('\n');
    expect(quarantine.map((json) => JSON.parse(json))).toMatchObject([
      { line: 14, reason: 'refused_by_sink', message: 'InvalidPropertyError: unlucky' },
      { line: 22, reason: 'invalid_json' },
    ]);
  });

  it('at a webhook: signed batches; on the bus: the same half of the records each time', async () => {
    const file = await put();
    await deliver(file);
    const lines = [...batches.values()].flatMap((body) => body.trimEnd().split('\n'));
    expect(lines.map((json) => JSON.parse(json).n)).toEqual(Array.from({ length: RECORDS }, (_, n) => n));
    expect(batches.size).toBe(2);
    const { published: first } = await leftBy(file);
    expect(first.length).toBeGreaterThan(RECORDS / 4);
    expect(first.length).toBeLessThan((RECORDS * 3) / 4);
    await forget(file);
    await deliver(file);
    expect((await leftBy(file)).published).toEqual(first);
  });

  it('at Firehose: each record once, those it could not take at first as well', async () => {
    const file = await put();
    await deliver(
      file,
      defineCopies([{ name: 'stream', from: { project: 'shop' }, sink: { kind: 'firehose', stream: 'archive' } }]),
    );
    expect(delivered.every((text) => text.endsWith('}\n'))).toBe(true);
    const numbers = delivered.map((text) => JSON.parse(text).n).sort((one, other) => one - other);
    expect(numbers).toEqual(Array.from({ length: RECORDS }, (_, n) => n));
  });

  it('in several files where one grows large, the same ones in every run', async () => {
    const file = await put(60_000, 'x'.repeat(30));
    const [rolling] = [
      defineCopies([
        { name: 'rolled', from: { project: 'shop' }, into: { project: 'rolled' }, sink: { kind: 's3', rollAfter: 3 } },
      ]),
    ];
    await deliver(file, rolling);
    const first = await leftBy(file);
    expect(first.progress?.outputs.map((key) => key.split('/').at(-1))).toEqual([
      ...['', '-2', '-3', '-4', '-5'].map((part) => `rolled-purchases-${file.interval}${part}.json.gz`),
    ]);
    const contents = first.objects
      .slice(0, 5)
      .map(([, base64]) => gunzipSync(Buffer.from(base64 ?? '', 'base64')).toString());
    const numbers = contents
      .join('')
      .trimEnd()
      .split('\n')
      .map((json) => JSON.parse(json).n);
    expect(numbers).toEqual(Array.from({ length: 60_000 }, (_, n) => n));
    await forget(file);
    await deliver(file, rolling);
    expect((await leftBy(file)).objects).toEqual(first.objects);
  });
});

it('a record that a transform fails on is quarantined, for files and for chunks', async () => {
  const unlucky = (_: unknown, value: unknown) => {
    if (value === 7) throw new Error('seven');
    return value as number;
  };
  const steps = [{ kind: 'transform' as const, at: ['n'], apply: [unlucky] }];
  const file = await put(10);
  for (const which of [
    defineCopies([{ name: 'a', from: { project: 'shop' }, into: { project: 'z' }, shape: { steps } }]),
    defineCopies([{ name: 'b', from: { project: 'shop' }, shape: { steps }, sink: { kind: 'bus' } }]),
  ]) {
    await forget(file);
    await deliver(file, which);
    const { progress, objects } = await leftBy(file);
    expect(progress?.counts).toMatchObject({ read: 10, accepted: 9, quarantined: 1, copied: 9 });
    const quarantine = JSON.parse(Buffer.from(objects.at(-1)?.[1] ?? '', 'base64').toString());
    expect(quarantine).toMatchObject({ line: 8, reason: 'transform_failed' });
  }
});

describe('trouble at the other side', () => {
  it('is tried again, after as long as it asks for', async () => {
    troubles.push({ status: 429, headers: { 'retry-after': '1' }, body: '' }, { status: 503, body: '' });
    const file = await put();
    const start = performance.now();
    await deliver(file);
    expect(performance.now() - start).toBeGreaterThan(1000);
    expect(requests).toHaveLength(6);
    expect([...taken.values()].every((times) => times === 1)).toBe(true);
  });

  it.each([
    ['for a person to put right', { status: 401, body: '' }, { code: 'sink_rejected', retryable: false }],
    [
      'that would take too long',
      { status: 429, headers: { 'retry-after': '3600' }, body: '' },
      { code: 'sink_unavailable', retryable: true },
    ],
    ['not understood', { status: 200, body: '<html>' }, { code: 'sink_misunderstood', retryable: false }],
  ])('%s is thrown, and what went is not sent again', async (_, trouble, error) => {
    const file = await put();
    troubles.push(trouble);
    await expect(deliver(file)).rejects.toMatchObject(error);
    expect(await isDone('copier', file)).toBe(false);
    await deliver(file);
    expect([...taken.values()].every((times) => times === 1)).toBe(true);
  });
});

/** Events Keen has taken in chunks that nobody remembers. */
async function unremembered(file: StreamFile): Promise<string[]> {
  const { chunks } = await leftBy(file);
  const remembered = new Set(chunks.filter(({ copy }) => copy === 'keen').map(({ chunk }) => chunk));
  return [...taken.keys()].filter((n) => !remembered.has(Math.floor(Number(n) / 10)));
}

/** Records Firehose has taken in chunks that nobody remembers. */
async function unrememberedByFirehose(file: StreamFile): Promise<string[]> {
  const { chunks } = await leftBy(file);
  return chunks.some(({ copy }) => copy === 'stream') ? [] : delivered.toSorted();
}

/** Those there more than once. */
function repeated(all: readonly string[]): string[] {
  return all.filter((one, index) => all.indexOf(one) !== index).toSorted();
}

describe('cut off at any write and delivered again', () => {
  it.each([
    ['before it arrives', false],
    ['before its answer', true],
  ])(
    '%s: leaves what an undisturbed run leaves, and sends nothing again that is remembered',
    async (_, lastArrives) => {
      const file = await put();
      await deliver(file);
      const undisturbed = await leftBy(file);
      const windows: string[][] = [];
      let writes: readonly string[] = [];
      for (let cut = 0; ; cut++) {
        await forget(file);
        line.cutAfter(cut, lastArrives);
        const whole = await deliver(file).then(
          () => true,
          () => false,
        );
        writes = line.writes;
        line.mend();
        if (whole) break;
        const window = await unremembered(file);
        const firehoseWindow = await unrememberedByFirehose(file);
        await deliver(file);
        expect(await leftBy(file)).toEqual(undisturbed);
        // The window that is left: Keen took a chunk and nobody lived to remember it. Those events, and no others, are there twice.
        expect([...taken].flatMap(([n, times]) => (times === 1 ? [] : [n]))).toEqual(window);
        expect(Math.max(...taken.values())).toBeLessThanOrEqual(2);
        expect(window.length).toBeLessThanOrEqual(10);
        expect(new Set(delivered).size).toBe(RECORDS);
        expect(repeated(delivered)).toEqual(firehoseWindow);
        windows.push(window);
      }
      const tally = new Map<string, number>();
      for (const write of writes) count(tally, write);
      // Of DynamoDB, each of 8 chunks remembered and the file marked done; of S3, two files and the quarantine; of the bus,
      // three requests for records, one for the quarantine and one for the files.
      expect(Object.fromEntries(tally)).toEqual({ keen: 4, hook: 2, firehose: 4, DYNAMODB: 9, S3: 3, EVENTBRIDGE: 5 });
      expect(windows.filter((window) => window.length === 0).length).toBeGreaterThan(8);
      expect(windows.filter((window) => window.length > 0).length).toBeGreaterThanOrEqual(4);
    },
  );
});

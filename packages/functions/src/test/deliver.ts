/**
 * For tests: stream files in the bucket, delivered to the handlers as their queues do, and what those leave behind.
 */
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import type { StreamFile } from '@millrace/core/event';
import { streamsBucket } from '@millrace/core/resource';
import { createStreamFileWriter, FileProgress, keen, readObjectIfPresent } from '@millrace/core/stream';
import { keyPart, table } from '@millrace/core/table';
import type { Context, SQSHandler, SQSRecord } from 'aws-lambda';

export const layout = keen();
const START = Date.parse('2026-03-02T09:00:00.000Z');
/** The time, ms, that interval `n` starts at. */
export const startOf = (n: number): number => START + n * layout.intervalLength;

const metadata = { id: 'evt_1', version: 1, project: 'shop', traceId: 'trc_1', hop: 0, producedBy: 'ingest' } as const;

/** Puts the lines of interval `n` into the bucket. */
export async function put(
  n: number,
  lines: readonly string[],
  { project, collection } = { project: 'shop', collection: 'purchases' },
): Promise<StreamFile> {
  const placement = { project, collection, interval: startOf(n) };
  const interval = new Date(placement.interval).toISOString();
  const source = {
    ...{ bucket: streamsBucket(), key: layout.key(placement), size: 1, etag: 'e', project, collection, interval },
    ...{ intervalLength: layout.intervalLength, receivedAt: interval, writtenBy: 'producer' },
  };
  const target = { bucket: source.bucket, layout, placement, source, cause: metadata, workflow: 'producer' };
  const writer = createStreamFileWriter(target);
  for (const line of lines) writer.write(line);
  const { size, etag } = await writer.finish();
  return { ...source, size, etag };
}

/** Delivers the file as its queue does. Whether the message is done with. */
export async function deliver(handler: SQSHandler, file: StreamFile): Promise<boolean> {
  const detail = { metadata: { ...metadata, project: file.project }, properties: file };
  const body = JSON.stringify({ id: 'e', time: file.receivedAt, 'detail-type': 'stream.file_received', detail });
  const record = { messageId: 'm', body, attributes: { ApproximateReceiveCount: '1' } } as SQSRecord; // what the handler reads
  const context = { getRemainingTimeInMillis: () => 300_000 } as Context;
  const outcome = await handler({ Records: [record] }, context, () => undefined);
  return outcome?.batchItemFailures.length === 0;
}

export interface Workflow {
  readonly name: string;
  readonly handler: SQSHandler;
  /** Key of what it derives. */
  output(file: StreamFile): string;
}

export const into = (project: string, collection: (of: string) => string) => (file: StreamFile) =>
  layout.key({ project, collection: collection(file.collection), interval: Date.parse(file.interval) });

const itemOf = (name: string, { bucket, key }: StreamFile) => ({
  workflow: keyPart(name),
  bucket: keyPart(bucket),
  file: keyPart(key),
});

/** Everything a workflow leaves behind for a file, but events. */
export async function leftBy({ name, output }: Workflow, file: StreamFile) {
  const { data } = await FileProgress.get(itemOf(name, file)).go(table());
  const read = async (key: string) => {
    const body = await readObjectIfPresent(file.bucket, key);
    return body === undefined ? undefined : (await buffer(body)).toString('base64');
  };
  return {
    progress: data,
    output: await read(output(file)),
    quarantine: await read(`_millrace/quarantine/${name}/${file.key}.ndjson`),
  };
}

export async function forget({ name }: Workflow, file: StreamFile): Promise<void> {
  await FileProgress.delete(itemOf(name, file)).go(table());
}

/** The lines of what a workflow derived from a file. */
export async function records(workflow: Workflow, file: StreamFile): Promise<string[]> {
  const { output } = await leftBy(workflow, file);
  return gunzipSync(Buffer.from(output ?? '', 'base64'))
    .toString()
    .trimEnd()
    .split('\n');
}

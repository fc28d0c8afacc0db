/**
 * Of `rules`: what the evaluator writes to the table for the sample streams and the rules of packages/pipeline, counted on the
 * local endpoints. Writes a line of JSON.
 */
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sampleFiles } from '@millrace/cli/sample';
import { iso, SECOND } from '@millrace/core/runtime';
import { startStack } from '@millrace/local';
import { BilledRequests } from './billed-requests.ts';

export interface WritesResult {
  readonly bench: 'rules';
  readonly case: 'table writes';
  /** Of the sample streams. */
  readonly records: number;
  /** For a million such records: items written or deleted, and the units they are billed by. */
  readonly itemsPerMillion: number;
  readonly unitsPerMillion: number;
}

/** A process of its own: links are read once in a process. */
async function writes(): Promise<WritesResult> {
  const billed = new BilledRequests();
  const stack = await startStack({
    ports: { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 },
    registry: { workflows: [], triggers: [] },
    onLog: () => undefined,
  });
  try {
    Object.assign(process.env, stack.env);
    await billed.open();
    return await count(billed, stack.resources.bucket);
  } finally {
    billed.close();
    await stack.stop();
  }
}

async function count(billed: BilledRequests, bucket: string): Promise<WritesResult> {
  // these read Resource: after the environment
  const { applyRules, evaluateFile, tick } = await import('@millrace/core/rule');
  const { recordReceipt } = await import('@millrace/core/stream');
  const { StreamFileReceived } = await import('@millrace/core/event');
  const { rules } = await import('@millrace/pipeline/rules');
  const { streams } = await import('@millrace/pipeline/streams');
  const { layout, idleTimeout } = streams;
  await applyRules(rules);
  const s3 = new S3Client({});
  let [records, items, units, now] = [0, 0, 0, 0];
  const counted = async (work: () => Promise<unknown>) => {
    billed.reset();
    await work();
    items += billed.items;
    units += billed.count.write;
  };
  for (const { key, project, collection, interval, body, lines } of sampleFiles(layout)) {
    const { ETag = '' } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
    const receivedAt = interval + layout.intervalLength + 30 * SECOND;
    const event = StreamFileReceived.create(
      {
        ...{ bucket, key, size: body.length, etag: ETag.replaceAll('"', ''), project, collection },
        ...{
          interval: iso(interval),
          intervalLength: layout.intervalLength,
          receivedAt: iso(receivedAt),
          writtenBy: 'producer',
        },
      },
      { id: `evt_${key}`, version: 1, project, traceId: 'trc_bench', hop: 0, producedBy: 'ingest' },
    );
    await recordReceipt(event.properties);
    now = Math.max(now, receivedAt);
    await counted(() => evaluateFile(event, { layout, idleTimeout, now: () => now }));
    records += lines;
  }
  await counted(() => tick({ layout, idleTimeout, now: now + 2 * idleTimeout }));
  const perMillion = (n: number) => Math.round((n / records) * 1e6);
  return {
    bench: 'rules',
    case: 'table writes',
    records,
    itemsPerMillion: perMillion(items),
    unitsPerMillion: perMillion(units),
  };
}

process.stdout.write(`${JSON.stringify(await writes())}\n`);

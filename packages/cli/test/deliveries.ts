/**
 * One run of the whole stack over the samples, for the test that compares runs: `node deliveries.ts once|many FILE`.
 * `once` delivers each file once, in order. `many` delivers each five times, shuffled and at once, and when all is done
 * the same again. Writes an array to FILE: what is in the table and in the bucket, and what was posted, after each.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Stack, startStack } from '@millrace/local';
import type { SampleFile } from '../src/sample/index.ts';
import { seededRandom } from '../src/sample/random.ts';

/** Deliveries of a file in a run of many. */
const TIMES = 5;
const AT_ONCE = 12;
/** Puts under way or over, by key. */
const puts = new Map<string, Promise<void>>();
/** The time of the last tick: long after everything, and the same in each run. */
const LATER = Date.parse('2030-01-01T00:00:00.000Z');

export interface Outcome {
  /** Items of the table, as JSON, in order of key. */
  readonly items: readonly Record<string, unknown>[];
  /** Objects of the bucket: key → SHA-256 of the bytes, and metadata. */
  readonly objects: Readonly<Record<string, { sha256: string; metadata: Record<string, string> }>>;
  /** The payloads Slack got, as JSON, sorted. */
  readonly slack: readonly string[];
  /** The messages the topic sent, sorted. */
  readonly sns: readonly string[];
  readonly deadLetters: Readonly<Record<string, number>>;
}

const [mode, path] = process.argv.slice(2);
if (path === undefined || (mode !== 'once' && mode !== 'many')) throw new Error('node deliveries.ts once|many FILE');
const stack = await startStack({
  ports: { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 },
  onLog: () => undefined,
});
Object.assign(process.env, stack.env);
try {
  const { applyPipelineRules } = await import('../src/stage/rules.ts');
  const { loadSampleReferences } = await import('../src/stage/samples.ts');
  const { sampleFiles } = await import('../src/sample/index.ts');
  const { streams } = await import('@millrace/pipeline/streams');
  await applyPipelineRules();
  await loadSampleReferences();
  const files = sampleFiles(streams.layout);
  const deliveries =
    mode === 'once' ? [files] : [20260302, 20260303].map((seed) => shuffled(files.flatMap(repeated), seed));
  const outcomes: Outcome[] = [];
  for (const round of deliveries) {
    await deliver(round);
    await settle();
    outcomes.push(await outcome(stack));
  }
  await writeFile(path, JSON.stringify(outcomes));
} finally {
  await stack.stop();
}

function repeated(file: SampleFile): SampleFile[] {
  return new Array<SampleFile>(TIMES).fill(file);
}

/** Twice: what a tick leads to can be the next one's work. */
async function settle(): Promise<void> {
  await stack.idle();
  for (let tick = 0; tick < 2; tick++) {
    await stack.tick(LATER);
    await stack.idle();
  }
}

/** The first delivery of a file is its put; each further one is S3's event once more, straight to ingest's queue. */
async function deliver(deliveries: readonly SampleFile[]): Promise<void> {
  const { putObject } = await import('../src/stage/put.ts');
  const { contentOf } = await import('../src/stage/content.ts');
  const bucket = stack.resources.bucket;
  const sqs = new SQSClient({});
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'millrace-local-ingest' }));
  const waiting = deliveries.values();
  const worker = async () => {
    for (const { key, body, metadata } of waiting) {
      const put = puts.get(key);
      if (put === undefined) {
        const started = putObject({ bucket, key, metadata }, contentOf(body));
        puts.set(key, started);
        await started;
      } else {
        await put;
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(objectCreated(bucket, key)) }));
      }
    }
  };
  await Promise.all(Array.from({ length: mode === 'once' ? 1 : AT_ONCE }, worker));
}

function objectCreated(bucket: string, key: string) {
  return {
    source: 'aws.s3',
    'detail-type': 'Object Created',
    time: new Date().toISOString(),
    detail: { bucket: { name: bucket }, object: { key } },
  };
}

function shuffled<T>(list: readonly T[], seed: number): T[] {
  const random = seededRandom(seed);
  return list
    .map((one) => ({ one, order: random.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ one }) => one);
}

async function outcome({ resources, slack, notifications, deadLetters }: Stack): Promise<Outcome> {
  return {
    items: await scan(resources.table),
    objects: await readAll(resources.bucket),
    slack: slack.messages.map(({ payload }) => JSON.stringify(payload)).toSorted(),
    sns: notifications.map(({ Message }) => Message).toSorted(),
    deadLetters: deadLetters(),
  };
}

async function scan(TableName: string): Promise<Record<string, unknown>[]> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const items: Record<string, unknown>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ...(ExclusiveStartKey && { ExclusiveStartKey }) }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  const order = (item: Record<string, unknown>) => `${item.pk}\n${item.sk}`;
  return items.toSorted((a, b) => (order(a) < order(b) ? -1 : 1));
}

async function readAll(Bucket: string): Promise<Outcome['objects']> {
  const s3 = new S3Client({});
  const objects: Record<string, { sha256: string; metadata: Record<string, string> }> = {};
  for (let StartAfter: string | undefined = ''; StartAfter !== undefined; ) {
    const page: { Contents?: { Key?: string | undefined }[] | undefined; IsTruncated?: boolean | undefined } =
      await s3.send(new ListObjectsV2Command({ Bucket, StartAfter }));
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const { Metadata = {} } = await s3.send(new HeadObjectCommand({ Bucket, Key }));
      const bytes = await buffer(Body as NodeJS.ReadableStream); // in Node it is one
      objects[Key] = { sha256: createHash('sha256').update(bytes).digest('hex'), metadata: Metadata };
    }
    StartAfter = page.IsTruncated ? page.Contents?.at(-1)?.Key : undefined;
  }
  return objects;
}

/**
 * `alert`: from an object put to the Slack request it leads to, on the local stack with the queues' own settings. Each
 * file settles its own interval and so raises one alert; the next is put when Slack has been asked.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { iso, MINUTE, SECOND, systemClock } from '@millrace/core/runtime';
import { type Stack, startStack } from '@millrace/local';

const ALERTS = 200;
/** Not measured: functions start, rules are read. */
const WARM_UP = 5;
const PATIENCE = 60 * SECOND;
const INTERVAL = 5 * MINUTE;
const START = Date.parse('2026-03-02T00:00:00.000Z');

const rule = {
  id: 'bench',
  name: 'Something came',
  project: 'bench',
  source: { collections: ['things'] },
  partitionBy: ['thing'],
  window: { kind: 'tumbling', size: '5m' },
  signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } },
  severity: 'warning',
  notify: { routes: ['ops-slack'], sendResolved: false },
  template: 'thing {partition.thing}.',
};

export interface AlertResult {
  readonly bench: 'alert';
  readonly case: 'put-to-slack';
  readonly alerts: number;
  /** ms */
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export async function benchAlert(): Promise<AlertResult> {
  const waiting = new Map<string, () => void>();
  const stack = await startStack({
    ports: { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 },
    retryDelay: Number.POSITIVE_INFINITY, // as AWS
    onLog: () => undefined,
    onSlack: ({ payload }) => waiting.get(/thing (\d+)\./.exec(String(payload.text))?.[1] ?? '')?.(),
  });
  try {
    Object.assign(process.env, stack.env);
    const { applyRules, defineRules } = await import('@millrace/core/rule'); // reads Resource: after the environment
    await applyRules(defineRules([rule]));
    const times: number[] = [];
    await beginStream(stack);
    for (let n = 2; n < 2 + WARM_UP + ALERTS; n++) {
      const arrived = arrival(String(n), waiting);
      const start = performance.now();
      await put(stack.resources.bucket, n);
      await arrived;
      if (n >= 2 + WARM_UP) times.push(performance.now() - start);
    }
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN);
    return { bench: 'alert', case: 'put-to-slack', alerts: times.length, p50: at(0.5), p95: at(0.95), max: at(1) };
  } finally {
    await stack.stop();
  }
}

/**
 * A stream has no watermark while it is new, and one that is quiet is settled up to now. So time passes until the first
 * file is as old as it has to be, and the second is not.
 */
async function beginStream(stack: Stack): Promise<void> {
  const { streams } = await import('@millrace/pipeline/streams');
  await put(stack.resources.bucket, 0);
  const first = systemClock();
  await sleep(4 * SECOND); // S3 tells arrival in whole seconds
  await put(stack.resources.bucket, 1);
  await stack.idle();
  await stack.tick(first + streams.idleTimeout + SECOND);
  await stack.idle();
}

function arrival(thing: string, waiting: Map<string, () => void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no alert of thing ${thing} within ${PATIENCE} ms`)), PATIENCE);
    waiting.set(thing, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

let s3: S3Client | undefined;

async function put(Bucket: string, n: number): Promise<void> {
  s3 ??= new S3Client({});
  const timestamp = iso(START + n * INTERVAL);
  const keen = { id: String(n).padStart(24, '0'), created_at: timestamp, timestamp };
  const Body = gzipSync(`${JSON.stringify({ keen, thing: String(n) })}\n`);
  const Key = `bench/${timestamp}/things/bench-things-${timestamp}.json.gz`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body, Metadata: { collection: 'things', timestamp } }));
}

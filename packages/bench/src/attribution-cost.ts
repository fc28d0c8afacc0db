/**
 * Of `attribution`: what requests a day costs at a million and at a billion events, for each store of touches. Requests of
 * one interval are counted at two sizes on the local endpoints, and taken on in a straight line from there: what an
 * interval costs anyhow, and what each event adds. Writes a line of JSON for each case.
 */
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { iso, MINUTE } from '@millrace/core/runtime';
import { startStack } from '@millrace/local';
import { type Billed, BilledRequests } from './billed-requests.ts';

const INTERVAL = 5 * MINUTE;
const START = Date.parse('2026-03-02T09:00:00.000Z');
const INTERVALS_A_DAY = 288;
/** The lookback of 20 minutes, and the visits under way before it. */
const BEFORE = 10;
const PAGES_A_VISIT = 8;
/** Of events. */
const CONVERSIONS = 0.01;
const SIZES = [2000, 4000] as const;

/** Dollars; us-east-1, on demand, standard storage. https://aws.amazon.com/s3/pricing, /dynamodb/pricing, /eventbridge/pricing */
const PRICE: Billed = { get: 0.4e-6, put: 5e-6, read: 0.125e-6, write: 0.625e-6, event: 1e-6 };
const kinds = ['get', 'put', 'read', 'write', 'event'] as const;

export interface CostResult {
  readonly bench: 'attribution';
  readonly case: string;
  /** For a day. */
  readonly dollars: number;
  readonly requests: Readonly<Billed>;
}

/** A process of its own: links are read once in a process. */
async function* costs(): AsyncGenerator<CostResult> {
  const billed = new BilledRequests();
  const stack = await startStack({
    ports: { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 },
    registry: { workflows: [], triggers: [] },
    onLog: () => undefined,
  });
  try {
    Object.assign(process.env, stack.env);
    await billed.open();
    for (const via of ['s3', 'index'] as const) {
      const [small, large] = [await requests(billed, via, SIZES[0]), await requests(billed, via, SIZES[1])];
      for (const events of [1e6, 1e9]) {
        const count = aDay(small, large, events / INTERVALS_A_DAY);
        const dollars = kinds.reduce((sum, kind) => sum + count[kind] * PRICE[kind], 0);
        const name = `${via} ${events === 1e6 ? '1 M' : '1 B'} events a day`;
        yield { bench: 'attribution', case: name, dollars: Math.round(dollars * 1000) / 1000, requests: count };
      }
    }
  } finally {
    billed.close();
    await stack.stop();
  }
}

function aDay(small: Billed, large: Billed, events: number): Billed {
  const counts = kinds.map((kind) => {
    const each = (large[kind] - small[kind]) / (SIZES[1] - SIZES[0]);
    return [kind, Math.round(INTERVALS_A_DAY * Math.max(0, small[kind] + each * (events - SIZES[0])))] as const;
  });
  return Object.fromEntries(counts) as unknown as Billed; // one a kind
}

/** Requests of one interval of that many page views, whose lookback is there: its touches, then its conversions. */
async function requests(billed: BilledRequests, via: 's3' | 'index', events: number): Promise<Billed> {
  const { attributeFile, defineAttributions } = await import('@millrace/core/attribution'); // reads Resource: after the environment
  const { keen } = await import('@millrace/core/stream');
  const layout = keen();
  const project = `cost-${via}-${events}`;
  const attributions = defineAttributions([
    {
      ...{ name: 'cost', project, via, models: ['last', 'linear'] },
      conversions: { collection: 'purchases', visitor: 'visitor', value: 'total', currency: 'currency' },
      touches: { collections: ['pageviews'], visitor: 'visitor', url: 'url' },
    },
  ]);
  const deliver = async (collection: string, n: number, text: string) => {
    const placement = { project, collection, interval: START + n * INTERVAL };
    const event = await put({ ...placement, key: layout.key(placement), text });
    billed.reset();
    await attributeFile(event, { attributions, layout });
    return billed.count;
  };
  const view = (visitor: string) => ({ visitor, url: 'https://shop.example/?gclid=1' });
  for (let n = 0; n < BEFORE; n++) await deliver('pageviews', n, lines(events, n, view));
  const touches = await deliver('pageviews', BEFORE, lines(events, BEFORE, view));
  const sale = (visitor: string) => ({ visitor, total: '9.99', currency: 'EUR' });
  const sales = await deliver('purchases', BEFORE, lines(events * CONVERSIONS, BEFORE, sale));
  return Object.fromEntries(kinds.map((kind) => [kind, touches[kind] + sales[kind]])) as unknown as Billed; // one a kind
}

interface Put {
  readonly project: string;
  readonly collection: string;
  readonly interval: number;
  readonly key: string;
  readonly text: string;
}

/** The event that ingest would publish. */
async function put({ project, collection, interval, key, text }: Put) {
  const { StreamFileReceived } = await import('@millrace/core/event');
  const { streamsBucket } = await import('@millrace/core/resource');
  const bucket = streamsBucket();
  const Body = gzipSync(text);
  const { ETag = '' } = await new S3Client({}).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
  const time = iso(interval);
  return StreamFileReceived.create(
    {
      ...{ bucket, key, etag: ETag.replaceAll('"', ''), size: Body.length, project, collection, interval: time },
      ...{ intervalLength: INTERVAL, receivedAt: time, writtenBy: 'producer' },
    },
    { id: 'evt_bench', version: 1, project, traceId: 'trc_bench', hop: 0, producedBy: 'ingest' },
  );
}

function lines(count: number, interval: number, record: (visitor: string) => object): string {
  const line = (n: number) => {
    const timestamp = iso(START + interval * INTERVAL + Math.floor((n / count) * INTERVAL));
    const visitor = `v-${interval}-${Math.floor(n / PAGES_A_VISIT)}`;
    return JSON.stringify({ keen: { id: `${interval}-${n}`, timestamp }, ...record(visitor) });
  };
  return Array.from({ length: count }, (_, n) => line(n)).join('\n');
}

for await (const result of costs()) process.stdout.write(`${JSON.stringify(result)}\n`);

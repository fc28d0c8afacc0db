/**
 * For tests: the evaluator over real endpoints. Requests to table and bus go through a proxy, which remembers what was
 * published and can die between two writes, as a function does that is killed.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeEach } from 'vitest';
import { type EventOf, StreamFileReceived } from '../../event/index.ts';
import { iso, MINUTE, SECOND } from '../../runtime/index.ts';
import { streamsBucket } from '../../runtime/resource.ts';
import { type JsonObject, keen, recordReceipt } from '../../stream/index.ts';
import { deleteAll, table } from '../../table/index.ts';
import { evaluateFile, tick } from '../index.ts';
import { clock } from './rules.ts';

/** The one line to table and bus. */
export const line = {
  /** Writes that still go through. */
  left: Number.POSITIVE_INFINITY,
  /** Whether the bus is there. */
  bus: true,
  dead: false,
  /** Every event that reached the bus, in order. */
  published: [] as { type: string; id: string; detail: string }[],
  /** What queries of the table brought. */
  read: { items: 0, bytes: 0, entities: {} as Record<string, number> },
};

/** Mends the line. */
export function mend(): void {
  Object.assign(line, { left: Number.POSITIVE_INFINITY, bus: true, dead: false });
}

/**
 * Puts the proxy before table and bus, for the tests of a file: before each, it is whole and nothing is left in the table. Call
 * it before any client is made.
 */
export async function connect(): Promise<void> {
  process.env.AWS_MAX_ATTEMPTS = '1';
  const servers: Server[] = [];
  for (const name of ['AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_EVENTBRIDGE']) {
    const target = process.env[name] ?? process.env.AWS_ENDPOINT_URL ?? '';
    const server = createServer((from, to) => void forward(target, from, to).catch(() => to.destroy()));
    server.keepAliveTimeout = 0; // else it may close a connection just when it is used again
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    process.env[name] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  }
  beforeEach(async () => {
    mend();
    await clear();
  });
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
}

async function forward(target: string, from: IncomingMessage, to: ServerResponse): Promise<void> {
  const body = await buffer(from);
  const operation = String(from.headers['x-amz-target']);
  const publishes = operation.endsWith('PutEvents');
  if (/Put|Write|Update|Delete/.test(operation) && --line.left < 0) line.dead = true;
  if (line.dead || (publishes && !line.bus)) return void to.destroy();
  const { method, headers, url } = from;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(new URL(url ?? '/', target), { method, headers, agent: false }, resolve) // for the same reason
      .on('error', reject)
      .end(body);
  });
  if (publishes) remember(body);
  const said = await buffer(answer);
  if (operation.endsWith('.Query')) measure(said);
  to.writeHead(answer.statusCode ?? 500, answer.rawHeaders).end(said);
}

function measure(said: Buffer): void {
  const items: { __edb_e__?: { S: string } }[] = JSON.parse(said.toString()).Items ?? [];
  line.read.items += items.length;
  line.read.bytes += said.length;
  for (const { __edb_e__: { S: entity } = { S: '' } } of items)
    line.read.entities[entity] = (line.read.entities[entity] ?? 0) + 1;
}

function remember(body: Buffer): void {
  for (const { DetailType, Detail } of JSON.parse(body.toString()).Entries) {
    line.published.push({ type: DetailType, id: JSON.parse(Detail).metadata.id, detail: Detail });
  }
}

export const layout = keen();
export const idleTimeout = 10 * MINUTE;

/** A stream file: what it holds, and when it came. Times in ms. */
export interface TestFile {
  readonly project: string;
  readonly collection: string;
  readonly interval: number;
  readonly records: readonly JsonObject[];
  readonly receivedAt?: number;
}

export type FileEvent = EventOf<typeof StreamFileReceived>;

/** Puts a file into the bucket; the event that names it. By default it came half a minute after its interval. */
export async function put(file: TestFile): Promise<FileEvent> {
  const { project, collection, interval, records } = file;
  const Key = layout.key({ project, collection, interval });
  const Body = gzipSync(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const { ETag = '' } = await new S3Client({}).send(new PutObjectCommand({ Bucket: streamsBucket(), Key, Body }));
  const received = {
    bucket: streamsBucket(),
    key: Key,
    size: Body.length,
    etag: ETag.replaceAll('"', ''),
    project,
    collection,
    interval: iso(interval),
    intervalLength: layout.intervalLength,
    receivedAt: iso(file.receivedAt ?? interval + layout.intervalLength + 30 * SECOND),
    writtenBy: 'producer',
  };
  const metadata = {
    id: `evt_${Key}`,
    version: 1,
    project,
    traceId: `trc_${Key}`,
    hop: 0,
    producedBy: 'ingest',
  } as const;
  return StreamFileReceived.create(received, metadata);
}

/** What ingest does for rules. */
export const receive = (event: FileEvent) => recordReceipt(event.properties);

export const evaluate = (event: FileEvent, now: number) => evaluateFile(event, { layout, idleTimeout, now: () => now });

export const tickAt = (now: number) => tick({ layout, idleTimeout, now });

type Item = Record<string, unknown>;

/** Every item of the table whose entity is named, in order of key. */
export async function dump(...entities: string[]): Promise<Item[]> {
  const { client, table: TableName } = table();
  const items: Item[] = [];
  let from: Item | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName, ...(from ? { ExclusiveStartKey: from } : {}) }));
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  const wanted = items.filter((item) => entities.length === 0 || entities.includes(String(item.__edb_e__)));
  return wanted.sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
}

/** Forgets everything. */
export async function clear(): Promise<void> {
  const keys = (await dump()).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
  await deleteAll(keys, table());
  line.published.length = 0;
}

/** `raised machines-all * 09:20` for each event, each id once. */
export function announced(): string[] {
  const byId = new Map(
    line.published.map(({ id, type, detail }) => [id, { type, episode: JSON.parse(detail).properties }]),
  );
  return [...byId.values()]
    .map(({ type, episode }) => {
      const name = Object.values(episode.partition as Record<string, string>)[0] ?? '*';
      const when = clock(type === 'rule.alert_resolved' ? episode.resolvedAt : episode.startedAt);
      const note = episode.status === undefined ? '' : ` ${episode.status} ${episode.value}`;
      return `${type.slice('rule.alert_'.length)} ${episode.rule.id} ${name} ${when}${note}`;
    })
    .sort();
}

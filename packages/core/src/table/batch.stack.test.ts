import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  deleteAll,
  expiry,
  isConditionFailure,
  keyPart,
  keyPartType,
  primary,
  putAll,
  SERVICE,
  table,
} from './index.ts';

const Thing = new Entity({
  model: { entity: 'thing', version: '1', service: SERVICE },
  attributes: {
    owner: { type: keyPartType, required: true },
    name: { type: keyPartType, required: true },
    count: { type: 'number' },
    expiresAt: expiry,
  },
  indexes: { byOwner: { pk: { ...primary.pk, composite: ['owner'] }, sk: { ...primary.sk, composite: ['name'] } } },
});
const item = (name: string, count = 1) =>
  Thing.put({ owner: keyPart('o#1'), name: keyPart(name), count, expiresAt: 1 }).params<{
    Item: Record<string, unknown>;
  }>({
    table: 'any',
  }).Item;

describe('putAll and deleteAll', () => {
  it('write more than a batch holds, the last of two with one key winning, and delete it again', async () => {
    const items = Array.from({ length: 60 }, (_, n) => item(`n${n}`));
    await putAll([...items, item('n0', 2)], table());
    const { data } = await Thing.query.byOwner({ owner: keyPart('o#1') }).go({ ...table(), pages: 'all' });
    expect(data).toHaveLength(60);
    expect(data.find((thing) => thing.name === 'n0')?.count).toBe(2);

    await deleteAll(
      items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) })),
      table(),
    );
    const { client, table: TableName } = table();
    expect((await client.send(new ScanCommand({ TableName }))).Items).toEqual([]);
  });
});

/**
 * A throttled table: the endpoint behind a proxy that writes what `taken` leaves of each batch, and hands the rest back unprocessed.
 */
async function throttled(taken: (batch: number, size: number) => number) {
  const sizes: number[] = [];
  const target = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '';
  const server = createServer(async (from, to) => {
    const asked = JSON.parse((await buffer(from)).toString());
    const [[name, requests]] = Object.entries<unknown[]>(asked.RequestItems) as [[string, unknown[]]]; // of one table
    const count = taken(sizes.push(requests.length), requests.length);
    const { host: _, 'content-length': __, ...headers } = from.headers as Record<string, string>;
    if (count > 0) {
      const body = JSON.stringify({ ...asked, RequestItems: { [name]: requests.slice(0, count) } });
      const answer = await fetch(target, { method: 'POST', headers, body });
      if (!answer.ok) return void to.writeHead(answer.status).end(await answer.text());
    }
    const left = requests.slice(count);
    const UnprocessedItems = left.length === 0 ? {} : { [name]: left };
    to.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify({ UnprocessedItems }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  return { sizes, client: DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint })) };
}

describe('a table that is throttled', () => {
  const items = Array.from({ length: 30 }, (_, n) => item(`n${n}`));
  const keys = items.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
  const written = async () => (await table().client.send(new ScanCommand({ TableName: table().table }))).Items?.length;

  it('is asked again for what it did not process, and only for that', async () => {
    const { sizes, client } = await throttled((batch, size) => (batch % 2 === 1 ? Math.ceil(size / 3) : size));
    await putAll(items, { ...table(), client });
    expect(sizes).toEqual([25, 16, 5, 3]);
    expect(await written()).toBe(30);
    await deleteAll(keys, { ...table(), client });
    expect(await written()).toBe(0);
  });

  it('is given up after eight attempts, and how much is missing is said', async () => {
    const { sizes, client } = await throttled((batch) => (batch === 1 ? 10 : 0));
    await expect(putAll(items, { ...table(), client })).rejects.toThrow(
      /15 items were not written to .* after 8 attempts \(throttled\)/,
    );
    expect(sizes).toEqual([25, ...Array.from({ length: 7 }, () => 15)]);
    expect(await written()).toBe(10);
    await deleteAll(keys, table());
  });
});

describe('isConditionFailure', () => {
  it('knows a failed condition behind ElectroDB’s error', async () => {
    const key = { owner: keyPart('o'), name: keyPart('n') };
    await Thing.create({ ...key, expiresAt: 1 }).go(table());
    const refused = await Thing.create({ ...key, expiresAt: 2 })
      .go(table())
      .catch((caught) => caught);
    expect(isConditionFailure(refused)).toBe(true);
  });

  it('does not take another failure for one', async () => {
    const { client } = table();
    const missing = await client
      .send(new GetCommand({ TableName: 'absent', Key: { pk: 'a', sk: 'b' } }))
      .catch((e) => e);
    expect(missing).toBeInstanceOf(Error);
    expect(isConditionFailure(missing)).toBe(false);
  });
});

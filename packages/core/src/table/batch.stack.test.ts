import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Entity } from 'electrodb';
import { describe, expect, it } from 'vitest';
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

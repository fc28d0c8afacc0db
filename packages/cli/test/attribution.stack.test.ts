/**
 * `millrace attribution report` as people run it, over the sample shop in the bucket of a running stack.
 */

import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { JsonObject } from '@millrace/core/stream';
import { keen } from '@millrace/core/stream';
import { type Stack, startStack } from '@millrace/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shopFiles, shopRecords } from '../src/sample/shop.ts';
import { run } from './command.ts';

const PORTS = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
/** On a machine that is busy with other tests. */
const PATIENCE = 120_000;
const MODELS = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay', 'markov', 'shapley'];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: PORTS, registry: { workflows: [], triggers: [] }, onLog: () => undefined });
  Object.assign(process.env, stack.env);
  for (const { key, body, metadata } of shopFiles(keen())) await put(key, body, metadata);
}, PATIENCE);
afterAll(async () => await stack.stop());

async function put(Key: string, Body: Buffer, Metadata: Record<string, string> = {}): Promise<void> {
  await new S3Client({}).send(new PutObjectCommand({ Bucket: stack.resources.bucket, Key, Body, Metadata }));
}

const report = (...args: string[]) =>
  run([
    ...['attribution', 'report', '--from', '2026-03-02', '--to', '2026-03-03', '--endpoint', stack.control],
    ...args,
  ]);

/** What the shop writes into `order.total`; 0 where the checkout said none. */
const total = ({ order }: JsonObject) => cents((order as { total?: string }).total ?? '0'); // as shop.ts writes it
const cents = (decimal: string) => Math.round(Number(decimal) * 100);
const sold = shopRecords().purchases.flatMap(({ value }) => (total(value) === 0 ? [] : [value]));
const worth = sold.reduce((sum, value) => sum + total(value), 0);
const each = (value: number) => Object.fromEntries(MODELS.map((model) => [model, value]));

/** The sums of a CSV, in cents, by model. */
async function worthByModel(...args: string[]): Promise<Record<string, number>> {
  const { code, stdout } = await report('--csv', ...args);
  expect(code).toBe(0);
  const [header, ...lines] = stdout.trimEnd().split('\r\n');
  expect(header).toBe('model,channel,currency,value');
  const sums = new Map<string, number>();
  for (const line of lines) {
    const [model = '', , currency, value = ''] = line.split(',');
    expect(currency).toBe('EUR');
    sums.set(model, (sums.get(model) ?? 0) + cents(value));
  }
  return Object.fromEntries(sums);
}

test(
  'each model adds up to what the shop sold, and to so much less once money went back',
  async () => {
    const before = ['--refunds-until', '2026-03-03'];
    const after = ['--refunds-until', '2026-03-05'];
    expect(await worthByModel(...after)).toEqual(each(worth));
    const [first = {}] = sold;
    const { id } = first.keen as { id: string }; // as shop.ts writes it
    const refund = {
      keen: { id: 'r-1', timestamp: '2026-03-04T08:00:00Z' },
      purchase: id,
      amount: '0.01',
      currency: 'EUR',
    };
    const interval = Date.parse('2026-03-04T08:00:00Z');
    await put(keen().key({ project: 'shop', collection: 'refunds', interval }), Buffer.from(JSON.stringify(refund)));
    expect(await worthByModel(...after)).toEqual(each(worth - 1));
    expect(await worthByModel(...before)).toEqual(each(worth));
  },
  PATIENCE,
);

test(
  'a table for people',
  async () => {
    const { code, stdout, stderr } = await report('--refunds-until', '2026-03-03');
    expect(code).toBe(0);
    expect(stderr).toMatch(/[\d,]+ journeys read from \d+ files/);
    expect(stdout).toMatch(
      new RegExp(`^${sold.length} conversions in [\\d,]+ journeys\n\nEUR\n  channel +${MODELS.join(' +')}\n`),
    );
    expect(stdout).toMatch(new RegExp(`\n  total +${MODELS.map(() => (worth / 100).toFixed(2)).join(' +')}\n`));
    expect(stdout).toMatch(/Lost without a channel, of the [\d.]+ % of journeys that convert\n {2}\w+ +[\d.]+ %/);
  },
  PATIENCE,
);

test(
  'says what it does not understand',
  async () => {
    expect(await report('--refunds-until', 'noon')).toMatchObject({ code: 2 });
    expect(await report('--name', 'other')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('shop purchases'),
    });
  },
  PATIENCE,
);

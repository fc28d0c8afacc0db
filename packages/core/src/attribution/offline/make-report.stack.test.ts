/**
 * The offline report over files in a bucket.
 */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeEach, describe, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { pattern } from '../../stream/index.ts';
import { reset } from '../test/left-behind.ts';
import {
  at,
  declare,
  file,
  layout,
  MINUTE,
  peopleAndRefunds,
  purchase,
  put,
  refund,
  START,
  s3,
  signup,
  view,
} from '../test/shop.ts';
import { makeReport } from './make-report.ts';

beforeEach(reset);

const attribution = declare(peopleAndRefunds);

it('shares what a range was worth by each model, by removal effect and by Shapley value', async () => {
  const email = '?utm_medium=email';
  for (const one of [
    file('pageviews', 0, [view('1', 1, 'a'), view('2', 1, 'b', email), view('3', 1, 'c', email), 'broken']),
    file('pageviews', 5, [view('4', 6, 'a2', email), view('5', 6, 'd'), view('6', 6, 'e')]),
    file('signups', 5, [signup(1, 'a', 'u'), signup(1, 'a2', 'u')]),
    file('purchases', 5, [purchase('c0', 7, 'e', '5.00'), purchase('c3', 9, 'f', '0.10')]),
    file('purchases', 10, [purchase('c1', 11, 'a2', '10.00'), purchase('c2', 11, 'b', '20.00')]),
  ])
    await put(one);
  const seen: number[] = [];
  const { rows, ...counts } = await makeReport({
    ...{ attribution, layout, bucket: streamsBucket(), from: START, to: START + 15 * MINUTE },
    onProgress: ({ files, of }) => seen.push(files / of),
  });
  const of = (model: string) =>
    Object.fromEntries(rows.filter((row) => row.model === model).map(({ channel, value }) => [channel, Number(value)]));
  // a: search, then e-mail on another device → 10.00; b: e-mail → 20.00; e: search → 5.00; f: nothing → 0.10;
  // c came by e-mail and d by search, and went
  expect(of('last')).toEqual({ email: 3000, organic_search: 500, unattributed: 10 });
  expect(of('linear')).toEqual({ email: 2500, organic_search: 1000, unattributed: 10 });
  expect(of('shapley')).toEqual({ email: 2500, organic_search: 1000, unattributed: 10 });
  // start → search 3/5, e-mail 2/5; search → e-mail 1/3, sold 1/3, gone 1/3; e-mail → sold 2/3, gone 1/3: sold 3/5
  expect(counts.conversionProbability).toBeCloseTo(0.6, 12);
  expect(Object.fromEntries(counts.removalEffects)).toEqual({
    organic_search: expect.closeTo(1 - ((2 / 5) * (2 / 3)) / 0.6, 12),
    email: expect.closeTo(1 - ((3 / 5) * (1 / 3)) / 0.6, 12),
  });
  expect(of('markov')).toEqual({ email: 1909, organic_search: 1591, unattributed: 10 });
  expect(counts).toMatchObject({ conversions: 4, journeys: 6, files: 5 });
  expect(seen).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
});

describe('refunds', () => {
  const range = { from: START, to: START + 15 * MINUTE };
  const totals = async (until?: number) => {
    const options = { attribution, layout, bucket: streamsBucket(), ...range };
    const { rows } = await makeReport(until === undefined ? options : { ...options, refundsUntil: until });
    const sums = new Map<string, number>();
    for (const { model, value } of rows) sums.set(model, (sums.get(model) ?? 0) + Number(value));
    return Object.fromEntries(sums);
  };
  const all = (value: number) => ({ last: value, linear: value, markov: value, shapley: value });

  it('are taken off, once, also those that came after the range and before what is asked', async () => {
    for (const one of [
      file('pageviews', 0, [view('1', 1, 'a'), view('2', 1, 'b', '?utm_medium=email')]),
      file('purchases', 5, [purchase('c1', 7, 'a', '10.00'), purchase('c2', 9, 'b', '20.00')]),
      file('refunds', 10, [refund('r1', 'c1', '1.00'), refund('r1', 'c1', '1.00'), refund('r2', 'c2', '9.00', 'USD')]),
      file('refunds', 40, [refund('r1', 'c1', '1.00'), refund('r3', 'c2', '20.00'), refund('r4', 'c2', '-1.00')]),
    ])
      await put(one);
    expect(await totals()).toEqual(all(2900));
    expect(await totals(START + 40 * MINUTE)).toEqual(all(2900));
    expect(await totals(START + 41 * MINUTE)).toEqual(all(900));
  });
});

it('reads files where any of the declared layouts says they lie, several an interval', async () => {
  const source = { prefix: 'clicks/', layout: pattern('clicks/{project}/{collection}/{interval}/…', { idPath: 'n' }) };
  const page = (n: string, visitor: string, query: string) =>
    JSON.stringify({ n, timestamp: at(1), visitor: { id: visitor }, page: { url: `https://shop.example/${query}` } });
  for (const [name, Body] of [
    ['a', page('1', 'a', '?utm_medium=email')],
    ['b', page('2', 'b', '?gclid=1')],
  ] as const)
    await s3.send(
      new PutObjectCommand({
        ...{ Bucket: streamsBucket(), Key: `clicks/shop/pageviews/${at(0)}/${name}.ndjson`, Body },
      }),
    );
  await put(file('purchases', 5, [purchase('c1', 7, 'a', '10.00'), purchase('c2', 9, 'b', '20.00')]));
  const { rows, files } = await makeReport({
    ...{ attribution, layout, sources: [source], bucket: streamsBucket(), from: START, to: START + 15 * MINUTE },
  });
  expect(files).toBe(3);
  expect(rows.filter(({ model }) => model === 'last')).toEqual([
    { model: 'last', channel: 'email', currency: 'EUR', value: 1000n },
    { model: 'last', channel: 'paid_search', currency: 'EUR', value: 2000n },
  ]);
});

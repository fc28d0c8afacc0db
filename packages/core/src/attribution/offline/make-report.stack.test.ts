/**
 * The offline report over files in a bucket.
 */
import { beforeEach, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { defineAttributions } from '../definition.ts';
import { file, layout, MINUTE, purchase, put, reset, START, view } from '../shop.fixture.ts';
import { makeReport } from './make-report.ts';

beforeEach(reset);

const [attribution] = defineAttributions([
  {
    name: 'purchases',
    project: 'shop',
    conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
    touches: { collections: ['pageviews'], visitor: 'visitor.id' },
    models: ['last', 'linear'],
    aliases: [{ collection: 'signups', anonymous: 'visitor.id', user: 'user.id' }],
  },
]);
if (attribution === undefined) throw new Error('declared above');

it('shares what a range was worth by each model, by removal effect and by Shapley value', async () => {
  const email = '?utm_medium=email';
  const signup = (visitor: string) => ({ ...view('s', 1, visitor), user: { id: 'u' } });
  for (const one of [
    file('pageviews', 0, [view('1', 1, 'a'), view('2', 1, 'b', email), view('3', 1, 'c', email), 'broken']),
    file('pageviews', 5, [view('4', 6, 'a2', email), view('5', 6, 'd'), view('6', 6, 'e')]),
    file('signups', 5, [signup('a'), signup('a2')]),
    file('purchases', 5, [purchase('c0', 7, 'e', '5.00'), purchase('c3', 9, 'f', '0.10')]),
    file('purchases', 10, [purchase('c1', 11, 'a2', '10.00'), purchase('c2', 11, 'b', '20.00')]),
  ])
    await put(one);
  const seen: number[] = [];
  const { rows, ...counts } = await makeReport({
    ...{ attribution, layout, bucket: streamsBucket(), from: START, to: START + 15 * MINUTE },
    onProgress: ({ intervals, of }) => seen.push(intervals / of),
  });
  const of = (model: string) =>
    Object.fromEntries(rows.filter((row) => row.model === model).map(({ channel, value }) => [channel, value]));
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
  expect(counts).toMatchObject({ conversions: 4, journeys: 6 });
  expect(seen.at(-1)).toBe(1);
});

/**
 * What comes late revises what was said: touches, aliases, refunds. What is left behind is the same in whatever order all
 * of it comes, and wherever a run was cut off.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leftBehind, reset, rows } from '../test/left-behind.ts';
import { hold, killAnywhere, openLine } from '../test/line.ts';
import {
  at,
  attributor,
  file,
  overwrite,
  peopleAndRefunds,
  purchase,
  put,
  refund,
  signup,
  view,
} from '../test/shop.ts';

const line = await openLine();
const { run, deliver } = attributor({
  touches: { collections: ['pageviews', 'ads'], views: ['ads'], visitor: 'visitor.id', campaign: 'ad' },
  lookback: { click: '25m', view: '10m' },
  via: 'index',
  models: ['last', 'position'],
  ...peopleAndRefunds,
});

const ad = (id: string, minutes: number, visitor: string) => ({
  ...{ keen: { id, timestamp: at(minutes) }, visitor: { id: visitor }, ad: 'billboard' },
});

const early = file('pageviews', 0, [view('t1', 1, 'phone', '?gclid=1'), view('t2', 2, 'v2')]);
const ads = file('ads', 10, [ad('a1', 11, 'v1'), ad('a2', 13, 'v1')]);
const touches = file('pageviews', 15, [view('t3', 16, 'v1'), view('t4', 17, 'v1', '?utm_medium=email')]);
const conversions = file('purchases', 20, [purchase('c1', 22, 'v1', '50.00'), purchase('c2', 23, 'v2', '9.99')]);
/** A touch of minute 18 that reached the stream ten minutes later. */
const late = file('pageviews', 25, [view('t5', 18, 'v1', '?msclkid=1'), view('t6', 26, 'v1')]);
const phone = file('signups', 5, [signup(6, 'phone', 'u1')]);
const browser = file('signups', 40, [signup(41, 'v1', 'u1')]);
const refunds = file('refunds', 60, [
  ...[refund('r1', 'c1', '20.00'), refund('r1', 'c1', '20.00'), refund('r2', 'c1', '0.01')],
  ...[refund('r3', 'c2', '1.00', 'USD'), refund('r4', 'c2', '-1.00'), refund('r5', 'unknown', '1.00')],
]);
const all = [early, ads, touches, conversions, late, phone, browser, refunds];

/** `[touch, share]` of c1 by position, and what stands beside. */
async function c1() {
  const row = (await rows(20))?.find(({ conversion, model }) => conversion.id === 'c1' && model.name === 'position');
  const credits = row?.credits.map(({ touch, share }: { touch: string; share: number }) => [touch, share]);
  return { credits, revision: row?.revision, conversion: row?.conversion, unattributed: row?.unattributed };
}

describe('what comes late', () => {
  const before = async () => {
    await deliver(early, ads, touches, conversions);
    const row = await c1();
    // a1 is 11 minutes before, and a view counts for ten; t3 opens the visit, t4 comes by a campaign
    expect(row.credits).toEqual([
      ['a2', 2000],
      ['t3', 1000],
      ['t4', 2000],
    ]);
    return row.revision;
  };

  it('a touch in a later file revises the conversions after it', async () => {
    const revision = await before();
    await deliver(late);
    const row = await c1();
    expect(row.credits).toEqual([
      ['a2', 2000],
      ['t3', 500],
      ['t4', 500],
      ['t5', 2000],
    ]);
    expect(row.revision).toBe(revision + 1);
  });

  it('an alias brings the touches of two devices together', async () => {
    await deliver(phone);
    const revision = await before();
    await deliver(browser);
    const row = await c1();
    expect(row.credits.map(([touch]: [string]) => touch)).toEqual(['t1', 'a2', 't3', 't4']);
    expect(row.revision).toBe(revision + 2); // both say something of the visitor now
  });

  it('a refund takes its part back from each touch, once', async () => {
    const revision = await before();
    await deliver(refunds);
    await deliver(refunds);
    expect(await c1()).toEqual({
      credits: [
        ['a2', 1200],
        ['t3', 600],
        ['t4', 1199],
      ],
      revision: revision + 1,
      conversion: { id: 'c1', time: at(22), visitor: 'v1', value: 2999, currency: 'EUR', refunded: 2001 },
      unattributed: 0,
    });
  });

  it('a refund is of the earliest of several conversions of one name, wherever they stand in the file', async () => {
    await deliver(
      file('purchases', 20, [purchase('c1', 23, 'v1', '50.00'), purchase('c1', 22, 'v1', '40.00')]),
      refunds,
    );
    expect((await rows(20))?.map(({ conversion }) => [conversion.time, conversion.value])).toEqual([
      [at(22), 1999],
      [at(22), 1999],
      [at(23), 5000],
      [at(23), 5000],
    ]);
  });

  it('a newer version of a touch file takes back what the older said', async () => {
    const revision = await before();
    await deliver(file('pageviews', 15, [view('t3', 16, 'v1')]));
    const row = await c1();
    expect(row.credits.map(([touch]: [string]) => touch)).toEqual(['a2', 't3']);
    expect(row.revision).toBe(revision + 1);
  });
});

describe('a file of aliases or refunds that is overwritten', () => {
  const others = [early, touches, conversions, late];
  const fewer = [
    ['aliases', browser, file('signups', 40, [signup(41, 'v9', 'u1')])],
    ['aliases, by none', browser, file('signups', 40, [])],
    ['refunds', refunds, file('refunds', 60, [refund('r2', 'c1', '0.01')])],
    ['refunds, by none', refunds, file('refunds', 60, [])],
  ] as const;
  /** What stays of rows whatever was said before. */
  const said = async () => (await rows(20))?.map(({ revision: _, ...row }) => row);

  it.each(fewer)('takes back what it said before: %s', async (_, before, after) => {
    await deliver(...others, phone, after);
    const expected = await said();
    await reset();
    await deliver(...others, phone, before);
    expect(await said()).not.toEqual(expected);
    const { revision } = await c1();
    const older = await put(before);
    const newer = await overwrite(after);
    await run(newer);
    expect(await said()).toEqual(expected);
    expect((await c1()).revision).toBe(revision + 1);
    const left = await leftBehind();
    for (const event of [older, newer, newer]) await run(event);
    expect(await leftBehind()).toEqual(left);
  });

  it('wherever the run is cut off', async () => {
    const [, before, after] = fewer[0];
    const prepare = async () => {
      await deliver(conversions, before);
      return await overwrite(after);
    };
    await killAnywhere(line, prepare, run);
  });

  it('counts in its newest version, also where the older one is still at work on what it read', async () => {
    for (const one of [...others, file('refunds', 60, [refund('r2', 'c1', '0.01')])]) await deliver(one);
    const expected = await said();
    await reset();
    await deliver(...others);
    const older = await put(refunds);
    const resume = hold(line, /BatchWriteItem/, 1);
    const slow = run(older); // has read the file
    await resume.reached;
    await run(await overwrite(file('refunds', 60, [refund('r2', 'c1', '0.01')])));
    resume();
    await slow;
    expect(await said()).toEqual(expected);
  });
});

it('what is said while a slow run is at work is not lost, though that writes last', async () => {
  await deliver(touches);
  const resume = hold(line, /UpdateItem/, 2); // it has asked for refunds, and found none
  const slow = deliver(conversions);
  await resume.reached;
  await deliver(refunds);
  expect((await c1()).conversion).toMatchObject({ value: 2999 });
  resume();
  await slow;
  expect((await c1()).conversion).toMatchObject({ value: 2999 });
});

describe('whatever the order', () => {
  it('five deliveries of each file, shuffled, leave the same as one', async () => {
    await deliver(...all);
    const expected = await leftBehind();
    expect((await c1()).credits).toHaveLength(5);
    const deliveries = all.flatMap((one) => Array.from({ length: 5 }, () => one));
    const anyOrder = fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
    await fc.assert(
      fc.asyncProperty(anyOrder, async (order) => {
        await reset();
        for (let next = 0; next < order.length; next += 4)
          await Promise.all(order.slice(next, next + 4).map((one) => deliver(one)));
        expect(await leftBehind()).toEqual(expected);
      }),
      { numRuns: 2, endOnFailure: true },
    );
  });

  it.each([
    ['conversions', conversions],
    ['touches', touches],
    ['a late touch', late],
    ['an alias', browser],
    ['a refund', refunds],
  ])('%s cut off at any write and delivered again leave the same', async (_, last) => {
    const others = [touches, conversions, phone].filter((one) => one !== last);
    const prepare = async () => {
      await deliver(...others);
      return await put(last);
    };
    await killAnywhere(line, prepare, run);
  });
});

/**
 * A file of touches that is overwritten: what an earlier version said is gone from the index, and keeps no real touch from
 * being read, whatever order versions are worked in and wherever a run was cut off.
 */
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { SeverableLine } from '../../stream/test/index.ts';
import { defineAttributions } from '../definition/definition.ts';
import { attributeFile } from '../run/attribute-file.ts';
import { hold } from '../test/hold.ts';
import { at, file, items, layout, leftBehind, purchase, put, reset, rows, type TestFile, view } from '../test/shop.ts';

const line = new SeverableLine();
await line.open();
afterAll(() => line.close());
beforeEach(async () => {
  line.mend();
  line.before = () => undefined;
  await reset();
});

const attributions = defineAttributions([
  {
    name: 'purchases',
    project: 'shop',
    conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
    touches: { collections: ['pageviews'], visitor: 'visitor.id' },
    lookback: { click: '30d' },
    via: 'index',
    models: ['linear'],
    ownDomains: ['shop.example'],
  },
]);
type Event = Awaited<ReturnType<typeof put>>;
const run = (event: Event) => attributeFile(event, { attributions, layout });
const deliver = async (one: TestFile) => await run(await put(one));
/** Puts a file over one that is there, so many hours later. */
const overwrite = async (one: TestFile, hours = 3): Promise<Event> => {
  const event = await put(one);
  return { ...event, properties: { ...event.properties, receivedAt: at(hours * 60) } };
};

const HOUR = 60;
/** Touches of an hour each, from the first to the last of them, so many hours before the conversion. */
const hourly = (from: number, to: number) =>
  Array.from({ length: from - to }, (_, n) => view(`h${from - n}`, (n - from) * HOUR, 'v', `?gclid=${n}`));
const credited = async (minute = 20) =>
  (await rows(minute))?.flatMap(({ credits }) => credits.map(({ touch }: { touch: string }) => touch));
/** What the index holds: hour and version of each item. */
const indexed = async () =>
  (await items()).filter(({ __edb_e__ }) => __edb_e__ === 'touch').map(({ hour, etag }) => [hour, etag]);

const real = file('pageviews', -60, [view('first', -480 * HOUR, 'v'), view('second', -470 * HOUR, 'v', '?gclid=1')]);
/** More items of one visitor than a lookback reads, all later than the real ones. */
const crowd = file('pageviews', 0, hourly(460, 10));
const few = file('pageviews', 0, [view('kept', 1, 'v', '?utm_medium=email')]);
const conversions = file('purchases', 20, [purchase('c1', 22, 'v', '30.00')]);

describe('an earlier version', () => {
  it('keeps no real touch from being read', async () => {
    for (const one of [real, crowd]) await deliver(one);
    await run(await overwrite(few));
    await deliver(conversions);
    expect(await credited()).toEqual(['first', 'second', 'kept']);
  });

  it('leaves nothing in the index', async () => {
    for (const one of [real, few]) await deliver(one);
    const expected = await indexed();
    await reset();
    for (const one of [real, crowd]) await deliver(one);
    await run(await overwrite(few));
    expect(await indexed()).toEqual(expected);
  });

  it('keeps none from being read, though its slow run writes after the newer one and dies', async () => {
    for (const one of [real, conversions]) await deliver(one);
    const older = await put(crowd);
    const resume = hold(line, /BatchWriteItem/, 3); // it has read the file, and written what it says in part
    const slow = run(older);
    await resume.reached;
    await run(await overwrite(few));
    line.cutAfter(17);
    resume();
    await expect(slow).rejects.toThrow();
    line.mend();
    await run(older); // superseded by now
    expect((await indexed()).length).toBeGreaterThan(400);
    await deliver(conversions);
    expect(await credited()).toEqual(['first', 'second', 'kept']);
  });

  it('that is still at work when the newer one is done takes away what it writes', async () => {
    for (const one of [real, few, conversions]) await deliver(one);
    const expected = await indexed();
    await reset();
    for (const one of [real, conversions]) await deliver(one);
    const older = await put(crowd);
    const resume = hold(line, /BatchWriteItem/, 1);
    const slow = run(older);
    await resume.reached;
    await run(await overwrite(few));
    resume();
    await slow;
    expect(await indexed()).toEqual(expected);
    expect(await credited()).toEqual(['first', 'second', 'kept']);
  });
});

describe('a touch that came late and is taken back', () => {
  const early = file('pageviews', 15, [view('t1', 16, 'v')]);
  const late = file('pageviews', 25, [view('t2', 18, 'v', '?gclid=1'), view('t3', 26, 'v')]);
  const without = file('pageviews', 25, [view('t3', 26, 'v')]);

  it('makes the rows it bore upon anew', async () => {
    for (const one of [early, conversions, late]) await deliver(one);
    expect(await credited()).toEqual(['t1', 't2']);
    await run(await overwrite(without));
    expect(await credited()).toEqual(['t1']);
  });

  it('wherever the run is cut off', async () => {
    const prepare = async () => {
      await reset();
      for (const one of [early, conversions, late]) await deliver(one);
      return await overwrite(without);
    };
    await run(await prepare());
    const expected = await leftBehind();
    let cuts = 0;
    for (let whole = false; !whole; cuts++) {
      const event = await prepare();
      line.cutAfter(cuts, cuts % 2 === 1);
      whole = await run(event).then(
        () => true,
        () => false,
      );
      line.mend();
      await run(event);
      expect(await leftBehind()).toEqual(expected);
    }
    expect(cuts).toBeGreaterThan(5);
  });
});

it('three versions, each delivered five times, in any order and at once, leave what the last one says', async () => {
  const versions = [file('pageviews', 0, hourly(40, 10)), file('pageviews', 0, hourly(30, 5)), few];
  for (const one of [real, few, conversions]) await deliver(one);
  const expected = { credits: await credited(), index: await indexed() };
  const deliveries = versions.flatMap((_, n) => Array.from({ length: 5 }, () => n));
  const anyOrder = fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
  await fc.assert(
    fc.asyncProperty(anyOrder, async (order) => {
      await reset();
      for (const one of [real, conversions]) await deliver(one);
      const events: Event[] = [];
      for (const [hours, one] of versions.entries()) events.push(await overwrite(one, hours + 3));
      const first = [...versions.keys()].map((n) => overwrite(versions[n] as TestFile, n + 3).then(run)); // while it is read
      await Promise.all(first);
      await overwrite(few, 5);
      for (let next = 0; next < order.length; next += 4)
        await Promise.all(order.slice(next, next + 4).map((n) => run(events[n] as Event)));
      expect({ credits: await credited(), index: await indexed() }).toEqual(expected);
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

/**
 * A file of touches that is overwritten: what an earlier version said is gone from the index, and keeps no real touch from
 * being read, whatever order versions are worked in and wherever a run was cut off.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credited, items, reset } from '../test/left-behind.ts';
import { hold, killAnywhere, openLine } from '../test/line.ts';
import { attributor, file, overwrite, purchase, put, type TestFile, view } from '../test/shop.ts';
import type { FileEvent } from './side-file.ts';

const line = await openLine();
const { run, deliver } = attributor({ lookback: { click: '30d' }, via: 'index', models: ['linear'] });

const HOUR = 60;
/** Touches of an hour each, from the first to the last of them, so many hours before the conversion. */
const hourly = (from: number, to: number) =>
  Array.from({ length: from - to }, (_, n) => view(`h${from - n}`, (n - from) * HOUR, 'v', `?gclid=${n}`));
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
    await deliver(real, crowd);
    await run(await overwrite(few));
    await deliver(conversions);
    expect(await credited(20)).toEqual([['first', 'second', 'kept']]);
  });

  it('leaves nothing in the index', async () => {
    await deliver(real, few);
    const expected = await indexed();
    await reset();
    await deliver(real, crowd);
    await run(await overwrite(few));
    expect(await indexed()).toEqual(expected);
  });

  it('keeps none from being read, though its slow run writes after the newer one and dies', async () => {
    await deliver(real, conversions);
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
    expect(await credited(20)).toEqual([['first', 'second', 'kept']]);
  });

  it('that is put again while the newer one’s run is still at work counts again, and is not deleted', async () => {
    await deliver(real, few, conversions);
    const expected = await indexed();
    const newer = await overwrite(crowd);
    const resume = hold(line, /PutItem/, 1); // it counts, and knows what the older one said
    const slow = run(newer);
    await resume.reached;
    await run(await overwrite(few, 4));
    resume();
    await slow;
    expect(await indexed()).toEqual(expected);
    await deliver(conversions);
    expect(await credited(20)).toEqual([['first', 'second', 'kept']]);
  });

  it('that is still at work when the newer one is done takes away what it writes', async () => {
    await deliver(real, few, conversions);
    const expected = await indexed();
    await reset();
    await deliver(real, conversions);
    const older = await put(crowd);
    const resume = hold(line, /BatchWriteItem/, 1);
    const slow = run(older);
    await resume.reached;
    await run(await overwrite(few));
    resume();
    await slow;
    expect(await indexed()).toEqual(expected);
    expect(await credited(20)).toEqual([['first', 'second', 'kept']]);
  });
});

describe('a touch that came late and is taken back', () => {
  const early = file('pageviews', 15, [view('t1', 16, 'v')]);
  const late = file('pageviews', 25, [view('t2', 18, 'v', '?gclid=1'), view('t3', 26, 'v')]);
  const without = file('pageviews', 25, [view('t3', 26, 'v')]);

  it('makes the rows it bore upon anew', async () => {
    await deliver(early, conversions, late);
    expect(await credited(20)).toEqual([['t1', 't2']]);
    await run(await overwrite(without));
    expect(await credited(20)).toEqual([['t1']]);
  });

  it('wherever the run is cut off', async () => {
    const prepare = async () => {
      await deliver(early, conversions, late);
      return await overwrite(without);
    };
    await killAnywhere(line, prepare, run);
  });
});

it('three versions, each delivered five times, in any order and at once, leave what the last one says', async () => {
  const versions = [file('pageviews', 0, hourly(40, 10)), file('pageviews', 0, hourly(30, 5)), few];
  await deliver(real, few, conversions);
  const expected = { credits: await credited(20), index: await indexed() };
  const deliveries = versions.flatMap((_, n) => Array.from({ length: 5 }, () => n));
  const anyOrder = fc.shuffledSubarray(deliveries, { minLength: deliveries.length });
  await fc.assert(
    fc.asyncProperty(anyOrder, async (order) => {
      await reset();
      await deliver(real, conversions);
      const events: FileEvent[] = [];
      for (const [hours, one] of versions.entries()) events.push(await overwrite(one, hours + 3));
      const first = [...versions.keys()].map((n) => overwrite(versions[n] as TestFile, n + 3).then(run)); // while it is read
      await Promise.all(first);
      await overwrite(few, 5);
      for (let next = 0; next < order.length; next += 4)
        await Promise.all(order.slice(next, next + 4).map((n) => run(events[n] as FileEvent)));
      expect({ credits: await credited(20), index: await indexed() }).toEqual(expected);
    }),
    { numRuns: 3, endOnFailure: true },
  );
});

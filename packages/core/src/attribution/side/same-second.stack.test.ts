/**
 * Two versions of a file within one second, which is all that S3's times tell: the one that S3 holds counts, whichever run
 * is the last, and wherever either was cut off.
 */
import { describe, expect, it } from 'vitest';
import { credited, items, reset, rows } from '../test/left-behind.ts';
import { hold, openLine } from '../test/line.ts';
import {
  attributor,
  file,
  peopleAndRefunds,
  purchase,
  put,
  refund,
  signup,
  type TestFile,
  view,
} from '../test/shop.ts';

const line = await openLine();
const { run, deliver } = attributor({ via: 'index', models: ['linear'], ...peopleAndRefunds });

const touches = file('pageviews', 5, [view('t1', 6, 'v'), view('t2', 7, 'phone', '?gclid=1')]);
const conversions = file('purchases', 20, [purchase('c1', 22, 'v', '30.00')]);
const versions = [
  ['touches', file('pageviews', 15, [view('old', 12, 'v', '?gclid=1')]), file('pageviews', 15, [view('new', 16, 'v')])],
  ['aliases', file('signups', 15, [signup(16, 'phone', 'v')]), file('signups', 15, [signup(16, 'laptop', 'v')])],
  ['refunds', file('refunds', 60, [refund('r1', 'c1', '1.00')]), file('refunds', 60, [refund('r2', 'c1', '2.00')])],
] as const;

/** What rows say, made anew if there is reason to. How many versions were read in time is in `revision`. */
const said = async () => {
  await deliver(conversions);
  return (await rows(20))?.map(({ revision: _, ...row }) => row);
};
/** Keys of all that versions of files say in the table. */
const kept = async () =>
  (await items())
    .filter(({ __edb_e__ }) => /^(touch|aliasLink|refund|sideManifest)$/.test(String(__edb_e__)))
    .map(({ pk, sk }) => `${pk} ${sk}`);

/**
 * The older one's run reads its version and is held at its nth write to the table while the newer one comes.
 * @returns undefined where it has fewer writes.
 */
async function overtake(older: TestFile, newer: TestFile, nth: number) {
  await reset();
  await deliver(touches, conversions);
  const resume = hold(line, /BatchWriteItem|UpdateItem|PutItem/, nth);
  const event = await put(older);
  const slow = run(event);
  const isHeld = await Promise.race([resume.reached.then(() => true), slow.then(() => false)]);
  const goOn = async () => {
    resume();
    await slow;
  };
  return isHeld ? { older: event, newer: await put(newer), goOn } : undefined;
}

describe.each(versions)('%s: the newer version counts', (_, older, newer) => {
  const alone = async () => {
    await reset();
    await deliver(touches, conversions, newer);
    return { said: await said(), kept: await kept() };
  };

  it('when its run comes last', async () => {
    const expected = await alone();
    await reset();
    await deliver(touches, conversions, older, newer);
    expect({ said: await said(), kept: await kept() }).toEqual(expected);
  });

  it('wherever the older one’s run was when it came', async () => {
    const expected = await alone();
    let nth = 1;
    for (; ; nth++) {
      const both = await overtake(older, newer, nth);
      if (both === undefined) break;
      await run(both.newer);
      await both.goOn();
      expect({ said: await said(), kept: await kept() }).toEqual(expected);
    }
    expect(nth).toBeGreaterThan(4);
  });

  it('wherever the older one’s run is cut off after it', async () => {
    const expected = await alone();
    let cuts = 0;
    for (let whole = false; !whole; cuts++) {
      const both = await overtake(older, newer, 1);
      if (both === undefined) throw new Error('it writes');
      await run(both.newer);
      line.cutAfter(cuts, cuts % 2 === 1);
      whole = await both.goOn().then(
        () => true,
        () => false,
      );
      line.mend();
      await run(both.older);
      expect(await said()).toEqual(expected.said);
    }
    expect(cuts).toBeGreaterThan(3);
  });

  it.each([
    ['before', true],
    ['after', false],
  ])('wherever its own run is cut off, done again %s the older one’s ends', async (_, isFirst) => {
    const expected = await alone();
    let cuts = 0;
    for (let whole = false; !whole; cuts++) {
      const both = await overtake(older, newer, 3);
      if (both === undefined) throw new Error('it writes');
      line.cutAfter(cuts, cuts % 2 === 1);
      whole = await run(both.newer).then(
        () => true,
        () => false,
      );
      line.mend();
      if (!isFirst) await both.goOn();
      await run(both.newer);
      if (isFirst) await both.goOn();
      expect({ said: await said(), kept: await kept() }).toEqual(expected);
    }
    expect(cuts).toBeGreaterThan(5);
  });
});

it('of conversions the version that S3 holds gets what comes later, whichever event came last', async () => {
  for (const newerFirst of [true, false]) {
    await reset();
    const older = await put(conversions);
    const newer = await put(file('purchases', 20, [purchase('c1', 22, 'v', '40.00')]));
    for (const event of newerFirst ? [newer, older] : [older, newer]) await run(event);
    await deliver(touches);
    expect(await credited(20)).toEqual([['t1']]);
    expect((await rows(20))?.[0].conversion.value).toBe(4000);
  }
});

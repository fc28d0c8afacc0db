/**
 * A file that bears upon more files of conversions than a run has time for: what it leaves, the finisher brings up to it,
 * once however many such files came.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { FileEvent } from '../side/side-file.ts';
import { credited, leftBehind, reset } from '../test/left-behind.ts';
import { openLine } from '../test/line.ts';
import { attributor, file, MINUTE, peopleAndRefunds, purchase, put, START, signup, view } from '../test/shop.ts';
import { filesOf } from './attributed-file.ts';

const line = await openLine();
const shop = attributor({ lookback: { click: '30d' }, via: 'index', models: ['linear'] });
const { run } = shop;
const finish = () => shop.finish(600);
const stream = { project: 'shop', collection: 'purchases' };
const behind = async () => await filesOf(stream, 'behind');
const left = async () => (await behind()).length + (await filesOf(stream, 'catching_up')).length;

const many = Array.from({ length: 24 }, (_, n) =>
  file('purchases', 10 + 5 * n, [purchase(`c${n}`, 11 + 5 * n, 'v', '3.00')]),
);
const touches = [
  file('pageviews', 0, [view('t0', 1, 'v', '?gclid=1')]),
  file('pageviews', 5, [view('t5', 6, 'v', '?utm_source=a')]),
];
const allCredited = async () =>
  (await Promise.all(many.map(({ interval }) => credited((interval - START) / MINUTE)))).flat();

async function puts(): Promise<{ conversions: FileEvent[]; late: FileEvent[] }> {
  return { conversions: await Promise.all(many.map(put)), late: await Promise.all(touches.map(put)) };
}

/** What the touches leave where they come first. */
let expected: Awaited<ReturnType<typeof leftBehind>>;
beforeAll(async () => {
  await reset();
  const { conversions, late } = await puts();
  for (const event of [...late, ...conversions]) await run(event);
  expected = await leftBehind();
});

describe('old files of touches that come after weeks of conversions', () => {
  it('bring the next 20 files of them up to themselves, and the finisher the rest, once', async () => {
    const { conversions, late } = await puts();
    for (const event of conversions) await run(event);
    for (const event of [...late, ...late]) await run(event);
    expect(await behind()).toHaveLength(4);
    expect((await allCredited()).slice(0, 20)).toEqual(Array(20).fill(['t0', 't5']));
    expect(await finish()).toBe(4);
    expect(await leftBehind()).toEqual(expected);
    expect(await finish()).toBe(0);
  });

  it('leave the same wherever the finisher was killed, and whatever came meanwhile', async () => {
    const { conversions, late: [first, second] = [] } = await puts();
    if (first === undefined || second === undefined) throw new Error('two files of touches');
    for (const event of conversions) await run(event);
    await run(first);
    for (let writes = 0; (await left()) > 0 || writes <= 10; writes++) {
      line.cutAfter(writes, writes % 2 === 1);
      await finish().catch(() => undefined);
      line.mend();
      if (writes === 10) await run(second);
    }
    expect(await leftBehind()).toEqual(expected);
  });

  it('leave the same wherever they were killed themselves', async () => {
    const { conversions, late } = await puts();
    for (const event of conversions) await run(event);
    for (const event of late) {
      for (const writes of [3, 5, 8, 30]) {
        line.cutAfter(writes);
        await expect(run(event)).rejects.toThrow();
        line.mend();
      }
      await run(event);
    }
    await finish();
    expect(await leftBehind()).toEqual(expected);
  });
});

it('an alias leaves the newest files of conversions behind, whichever of its visitors they are of', async () => {
  const { deliver } = attributor(peopleAndRefunds);
  const ofTwo = many.map((_, n) =>
    file('purchases', 10 + 5 * n, [purchase(`c${n}`, 11 + 5 * n, n % 2 ? 'v' : 'w', '3.00')]),
  );
  await deliver(...ofTwo, file('signups', 200, [signup(201, 'w', 'v')]));
  expect((await behind()).map(({ interval }) => interval)).toEqual(many.slice(20).map(({ interval }) => interval));
});

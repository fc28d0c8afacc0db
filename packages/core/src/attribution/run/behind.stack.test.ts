/**
 * A file that bears upon more files of conversions than a run has time for: what it leaves, the finisher brings up to it,
 * once however many such files came.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SeverableLine } from '../../stream/test/index.ts';
import { defineAttributions } from '../definition/definition.ts';
import { file, layout, leftBehind, MINUTE, purchase, put, reset, rows, START, view } from '../test/shop.ts';
import { attributeFile } from './attribute-file.ts';
import { filesOf } from './attributed-file.ts';
import { finishAttributions } from './finish-attributions.ts';

const line = new SeverableLine();
await line.open();
afterAll(() => line.close());
beforeEach(async () => {
  line.mend();
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
const finish = () => finishAttributions({ attributions, layout, now: () => START + 600 * MINUTE });
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
const credited = async () => {
  const all = await Promise.all(many.map(async ({ interval }) => (await rows((interval - START) / MINUTE)) ?? []));
  return all.flat().map(({ credits }) => credits.map(({ touch }: { touch: string }) => touch).join());
};

async function puts(): Promise<{ conversions: Event[]; late: Event[] }> {
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
    expect((await credited()).slice(0, 20)).toEqual(Array(20).fill('t0,t5'));
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

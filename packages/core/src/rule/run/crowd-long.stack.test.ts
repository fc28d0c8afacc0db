/**
 * A long window with more partitions than its rule may have: what a file reads to know of the others does not grow with them,
 * though they be at once, killed between any two writes, or overwritten.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { concurrently, DAY, HOUR } from '../../runtime/index.ts';
import { applyRules, evaluateFile, tick } from '../index.ts';
import { at, minutes, rule } from '../test/rules.ts';
import { clear, connect, dump, type FileEvent, idleTimeout, layout, line, mend, put, receive } from '../test/stack.ts';

await connect();
beforeEach(() => applyRules([given]));

/** One run for each write there is, on a machine that is busy with other tests. */
const LONG = { timeout: 180_000 };

const LIMIT = 40;
const WINDOW_END = Date.parse('2026-03-05T00:00:00.000Z'); // weeks begin on Thursdays
const LATER = WINDOW_END + 8 * HOUR;
const streams = { layout: { ...layout, maxPartitions: LIMIT }, idleTimeout };
const evaluate = (event: FileEvent) =>
  evaluateFile(event, { ...streams, now: () => Date.parse(event.properties.receivedAt) });

const given = rule({
  id: 'long',
  partitionBy: ['p'],
  window: { kind: 'tumbling', size: '7d' },
  signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1 } },
});

/** The file of an interval, in which the machines `from` to before `to` say something. */
const file = (interval: number, from: number, to: number) =>
  put({
    project: 'shop',
    collection: 'events',
    interval: minutes(5 * interval),
    records: Array.from({ length: to - from }, (_, n) => at(5 * interval, { p: `m${from + n}` })),
  });

/** So many files of 36 machines each: none is crowded by itself, and each brings twelve new ones. */
const files = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => file(n, 12 * n, 12 * n + 36)));

async function deliver(event: FileEvent): Promise<void> {
  await receive(event);
  await evaluate(event);
}

/** The machines that were raised in the end, and whether the rule says that it had too many. */
async function end(): Promise<{ raised: string[]; crowded: boolean }> {
  for (const now of [LATER, LATER, LATER + 2 * DAY]) await tick({ ...streams, now });
  const raises = line.published
    .filter(({ type }) => type === 'rule.alert_raised')
    .map(({ detail }) => JSON.parse(detail));
  const names = raises.map(({ properties }) => String(properties.partition.p ?? properties.summary));
  return {
    raised: names.filter((name) => /^m\d+$/.test(name)).sort(),
    crowded: names.some((name) => /more than 40/.test(name)),
  };
}

const written = async () => (await dump('ruleContribution')).length;

describe('a long crowd', () => {
  it('is known to each file by what it reads of the window, not of its files', async () => {
    const reads: number[] = [];
    for (const event of await files(24)) {
      await receive(event);
      line.read.entities = {};
      await evaluate(event);
      reads.push(line.read.entities.ruleContribution ?? 0);
    }
    expect(Math.max(...reads)).toBeLessThan(2);
    // 312 machines; each file leaves its mark, and those of its machines that are known to be judged
    expect(await written()).toBeLessThan(24 + 36 * 4 + 24 * 12);
    const { raised, crowded } = await end();
    expect(crowded).toBe(true);
    expect(raised.length).toBeGreaterThanOrEqual(LIMIT);
    expect(raised.length).toBeLessThan(2 * LIMIT);
  });

  it('is judged alike though its files come at once, again and in another order', async () => {
    const events = await files(8);
    for (const event of events) await deliver(event);
    const live = await end();
    await clear();
    await applyRules([given]);
    for (const event of events) await receive(event);
    await concurrently([...events.toReversed(), ...events], 5, evaluate);
    const one = await written();
    await deliver(await file(9, 0, 96)); // crowded by itself, and knows of all the others
    expect((await written()) - one).toBeLessThan(LIMIT * 1.5);
    expect(await end()).toEqual(live);
  });

  it('is judged alike though its files are killed between any two writes', LONG, async () => {
    const events = [await file(0, 0, 36), await file(1, 30, 66)];
    let clean: unknown;
    for (let writes = Number.POSITIVE_INFINITY; ; writes = Number.isFinite(writes) ? writes + 1 : 0) {
      await clear();
      await applyRules([given]);
      for (const event of events) await receive(event);
      line.left = writes;
      for (const event of events) await evaluate(event).catch(() => undefined);
      const died = line.dead;
      mend();
      for (const event of events) await evaluate(event);
      const said = await end();
      clean ??= said;
      expect({ writes, said }).toEqual({ writes, said: clean });
      if (Number.isFinite(writes) && !died) break;
    }
  });

  it(
    'that was a mistake is none to the files after it, though who puts it right is killed between any two writes',
    LONG,
    async () => {
      const names = Array.from({ length: 34 }, (_, n) => `m${n}`).sort();
      for (let writes = 0; ; writes++) {
        await clear();
        await applyRules([given]);
        await deliver(await file(0, 100, 172));
        const right = await file(0, 0, 2);
        await receive(right);
        line.left = writes;
        await evaluate(right).catch(() => undefined);
        const died = line.dead;
        mend();
        await evaluate(right);
        await deliver(await file(1, 0, 34));
        const machines = new Set((await dump('ruleContribution')).flatMap(({ values }) => values));
        expect({ writes, machines: [...machines].sort() }).toEqual({ writes, machines: names });
        if (!died) break;
      }
      expect(await end()).toEqual({ raised: names, crowded: false });
    },
  );
});

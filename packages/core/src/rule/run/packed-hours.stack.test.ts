/**
 * Packed hours: whatever comes late, dies or happens at once, a group reads the same as file by file, and much less.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import { type JsonObject, parsePath } from '../../stream/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { CENSUS, partitionKey } from '../collect/group-name.ts';
import { applyRules, compileRule, type RuleInput } from '../index.ts';
import { type Contribution, newTally } from '../measure/tally.ts';
import { gatherContributions, writeContributions } from '../state/contribution.ts';
import { groupKey } from '../state/group-key.ts';
import { packedThrough, spoilHours } from '../state/packed-hour.ts';
import { at, minutes, rule } from '../test/rules.ts';
import {
  clear,
  connect,
  dump,
  evaluate as evaluateFileAt,
  idleTimeout,
  line,
  mend,
  put,
  receive,
} from '../test/stack.ts';
import { evaluateGroup } from './evaluate-group.ts';

await connect();

const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };
const sliding = (size: string, fn: object = { fn: 'sum', path: 'x' }) =>
  compileRule(
    {
      rule: rule({
        id: 'sliding',
        window: { kind: 'sliding', size, hop: '5m' } as RuleInput['window'] & object,
        signal: { kind: 'aggregate', aggregate: fn, compare: { op: 'gte', value: 500 } } as RuleInput['signal'],
      }),
      version: 1,
    },
    defaults,
  );
const GROUP = partitionKey([]);
type Compiled = ReturnType<typeof sliding>;

/** What the file of a minute says: one record, of the same minute or an earlier one. */
function said(one: Compiled, file: number, minute: number, x: number): Contribution {
  const running = newTally();
  const position = { at: minutes(minute), interval: minutes(file), file: `f${file}`, row: 0, collection: 'events' };
  one.frame.add(running, at(minute, { x }), position);
  const window = Math.floor(minutes(minute) / one.grid.size) * one.grid.size;
  const receivedAt = minutes(file + 1);
  return { group: GROUP, partition: GROUP, values: [], window, tally: one.frame.settle(running), receivedAt };
}

/** What the evaluator does with what a file says. */
async function contribute(one: Compiled, file: number, contributions: readonly Contribution[]): Promise<void> {
  await writeContributions(one, `f${file}`, contributions);
  await spoilHours(one, contributions);
}

const evaluate = (one: Compiled, minute: number) =>
  evaluateGroup(one, GROUP, { watermark: minutes(minute), now: minutes(minute), idleTimeout });

/** What a group's contributions come to, with and without packed hours. */
async function bothViews(one: Compiled, group: KeyPart = GROUP) {
  const read = async (packed: number) => {
    const { windows, receivedAt } = await gatherContributions(one, groupKey(one, group), 0, minutes(10_000), packed);
    return { windows: new Map([...windows].sort(([a], [b]) => a - b)), receivedAt };
  };
  return { packed: await read(await packedThrough(one)), loose: await read(0) };
}

const hours = async () =>
  (await dump('rulePackedHour')).map(({ hour, cells }) => {
    return `${(Number(hour) - minutes(0)) / HOUR}${cells === undefined ? ' spoiled' : ''}`;
  });

describe('an hour', () => {
  const one = sliding('1h');
  const minutely = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
  const fill = (from: number, to: number) =>
    concurrently(minutely(from, to), 10, (minute) => contribute(one, minute, [said(one, minute, minute, 1)]));

  it('is packed when it is over and has many contributions, once', async () => {
    await fill(0, 120);
    await evaluate(one, 60);
    expect(await hours()).toEqual(['0']);
    await Promise.all([evaluate(one, 120), evaluate(one, 120)]);
    expect(await hours()).toEqual(['0', '1']);
    const { packed, loose } = await bothViews(one);
    expect(packed).toEqual(loose);
    const packs = await dump('rulePackedHour');
    await evaluate(one, 120);
    expect(await dump('rulePackedHour')).toEqual(packs);
  });

  it('is read file by file again when something comes late, and what was packed counts no file twice', async () => {
    await fill(0, 61);
    await evaluate(one, 61);
    await contribute(one, 30, [said(one, 30, 30, 1)]); // a redelivery
    await contribute(one, 90, [said(one, 90, 31, 5), said(one, 90, 89, 1)]);
    expect(await hours()).toEqual(['0 spoiled']);
    await evaluate(one, 95);
    const { packed, loose } = await bothViews(one);
    expect(packed).toEqual(loose);
    expect(await hours()).toEqual(['0 spoiled']);
  });

  it('of what tells which partitions there are is never packed, so none is spoiled', async () => {
    await fill(0, 61);
    await evaluate(one, 61);
    await spoilHours(one, [{ group: CENSUS, window: minutes(30) }]);
    expect(await hours()).toEqual(['0']);
  });

  it('of few contributions, or of a rule that reads none of them often, is left as it is', async () => {
    await fill(0, 50);
    await evaluate(one, 60);
    const tumbling = compileRule({ rule: rule({ window: { kind: 'tumbling', size: '1h' } }), version: 1 }, defaults);
    await Promise.all(minutely(0, 60).map((n) => contribute(tumbling, n, [said(tumbling, n, n, 1)])));
    await evaluate(tumbling, 60);
    expect(await hours()).toEqual([]);
    expect(await dump('rulePackMark')).toEqual([]);
  });
});

describe('packed and loose read the same', () => {
  const one = sliding('2h', { fn: 'percentile', path: 'x', p: 90 });
  type Act = { readonly file: number; readonly back: number; readonly x: number } | { readonly upTo: number };
  const act = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        file: fc.nat({ max: 240 }),
        back: fc.nat({ max: 120 }),
        x: fc.integer({ min: 0, max: 9 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ upTo: fc.integer({ min: 60, max: 240 }) }) },
  );
  const perform = async (next: Act) => {
    if ('upTo' in next) await evaluate(one, next.upTo);
    else await contribute(one, next.file, [said(one, next.file, Math.max(0, next.file - next.back), next.x)]);
  };

  it('in whatever order files come, come again, are overwritten and evaluated, several at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 10, maxLength: 25 }),
        fc.integer({ min: 1, max: 8 }),
        async (acts, atOnce) => {
          await clear();
          const early = Array.from({ length: 120 }, (_, n) => n);
          await concurrently(early, 20, (n) => writeContributions(one, `early${n}`, [said(one, 500, n, 1)]));
          await evaluate(one, 60);
          expect(await hours()).toEqual(['0']);
          await concurrently(acts, atOnce, perform);
          const views = await bothViews(one);
          expect(views.packed).toEqual(views.loose);
        },
      ),
      { numRuns: 4 },
    );
  });

  it('after a kill between any two writes, while another packs the same', async () => {
    const early = Array.from({ length: 60 }, (_, n) => n);
    for (let writes = 0; ; writes++) {
      await clear();
      await concurrently(early, 20, (n) => writeContributions(one, `f${n}`, [said(one, n, n, 1)]));
      line.left = writes;
      const late = () => contribute(one, 70, [said(one, 70, 10, 7)]);
      await Promise.allSettled([evaluate(one, 60), late(), evaluate(one, 60)]);
      const died = line.dead;
      mend();
      await late();
      await evaluate(one, 60);
      const views = await bothViews(one);
      expect({ writes, view: views.packed }).toEqual({ writes, view: views.loose });
      if (!died) break;
    }
  });
});

describe('a file that brings something late', () => {
  it('spoils the hour it is late for, and so does one that takes something back', async () => {
    const one = sliding('1h');
    await applyRules([one.rule]);
    const deliver = async (interval: number, records: readonly JsonObject[]) => {
      const event = await put({ project: 'shop', collection: 'events', interval: minutes(interval), records });
      await receive(event);
      await evaluateFileAt(event, minutes(interval + 6));
    };
    await deliver(65, [at(65, { x: 1 })]);
    await concurrently([...Array(120).keys()], 20, (n) => writeContributions(one, `f${n}`, [said(one, n, n, 1)]));
    await evaluate(one, 120);
    expect(await hours()).toEqual(['0', '1']);
    await deliver(125, [at(50, { x: 1 })]);
    expect(await hours()).toEqual(['0 spoiled', '1']);
    await deliver(65, []); // overwritten
    expect(await hours()).toEqual(['0 spoiled', '1 spoiled']);
    const { packed, loose } = await bothViews(one);
    expect(packed).toEqual(loose);
  });
});

describe('of files a minute, the evaluations of an hour', () => {
  /** Items and KB that queries brought meanwhile. */
  async function reads(work: () => Promise<unknown>): Promise<string> {
    Object.assign(line.read, { items: 0, bytes: 0 });
    await work();
    return `${line.read.items} items, ${Math.round(line.read.bytes / 1024)} KB`;
  }

  it.each([
    ['1h', ['1380 items, 642 KB', '473 items, 222 KB']],
    ['6h', ['4980 items, 2319 KB', '533 items, 254 KB']],
  ])('of a sliding window of %s read %j: one by one, and packed', async (size, expected) => {
    const one = sliding(size, { fn: 'count' });
    const full = (one.frame.reach + one.grace) / MINUTE;
    const end = Math.ceil(full / 60) * 60;
    const files = Array.from({ length: end + 60 }, (_, n) => n);
    await concurrently(files, 20, (n) => writeContributions(one, `f${n}`, [said(one, n, n, n)]));
    for (let minute = 60; minute <= end; minute += 60) await evaluate(one, minute);
    const watermarks = Array.from({ length: 12 }, (_, n) => end + 5 * (n + 1));
    const loose = await reads(async () => {
      for (const to of watermarks) {
        await gatherContributions(one, groupKey(one, GROUP), minutes(to - full), minutes(to));
      }
    });
    const packed = await reads(async () => {
      for (const minute of watermarks) await evaluate(one, minute);
    });
    expect([loose, packed]).toEqual(expected);
  });
});

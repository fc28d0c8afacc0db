/**
 * Evaluators at once, and killed between any two writes: one episode, one outbox entry, each announced once.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { HOUR } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules } from '../index.ts';
import { at, machines, minutes, rule, status } from '../test/rules.ts';
import {
  announced,
  clear,
  connect,
  dump,
  evaluate,
  type FileEvent,
  line,
  mend,
  put,
  receive,
  tickAt,
} from '../test/stack.ts';

await connect();

/** One run for each write there is, on a machine that is busy with other tests. */
const LONG = { timeout: 180_000 };

/** Long after: everything is over and settled. */
const LATER = minutes(60) + 4 * HOUR;

describe('a crash', () => {
  const any = machines('any', { project: 'shop' });
  const held = [
    [status(1, 'a', 'running'), status(2, 'b', 'running')],
    [status(6, 'a', 'stopped'), status(7, 'b', 'running')],
    [status(11, 'a', 'running'), status(12, 'b', 'running')],
  ].map((records, n) => ({ project: 'shop', collection: 'machines', interval: minutes(n * 5), records }));
  const all = ['raised machines-any * 09:05', 'resolved machines-any * 09:10'];

  let files: FileEvent[];
  beforeAll(async () => {
    files = await Promise.all(held.map(put));
  });

  it(
    'between any two writes is healed by the next delivery: each transition once, nothing left over',
    LONG,
    async () => {
      let clean: unknown;
      for (let writes = 0; ; writes++) {
        await clear();
        await applyRules([any]);
        await Promise.all(files.map(receive));
        line.left = writes;
        for (const file of files) await evaluate(file, minutes(30)).catch(() => undefined);
        const died = line.dead;
        mend();
        for (const file of files) await evaluate(file, minutes(31));
        await tickAt(LATER);
        expect({ writes, announced: announced() }).toEqual({ writes, announced: all });
        const state = await dump('ruleContribution', 'rulePartition', 'ruleDeadline');
        clean ??= state;
        expect({ writes, state }).toEqual({ writes, state: clean });
        if (!died) break;
      }
    },
  );

  it('between state and publish is healed by the ticker alone', async () => {
    await applyRules([any]);
    await Promise.all(files.map(receive));
    line.bus = false;
    for (const file of files) await evaluate(file, minutes(30)).catch(() => undefined);
    expect((await dump('rulePartition')).map(({ outbox }) => JSON.parse(String(outbox)).length)).toEqual([2]);
    expect(announced()).toEqual([]);
    mend();
    await tickAt(minutes(30));
    expect(announced()).toEqual([]);
    await Promise.all([tickAt(minutes(32)), tickAt(minutes(32))]);
    expect(announced()).toEqual(all);
    const before = line.published.length;
    await tickAt(minutes(33));
    expect(line.published.length).toBe(before);
  });
});

describe('two evaluators at once', () => {
  it('leave one outbox entry for each transition', async () => {
    await applyRules([rule({ id: 'many' })]);
    const event = await put({
      project: 'shop',
      collection: 'events',
      interval: minutes(0),
      records: [at(0), at(1), at(2)],
    });
    await receive(event);
    line.bus = false;
    await Promise.allSettled([1, 2, 3, 4].map(() => evaluate(event, minutes(16))));
    const [state, ...others] = await dump('rulePartition');
    expect(others).toEqual([]);
    expect(JSON.parse(String(state?.outbox))).toHaveLength(1);
  });
});

describe('two evaluators at once, killed between any two writes', () => {
  it('leave one episode and one outbox entry, each announced once', LONG, async () => {
    const many = rule({ id: 'many' });
    const file = (interval: number, held: readonly JsonObject[]) =>
      put({ project: 'shop', collection: 'events', interval: minutes(interval), records: held });
    const events = [await file(0, [at(0), at(1), at(2)]), await file(5, [])];
    const twice = ['rule.alert_raised', 'rule.alert_resolved'];
    for (let writes = 0; ; writes++) {
      await clear();
      await applyRules([many]);
      for (const event of events) await receive(event);
      line.left = writes;
      await Promise.allSettled([...events, ...events].map((event) => evaluate(event, minutes(16))));
      const died = line.dead;
      mend();
      for (const state of await dump('rulePartition')) {
        const outbox: { type: string }[] = JSON.parse(String(state.outbox));
        expect(outbox.length, `after ${writes} writes`).toBe(new Set(outbox.map(({ type }) => type)).size);
      }
      await Promise.all([...events, ...events].map((event) => evaluate(event, minutes(17))));
      await Promise.all([tickAt(LATER), tickAt(LATER)]);
      const ids = new Map(line.published.map(({ id, type }) => [id, type]));
      expect([...ids.values()].sort(), `after ${writes} writes`).toEqual(twice);
      expect((await dump('rulePartition')).map(({ outbox }) => outbox)).toEqual(['[]']);
      if (!died) break;
    }
  });
});

/**
 * Late records and overwritten files over table, bucket and bus: what was announced is revised, once.
 */
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules } from '../index.ts';
import { at, minutes, rule } from '../test/rules.ts';
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

/** Long after: everything is over and settled. */
const LATER = minutes(60) + 4 * HOUR;

describe('late records', () => {
  const many = rule({ id: 'many' });
  const slow = rule({
    id: 'slow',
    signal: { kind: 'aggregate', aggregate: { fn: 'avg', path: 'ms' }, compare: { op: 'gt', value: 500 } },
  });
  const records = (minute: number, count: number, ms = 0) =>
    Array.from({ length: count }, (_, n) => at(minute + n / 10, { ms }));

  async function deliver(interval: number, held: readonly JsonObject[]): Promise<FileEvent> {
    const event = await put({ project: 'shop', collection: 'events', interval: minutes(interval), records: held });
    await receive(event);
    await evaluate(event, minutes(interval + 16));
    return event;
  }

  it('revise what was announced, within grace, once', async () => {
    await applyRules([many]);
    await deliver(0, records(0, 4));
    await deliver(5, []);
    expect(announced()).toEqual(['raised many * 09:00', 'resolved many * 09:05']);
    await deliver(10, records(5, 3));
    const event = await deliver(15, records(1, 1));
    await evaluate(event, minutes(60));
    expect(announced()).toEqual([
      'raised many * 09:00',
      'resolved many * 09:05',
      'revised many * 09:00 firing 5',
      'revised many * 09:00 resolved no data',
    ]);
    expect(line.published.length).toBe(4);
  });

  it('withdraw an alert that should not have been', async () => {
    await applyRules([slow]);
    await deliver(0, records(0, 1, 900));
    await deliver(5, records(5, 1, 100));
    await deliver(10, records(0, 9, 100));
    expect(announced()).toEqual(['raised slow * 09:00', 'resolved slow * 09:05', 'revised slow * 09:00 withdrawn 100']);
    await tickAt(LATER);
    const [state] = await dump('rulePartition');
    expect([state?.announced, state?.outbox]).toEqual(['[]', '[]']);
  });

  it('are dropped and counted when their window and its grace are over', async () => {
    await applyRules([many]);
    for (let interval = 0; interval <= 65; interval += 5) await deliver(interval, []);
    await deliver(70, [...records(70, 2), ...records(0, 5), ...records(10, 3)]);
    const progress = (await dump('fileProgress')).map(({ counts }) => counts as Record<string, number>);
    expect(progress.filter(({ late }) => late !== 0)).toEqual([
      { read: 10, accepted: 10, quarantined: 0, contributions: 2, late: 1, overflowed: 0 },
    ]);
    expect(announced()).toEqual(['raised many * 09:10', 'resolved many * 09:15']);
  });
});

describe('a file that is overwritten', () => {
  const busy = rule({ id: 'busy', partitionBy: ['p'] });
  const write = (...partitions: string[]) =>
    put({
      project: 'shop',
      collection: 'events',
      interval: minutes(0),
      records: partitions.flatMap((p) => [at(0, { p }), at(1, { p }), at(2, { p })]),
    });

  it('takes back what its earlier version said, wherever the function dies', async () => {
    for (let writes = 0; ; writes++) {
      await clear();
      await applyRules([busy]);
      const first = await write('a', 'b');
      const next = await put({ project: 'shop', collection: 'events', interval: minutes(5), records: [] });
      for (const event of [first, next]) {
        await receive(event);
        await evaluate(event, minutes(16));
      }
      const second = await write('b', 'c');
      await receive(second);
      line.left = writes;
      await evaluate(second, minutes(17)).catch(() => undefined);
      const died = line.dead;
      mend();
      await evaluate(second, minutes(18));
      await tickAt(minutes(20));
      const said = (await dump('ruleContribution')).map(({ values }) => String(values)).sort();
      expect({ writes, said }).toEqual({ writes, said: ['b', 'c'] });
      const manifest = await dump('ruleManifest');
      expect(manifest.map(({ stale }) => stale)).toEqual(manifest.map(() => undefined));
      expect(announced()).toEqual([
        'raised busy a 09:00',
        'raised busy b 09:00',
        'raised busy c 09:00',
        'resolved busy a 09:05',
        'resolved busy b 09:05',
        'resolved busy c 09:05',
        'revised busy a 09:00 withdrawn no data',
      ]);
      if (!died) break;
    }
  });
});

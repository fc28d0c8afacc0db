/**
 * Early rules and `dedupeBy` over table, bucket and bus.
 */
import { describe, expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, evaluateRecords } from '../index.ts';
import { at, clock, minutes, rule } from '../test/rules.ts';
import { clear, connect, dump, evaluate, type FileEvent, line, mend, put, receive, tickAt } from '../test/stack.ts';

await connect();

const LATER = minutes(120) + 4 * HOUR;
const STATE = ['ruleContribution', 'rulePartition', 'ruleDeadline'];

async function deliver(interval: number, records: readonly JsonObject[], project = 'shop'): Promise<FileEvent> {
  const event = await put({ project, collection: 'events', interval: minutes(interval), records });
  await receive(event);
  await evaluate(event, minutes(interval + 16));
  return event;
}

/** `raised 09:00 at least 3`, each event once. */
function announced(): string[] {
  const byId = new Map(
    line.published.map(({ id, type, detail }) => [id, { type, said: JSON.parse(detail).properties }]),
  );
  return [...byId.values()].map(
    ({ type, said }) => `${type.slice(11)} ${clock(said.resolvedAt ?? said.startedAt)} ${said.value}`,
  );
}

describe('an early rule', () => {
  const long = { window: { kind: 'tumbling', size: '30m' } as const, partitionBy: ['p'] };
  const early = rule({ ...long, id: 'early', early: true });
  const p = { p: 'x' };
  /** A record every five minutes of the first half hour. */
  const held = (interval: number) => (interval < 30 ? [at(interval, p)] : []);

  it('announces with the file that reaches its threshold, a quarter of an hour before its window is over', async () => {
    await applyRules([early, rule({ ...long, id: 'patient' })]);
    const came: string[] = [];
    for (let interval = 0; interval < 65; interval += 5) {
      const before = line.published.length;
      await deliver(interval, held(interval));
      for (const { type, detail } of line.published.slice(before)) {
        const { rule: by, value } = JSON.parse(detail).properties;
        came.push(`${interval + 5}: ${by.id} ${type.slice(11)} ${value}`);
      }
    }
    expect(came.sort()).toEqual([
      '15: early raised at least 3',
      '30: patient raised 6',
      '60: early resolved no data',
      '60: patient resolved no data',
    ]);
  });

  it('ends in the same bytes and announces the same, whatever the deliveries', async () => {
    const files: FileEvent[] = [];
    for (let interval = 0; interval < 60; interval += 5)
      files.push(
        await put({ project: 'shop', collection: 'events', interval: minutes(interval), records: held(interval) }),
      );
    await applyRules([early]);
    for (const event of files) {
      await receive(event);
      await evaluate(event, Date.parse(event.properties.receivedAt));
    }
    await tickAt(LATER);
    const live = { said: announced(), ids: new Set(line.published.map(({ id }) => id)), state: await dump(...STATE) };
    expect(live.said).toEqual(['raised 09:00 at least 3', 'resolved 09:30 no data']);

    await clear();
    await applyRules([early]);
    for (const event of files) await receive(event);
    await concurrently([...files.toReversed(), ...files], 10, (event) => evaluate(event, minutes(61)));
    await tickAt(LATER);
    expect(new Set(line.published.map(({ id }) => id))).toEqual(live.ids);
    expect(await dump(...STATE)).toEqual(live.state);
    const { episodes } = evaluateRecords(
      early,
      [0, 5, 10, 15, 20, 25].map((minute) => at(minute, p)),
      { until: minutes(60) },
    );
    expect(episodes.map(({ raised, resolved }) => [raised.value, resolved?.value])).toEqual([
      ['at least 3', 'no data'],
    ]);
  });

  it('killed between any two writes announces once', async () => {
    const first = await put({
      project: 'shop',
      collection: 'events',
      interval: minutes(0),
      records: [0, 1, 2].map((n) => at(n, p)),
    });
    for (let writes = 0; ; writes++) {
      await clear();
      await applyRules([early]);
      await receive(first);
      line.left = writes;
      await evaluate(first, minutes(16)).catch(() => undefined);
      const died = line.dead;
      mend();
      await Promise.all([evaluate(first, minutes(17)), evaluate(first, minutes(17))]);
      await Promise.all([tickAt(minutes(20)), tickAt(minutes(20))]);
      expect({ writes, said: announced() }).toEqual({ writes, said: ['raised 09:00 at least 3'] });
      await tickAt(LATER);
      expect({ writes, said: announced() }).toEqual({
        writes,
        said: ['raised 09:00 at least 3', 'resolved 09:30 no data'],
      });
      expect((await dump('rulePartition')).map(({ outbox }) => outbox)).toEqual(['[]']);
      if (!died) break;
    }
  });

  it('looks again where a file came before those of the window it is early in', async () => {
    await applyRules([early]);
    await deliver(0, []);
    const ahead = await put({
      project: 'shop',
      collection: 'events',
      interval: minutes(30),
      records: [30, 31, 32].map((n) => at(n, p)),
    });
    await receive(ahead);
    await evaluate(ahead, minutes(17));
    expect(announced()).toEqual([]);
    for (let interval = 5; interval < 30; interval += 5) await deliver(interval, []);
    expect(announced()).toEqual(['raised 09:30 at least 3']);
  });
});

describe('a rule with dedupeBy', () => {
  const orders = (...ids: number[]) => ids.map((id) => at(id / 1000, { id: `o-${id}` }));
  const given = { dedupeBy: 'id', window: { kind: 'tumbling', size: '10m' } } as const;

  it('counts what was sent again in another file once', async () => {
    await applyRules([rule({ ...given, id: 'deduped' }), rule({ ...given, id: 'four', signal: fourOrMore })]);
    await deliver(0, orders(1, 2, 2));
    await deliver(5, [...orders(1, 2, 3)]);
    expect(announced()).toEqual(['raised 09:00 3']);
  });

  it('says that it is unhealthy where a window has more ids than are told apart, whatever file comes last', async () => {
    const crowd = (from: number) => orders(...Array.from({ length: 1500 }, (_, n) => from + n));
    const files = [
      await put({ project: 'shop', collection: 'events', interval: minutes(0), records: crowd(0) }),
      await put({ project: 'shop', collection: 'events', interval: minutes(5), records: crowd(1500) }),
    ];
    const states: unknown[] = [];
    for (const order of [files, files.toReversed()]) {
      await clear();
      await applyRules([rule({ ...given, signal: { ...fourOrMore, compare: { op: 'lt', value: 4 } } })]);
      for (const event of order) await receive(event);
      for (const event of order) await evaluate(event, minutes(16));
      expect(announced()).toEqual([
        expect.stringMatching(/^raised 09:05 some of its windows have more than 2000 different/),
      ]);
      await tickAt(LATER);
      expect(announced()).toHaveLength(2);
      states.push(await dump(...STATE));
    }
    expect(states[1]).toEqual(states[0]);
  });
});

const fourOrMore = { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 4 } } as const;

describe('revisions', () => {
  it('that say the same are told each', async () => {
    const slow = rule({
      signal: { kind: 'aggregate', aggregate: { fn: 'avg', path: 'ms' }, compare: { op: 'gt', value: 500 } },
    });
    await applyRules([slow]);
    const load = (ms: number) => [at(0, { ms })];
    await deliver(0, load(900));
    await deliver(5, [at(5, { ms: 1 })]);
    for (const [n, ms] of [-900, 5000, -8000].entries()) await deliver(10 + 5 * n, load(ms));
    const revised = line.published.filter(({ type }) => type === 'rule.alert_revised');
    const said = revised.map(({ detail }) => JSON.parse(detail).properties);
    expect(said.map(({ sequence, revision, status }) => `${sequence}.${revision} ${status}`)).toEqual([
      '2.1 withdrawn',
      '1.2 firing',
      '2.3 resolved',
      '2.4 withdrawn',
    ]);
    expect(new Set(revised.map(({ id }) => id)).size).toBe(4);
    await tickAt(LATER + MINUTE);
    expect((await dump('rulePartition')).map(({ announced: kept }) => kept)).toEqual(['[]']);
  });
});

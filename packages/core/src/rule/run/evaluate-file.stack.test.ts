/**
 * The evaluator and the ticker over table, bucket and bus: what they leave behind is a function of the files.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, type Rule } from '../index.ts';
import { at, clock, machines, minutes, rule, status } from '../test/rules.ts';
import {
  clear,
  connect,
  disconnect,
  dump,
  evaluate,
  type FileEvent,
  line,
  mend,
  put,
  receive,
  type TestFile,
  tickAt,
} from '../test/stack.ts';

await connect();
afterAll(disconnect);
beforeEach(async () => {
  mend();
  await clear();
});

const STATE = ['ruleContribution', 'rulePartition', 'ruleDeadline', 'ruleIntake', 'fileProgress'];

/** One file for each five minutes of the records' times. */
function filesOf(collection: string, records: readonly JsonObject[], project = 'shop'): TestFile[] {
  const intervals = new Map<number, JsonObject[]>();
  for (const record of records) {
    const time = Date.parse(String((record.keen as JsonObject).timestamp));
    const interval = Math.floor(time / (5 * MINUTE)) * 5 * MINUTE;
    intervals.set(interval, [...(intervals.get(interval) ?? []), record]);
  }
  return [...intervals]
    .sort(([a], [b]) => a - b)
    .map(([interval, held]) => ({ project, collection, interval, records: held }));
}

/** Two machines: a stops at 09:11, b at 09:22, a runs again at 09:41. Each tells every five minutes. */
const machineRecords = Array.from({ length: 12 }, (_, n) => [
  status(n * 5 + 1, 'a', n >= 2 && n < 8 ? 'stopped' : 'running'),
  status(n * 5 + 2, 'b', n >= 4 ? 'stopped' : 'running'),
]).flat();

const visits = [9, 8, 9, 8, 9, 8, 2, 2, 9, 9, 9, 9].flatMap((count, n) =>
  Array.from({ length: count }, (_, visit) =>
    at(n * 5 + visit / 10, { ms: n === 9 ? 900.5 : 100.25, page: `p${visit % 2}` }),
  ),
);

const rules: Rule[] = [
  machines('all', { project: 'shop' }),
  machines('any', { project: 'shop' }),
  machines('each', { project: 'shop', for: '10m', keepFiringFor: '10m' }),
  rule({
    id: 'slow',
    partitionBy: ['page'],
    signal: { kind: 'aggregate', aggregate: { fn: 'avg', path: 'ms' }, compare: { op: 'gt', value: 500 } },
  }),
  rule({
    id: 'hourly',
    window: { kind: 'tumbling', size: '1h' },
    signal: { kind: 'aggregate', aggregate: { fn: 'sum', path: 'ms' }, compare: { op: 'gte', value: 10 } },
  }),
  rule({
    id: 'drop',
    signal: {
      kind: 'change',
      aggregate: { fn: 'count' },
      against: { movingAverage: 4 },
      as: 'percent',
      direction: 'decrease',
      by: 50,
    },
  }),
];

const files = [...filesOf('machines', machineRecords), ...filesOf('events', visits)].sort(
  (a, b) => a.interval - b.interval,
);

/** Long after: everything is over and settled. */
const LATER = minutes(60) + 4 * HOUR;

/** `raised machines-all * 09:20` for each event, each id once. */
function announced(): string[] {
  const byId = new Map(
    line.published.map(({ id, type, detail }) => [id, { type, episode: JSON.parse(detail).properties }]),
  );
  return [...byId.values()]
    .map(({ type, episode }) => {
      const name = Object.values(episode.partition as Record<string, string>)[0] ?? '*';
      const when = clock(type === 'rule.alert_resolved' ? episode.resolvedAt : episode.startedAt);
      const note = episode.status === undefined ? '' : ` ${episode.status} ${episode.value}`;
      return `${type.slice('rule.alert_'.length)} ${episode.rule.id} ${name} ${when}${note}`;
    })
    .sort();
}

/** As many runs at once as the registry lets there be. */
const AT_ONCE = 10;

async function deliverAll(events: readonly FileEvent[], now: number): Promise<void> {
  await concurrently(events, AT_ONCE, (event) => evaluate(event, now));
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** A machine's last word stands for a week; then nothing is known of it. */
const afterAWeekOfSilence = ['resolved machines-any * 09:55', 'resolved machines-each b 10:05'];

const expected = [
  'raised machines-all * 09:20',
  'resolved machines-all * 09:40',
  'raised machines-any * 09:10',
  'raised machines-each a 09:10',
  'resolved machines-each a 09:50',
  'raised machines-each b 09:20',
  'raised slow p0 09:45',
  'resolved slow p0 09:50',
  'raised slow p1 09:45',
  'resolved slow p1 09:50',
  'raised hourly * 09:00',
  'resolved hourly * 10:00',
  'raised drop * 09:30',
  'resolved drop * 09:40',
].sort();

describe('the evaluator', () => {
  let live: { items: unknown; events: unknown };
  const events: FileEvent[] = [];
  const sortedEvents = () =>
    [...new Map(line.published.map((event) => [event.id, event])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));

  beforeAll(async () => {
    for (const file of files) events.push(await put(file));
  });

  it('raises and resolves as the files come, and once all is over keeps only what later files need', async () => {
    await applyRules(rules);
    for (const event of events) {
      await receive(event);
      await evaluate(event, Date.parse(event.properties.receivedAt) + MINUTE);
    }
    await tickAt(LATER);
    expect(announced()).toEqual(expected);
    expect(line.published.length).toBe(expected.length);
    live = { items: await dump(...STATE), events: sortedEvents() };
    for (const { announced: kept, outbox } of await dump('rulePartition')) expect([kept, outbox]).toEqual(['[]', '[]']);
  });

  it.each([1, 2])(
    'leaves the same bytes when each file comes five times, shuffled and at once (seed %i)',
    async (seed) => {
      await applyRules(rules);
      await Promise.all(events.map(receive));
      await deliverAll(shuffled([...events, ...events, ...events, ...events, ...events], seed), minutes(61));
      await tickAt(LATER);
      await tickAt(LATER);
      expect(announced()).toEqual(expected);
      expect(sortedEvents()).toEqual(live.events);
      expect(await dump(...STATE)).toEqual(live.items);
    },
  );

  it('announces nothing twice when all of it is delivered again later', async () => {
    await applyRules(rules);
    await Promise.all(events.map(receive));
    await deliverAll(events, minutes(61));
    await tickAt(LATER);
    const before = line.published.length;
    await deliverAll(events, LATER);
    await tickAt(LATER + MINUTE);
    expect(line.published.length).toBe(before);
  });

  it('evaluates a replay that came in one go when its streams are quiet', async () => {
    const now = minutes(60 * 24 * 200);
    await applyRules(rules);
    const old = await Promise.all(files.map((file) => put({ ...file, receivedAt: now })));
    await Promise.all(old.map(receive));
    await deliverAll(shuffled(old, 7), now);
    expect(announced()).toEqual([]);
    await tickAt(now + 10 * MINUTE);
    expect(announced()).toEqual([...expected, ...afterAWeekOfSilence].sort());
  });
});

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

describe('a crash', () => {
  const any = machines('any', { project: 'shop' });
  const [first, second, third] = [
    [status(1, 'a', 'running'), status(2, 'b', 'running')],
    [status(6, 'a', 'stopped'), status(7, 'b', 'running')],
    [status(11, 'a', 'running'), status(12, 'b', 'running')],
  ].map((records, n) => ({ project: 'shop', collection: 'machines', interval: minutes(n * 5), records }));
  const all = ['raised machines-any * 09:05', 'resolved machines-any * 09:10'];

  async function events(): Promise<FileEvent[]> {
    const put3 = await Promise.all([first, second, third].flatMap((file) => (file === undefined ? [] : [put(file)])));
    await Promise.all(put3.map(receive));
    return put3;
  }

  it('between any two writes is healed by the next delivery: each transition once, nothing left over', async () => {
    let clean: unknown;
    for (let writes = 0; ; writes++) {
      await clear();
      await applyRules([any]);
      const files = await events();
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
  });

  it('between state and publish is healed by the ticker alone', async () => {
    await applyRules([any]);
    line.bus = false;
    for (const file of await events()) await evaluate(file, minutes(30)).catch(() => undefined);
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

describe('a file that was received and is not evaluated', () => {
  const many = rule({ id: 'many' });
  const file = (interval: number, count: number) =>
    put({
      project: 'shop',
      collection: 'events',
      interval: minutes(interval),
      records: Array.from({ length: count }, () => at(interval)),
    });

  it('holds its stream up, however long the evaluator was away, and is given up after its patience', async () => {
    await applyRules([many]);
    const [broken, fine, later] = [await file(0, 3), await file(5, 3), await file(10, 0)];
    for (const event of [broken, fine, later]) await receive(event);
    const away = minutes(600);
    await evaluate(fine, away);
    await evaluate(later, away + 44 * MINUTE);
    expect(announced()).toEqual([]);
    await tickAt(away + 46 * MINUTE);
    expect(announced()).toEqual(['raised many * 09:05', 'resolved many * 09:10']);
    const taken = await dump('ruleIntake');
    expect(taken.filter(({ awaitedSince }) => awaitedSince !== undefined)).toHaveLength(1);
    await evaluate(broken, away + 47 * MINUTE);
    expect((await dump('ruleIntake')).filter(({ awaitedSince }) => awaitedSince !== undefined)).toEqual([]);
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

describe('the ticker', () => {
  const hourly = rule({ id: 'hourly', window: { kind: 'tumbling', size: '1h' } });

  it('closes the window of a stream that fell silent, within its time, however often it was skipped', async () => {
    await applyRules([hourly]);
    const event = await put({
      project: 'shop',
      collection: 'events',
      interval: minutes(0),
      records: [at(0), at(1), at(2)],
    });
    await receive(event);
    await evaluate(event, minutes(16));
    expect(await tickAt(minutes(69))).toEqual({ met: 0, postponed: 0, dropped: 0, closed: 0 });
    expect(announced()).toEqual([]);
    expect(await tickAt(minutes(70))).toEqual({ met: 1, postponed: 0, dropped: 0, closed: 0 });
    expect(announced()).toEqual(['raised hourly * 09:00']);
    await tickAt(minutes(60 * 24 * 30));
    expect(announced()).toEqual(['raised hourly * 09:00', 'resolved hourly * 10:00']);
  });

  it('puts off what is not final, and drops what belongs to no rule any more', async () => {
    await applyRules([hourly]);
    const event = await put({ project: 'shop', collection: 'events', interval: minutes(0), records: [at(0)] });
    const waiting = await put({
      project: 'shop',
      collection: 'events',
      interval: minutes(5),
      records: [],
      receivedAt: minutes(69),
    });
    await receive(event);
    await evaluate(event, minutes(16));
    await receive(waiting); // arrived, and not evaluated yet
    expect(await tickAt(minutes(70))).toEqual({ met: 0, postponed: 1, dropped: 0, closed: 0 });
    expect(await tickAt(minutes(70))).toEqual({ met: 0, postponed: 0, dropped: 0, closed: 0 });
    await applyRules([{ ...hourly, enabled: false }]);
    expect(await tickAt(minutes(72))).toEqual({ met: 0, postponed: 0, dropped: 1, closed: 0 });
    expect(await dump('ruleDeadline')).toEqual([]);
  });
});

describe('a rule over two collections', () => {
  it('waits for the slower of them, and for none that never had a file', async () => {
    await applyRules([rule({ id: 'both', source: { collections: ['events', 'visits', 'nothing'] } })]);
    const [events, visits, more] = [
      await put({ project: 'shop', collection: 'events', interval: minutes(0), records: [at(0), at(1), at(2)] }),
      await put({ project: 'shop', collection: 'visits', interval: minutes(0), records: [] }),
      await put({ project: 'shop', collection: 'events', interval: minutes(5), records: [] }),
    ];
    await receive(visits);
    for (const event of [events, more]) {
      await receive(event);
      await evaluate(event, minutes(17));
    }
    expect(announced()).toEqual([]);
    await evaluate(visits, minutes(18));
    expect(announced()).toEqual(['raised both * 09:00']);
  });
});

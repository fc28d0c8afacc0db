/**
 * The evaluator and the ticker over table, bucket and bus: what they leave behind is a function of the files.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, type Rule } from '../index.ts';
import { at, machines, minutes, rule, status } from '../test/rules.ts';
import {
  announced,
  connect,
  dump,
  evaluate,
  type FileEvent,
  line,
  put,
  receive,
  type TestFile,
  tickAt,
} from '../test/stack.ts';

await connect();

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

describe('a file that was overwritten before it was evaluated', () => {
  it('holds nothing up when the event of its earlier version comes last', async () => {
    await applyRules([rule({ id: 'many' })]);
    const file = (interval: number, count: number) =>
      put({
        project: 'shop',
        collection: 'events',
        interval: minutes(interval),
        records: Array.from({ length: count }, () => at(interval)),
      });
    const [before, earlier, newer] = [await file(0, 3), await file(5, 1), await file(5, 3)];
    for (const event of [before, earlier, newer]) await receive(event);
    await evaluate(newer, minutes(21));
    await expect(evaluate(earlier, minutes(21))).rejects.toMatchObject({ code: 'superseded_file' });
    await evaluate(before, minutes(22));
    await tickAt(minutes(25));
    expect(announced()).toEqual(['raised many * 09:00', 'resolved many * 09:10']);
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

/**
 * A rule with more partitions than it may have, over table and bus: what is judged, and what its health says, follow from the
 * files alone, and what will not be judged costs nothing more.
 */
import { describe, expect, it } from 'vitest';
import { concurrently, DAY, HOUR, iso, SECOND } from '../../runtime/index.ts';
import { partitionKey } from '../collect/group-name.ts';
import { applyRules, evaluateFile, evaluateRecordFiles, tick } from '../index.ts';
import { hashOfPartition } from '../measure/census.ts';
import { at, minutes, rule } from '../test/rules.ts';
import { clear, connect, dump, type FileEvent, idleTimeout, layout, line, mend, put, receive } from '../test/stack.ts';

await connect();

const LIMIT = 40;
const LATER = minutes(60) + 8 * HOUR;
const streams = { ...layout, maxPartitions: LIMIT };
const evaluate = (event: FileEvent, now: number) =>
  evaluateFile(event, { layout: streams, idleTimeout, now: () => now });
const tickAt = (now: number) => tick({ layout: streams, idleTimeout, now });

const given = rule({
  id: 'crowded',
  partitionBy: ['p'],
  window: { kind: 'tumbling', size: '30m' },
  signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 2 } },
});

const names = Array.from({ length: 144 }, (_, n) => `m${n}`);
const hashOf = (name: string) => hashOfPartition(partitionKey([name]));
const LAST = [...names].sort((a, b) => hashOf(a) - hashOf(b)).at(-1) ?? '';

/**
 * Before the crowd, an alert of the one partition that will not be judged in it; then four files of 36 partitions each, so that
 * none is crowded by itself; then quiet.
 */
const records = [
  [at(0, { p: LAST }), at(1, { p: LAST }), at(2, { p: 'm0' })],
  ...Array.from({ length: 5 }, () => []),
  ...[0, 1, 2, 3].map((n) =>
    names.slice(36 * n, 36 * n + 36).flatMap((p) => (p === LAST ? [] : [at(30 + 5 * n, { p }), at(31 + 5 * n, { p })])),
  ),
];

async function files(): Promise<FileEvent[]> {
  const events: FileEvent[] = [];
  for (const [n, held] of records.entries()) {
    events.push(await put({ project: 'shop', collection: 'events', interval: minutes(5 * n), records: held }));
  }
  return events;
}

/** `raised m7 2026-03-02T09:30:00.000Z` of each event, each once. */
function announced(): string[] {
  const byId = new Map(
    line.published.map(({ id, type, detail }) => [id, { type, said: JSON.parse(detail).properties }]),
  );
  return [...byId.values()]
    .map(({ type, said }) => {
      const name = Object.values(said.partition as Record<string, string>)[0] ?? said.summary;
      return `${type.slice('rule.alert_'.length)} ${name} ${said.resolvedAt ?? said.startedAt}${said.status ? ` ${said.status}` : ''}`;
    })
    .sort();
}

describe('a crowd', () => {
  it('is judged alike however its files come, clears nothing, and makes the rule unhealthy', async () => {
    const events = await files();
    await applyRules([given]);
    for (const event of events) {
      await receive(event);
      await evaluate(event, Date.parse(event.properties.receivedAt));
    }
    const inTime = (await dump('ruleContribution')).length;
    await tickAt(LATER);
    await tickAt(LATER);
    const live = announced();
    const pure = evaluateRecordFiles(
      given,
      records.map((held, n) => ({
        records: held,
        interval: minutes(5 * n),
        receivedAt: minutes(5 * n + 5) + 30 * SECOND,
      })),
      { until: LATER - idleTimeout, maxPartitions: LIMIT },
    );
    const raised = pure.episodes.map((one) => `raised ${one.raised.partition.p} ${one.raised.startedAt}`).sort();
    expect(raised.length).toBeLessThan(100);
    expect(raised.length).toBeGreaterThan(10);
    const unhealthy = live.filter((text) => text.includes('Rule failing'));
    expect(unhealthy[0]).toMatch(
      /^raised Rule failing: Rule: some of its windows have more than 40 partitions; the rest are/,
    );
    expect(unhealthy).toHaveLength(2);
    expect(live.filter((text) => text.startsWith('raised m'))).toEqual(raised);
    expect(live.filter((text) => text.includes(` ${LAST} `))).toEqual([
      `raised ${LAST} ${iso(minutes(0))}`,
      `resolved ${LAST} ${iso(minutes(60))}`,
    ]);
    // those beyond are not even written, once the table knows of the crowd
    expect(inTime).toBeLessThan(2 + 143 + 4);

    await clear();
    await applyRules([given]);
    for (const event of events) await receive(event);
    const again = [...events.toReversed(), ...events];
    await concurrently(again, 4, (event) => evaluate(event, minutes(61)));
    await tickAt(LATER);
    await tickAt(LATER);
    expect(announced()).toEqual(live);
  });

  it('that late files bring about takes back, within grace, what must not be judged then', async () => {
    const events = await files();
    const late = events.splice(7);
    await applyRules([given]);
    for (const event of events) {
      await receive(event);
      await evaluate(event, Date.parse(event.properties.receivedAt));
    }
    await tickAt(minutes(75));
    const before = announced();
    const raised = names.slice(0, 36).map((name) => `raised ${name} ${iso(minutes(30))}`);
    expect(before).toEqual(expect.arrayContaining(raised));
    for (const event of late) {
      await receive(event);
      await evaluate(event, minutes(76));
    }
    await tickAt(LATER);
    await tickAt(LATER);
    const withdrawn = announced().flatMap((text) => /^revised (\S+) \S+ withdrawn/.exec(text)?.[1] ?? []);
    expect(withdrawn.length).toBeGreaterThan(10);
    const judged = names.filter((name) => announced().includes(`raised ${name} ${iso(minutes(30))}`));
    const standing = judged.filter((name) => !withdrawn.includes(name));
    expect(Math.min(...withdrawn.map(hashOf))).toBeGreaterThan(Math.max(...standing.map(hashOf)));
  });

  it('is known to the health of the rule however long nobody looked', async () => {
    const events = await files();
    await applyRules([given]);
    for (const event of events) await receive(event);
    for (const event of events) await evaluate(event, minutes(61));
    await tickAt(minutes(60) + 5 * DAY);
    await tickAt(minutes(60) + 5 * DAY);
    expect(announced().filter((text) => text.includes('Rule failing'))).toHaveLength(2);
  });

  it('is judged alike though the evaluator is killed between any two writes', async () => {
    const limit = 2;
    const three = ['m0', 'm1', 'm2'];
    const crowded = [three.slice(0, 1), three, []].map((held, n) =>
      held.flatMap((p) => [at(30 * n, { p }), at(30 * n + 1, { p })]),
    );
    const events = await Promise.all(
      crowded.map((held, n) =>
        put({ project: 'shop', collection: 'events', interval: minutes(30 * n), records: held }),
      ),
    );
    const run = (event: FileEvent) =>
      evaluateFile(event, { layout: { ...layout, maxPartitions: limit }, idleTimeout, now: () => minutes(70) });
    const end = (now: number) => tick({ layout: { ...layout, maxPartitions: limit }, idleTimeout, now });
    let clean: { announced: string[]; state: unknown } | undefined;
    for (let writes = Number.POSITIVE_INFINITY; ; writes = Number.isFinite(writes) ? writes + 1 : 0) {
      await clear();
      await applyRules([given]);
      for (const event of events) await receive(event);
      line.left = writes;
      for (const event of events) await run(event).catch(() => undefined);
      const died = line.dead;
      mend();
      for (const event of events) await run(event);
      await end(LATER);
      await end(LATER);
      await end(LATER + 2 * DAY); // the grace of its health is over
      const said = { announced: announced(), state: await dump('ruleContribution', 'rulePartition', 'ruleDeadline') };
      clean ??= said;
      expect({ writes, ...said }).toEqual({ writes, ...clean });
      if (Number.isFinite(writes) && !died) break;
    }
    expect(clean?.announced.some((text) => text.includes('Rule failing'))).toBe(true);
  }, 180_000); // some fifty runs, one for each write
});

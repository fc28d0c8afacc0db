/**
 * Rules of several forms, crowded in some windows, over table and bus: what is said is what the pure evaluation says of
 * the same records, as the files come live or shuffled, repeated and at once.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, evaluateFile, evaluateRecords, parseRule, type RuleInput, tick } from '../index.ts';
import { forms } from '../test/forms.ts';
import { at, minutes } from '../test/rules.ts';
import { clear, connect, type FileEvent, idleTimeout, layout, line, put, receive } from '../test/stack.ts';

await connect();

const MACHINES = Array.from({ length: 72 }, (_, n) => `m${n}`);
const LIMIT = 36;
/** Half of the machines say something: as many as fit a file, but two such files of a window are a crowd. */
const HALF = 36;
const END = minutes(60);
const LATER = END + 8 * HOUR;
const streams = { ...layout, maxPartitions: LIMIT };
const evaluate = (event: FileEvent, now: number) =>
  evaluateFile(event, { layout: streams, idleTimeout, now: () => now });
const tickAt = (now: number) => tick({ layout: streams, idleTimeout, now });

/** One of each way in which a crowd is met: the pure properties hold all forms to the same. */
const given: RuleInput[] = [
  ...['sliding, each', 'deduped, sliding, any', 'early', 'session', 'absence of what was seen', 'latest'].flatMap(
    (name) => forms[name] ?? [],
  ),
  { ...forms.latest, quantifier: 'each' } as RuleInput,
];
const rules = given.map((form, n) => parseRule({ ...form, id: `form-${n}` }));

interface Interval {
  /** The machine from which on half of them say something; undefined where few do. */
  readonly crowd: number | undefined;
  readonly few: readonly number[];
}

const interval: fc.Arbitrary<Interval> = fc.record({
  crowd: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(0, 18, 36) },
  ),
  few: fc.array(fc.nat({ max: MACHINES.length - 1 }), { maxLength: 4 }),
});

function recordsOf(intervals: readonly Interval[]): JsonObject[][] {
  return intervals.map(({ crowd, few }, n) => {
    const half = crowd === undefined ? [] : Array.from({ length: HALF }, (_, k) => (crowd + k) % MACHINES.length);
    return [...half, ...few].map((machine, k) => {
      const x = (machine * 7 + n * 3 + k * k) % 10;
      const type = 'aabc'[(machine + n + k) % 4] ?? 'a';
      const state = x > 4 ? 'stopped' : 'running';
      return at(5 * n + k / 20, {
        eventType: 'machineStatusChange',
        machineId: MACHINES[machine] ?? '',
        x,
        type,
        state,
      });
    });
  });
}

/** What was announced of the rules, each event once; and how the episodes of their health stand after all that was said of them. */
function announced(): { told: string[]; health: string[] } {
  const byId = new Map(
    line.published.map(({ id, type, detail }) => [id, { type, said: JSON.parse(detail).properties }]),
  );
  const told: string[] = [];
  const health = new Map<string, string>();
  for (const { type, said } of byId.values()) {
    if (said.rule.name.startsWith('Rule failing')) {
      const stands = said.status === 'withdrawn' ? 'withdrawn' : (said.resolvedAt ?? 'firing');
      health.set(said.episode, `${said.rule.id} ${said.startedAt} ${stands}`);
    } else told.push(`${type} ${said.episode} ${said.value} ${said.resolvedAt ?? said.startedAt}`);
  }
  return { told: told.sort(), health: [...health.values()].filter((text) => !text.endsWith('withdrawn')).sort() };
}

function expected(records: readonly JsonObject[][]): string[] {
  return rules
    .flatMap((one) => {
      const intervals = records.flatMap((held, n) => held.map(() => minutes(5 * n)));
      return evaluateRecords(one, records.flat(), { until: LATER - idleTimeout, maxPartitions: LIMIT, intervals })
        .episodes;
    })
    .flatMap(({ raised, resolved }) => [
      `rule.alert_raised ${raised.episode} ${raised.value} ${raised.startedAt}`,
      ...(resolved === undefined
        ? []
        : [`rule.alert_resolved ${resolved.episode} ${resolved.value} ${resolved.resolvedAt}`]),
    ])
    .sort();
}

it('says over the table what it says in memory, once, whatever the deliveries', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(interval, { minLength: 12, maxLength: 12 }),
      fc.infiniteStream(fc.nat({ max: 1000 })),
      async (intervals, random) => {
        const records = recordsOf(intervals);
        const events: FileEvent[] = [];
        for (const [n, held] of records.entries()) {
          events.push(await put({ project: 'shop', collection: 'events', interval: minutes(5 * n), records: held }));
        }
        await clear();
        await applyRules(rules);
        for (const event of events) {
          await receive(event);
          await evaluate(event, Date.parse(event.properties.receivedAt));
        }
        await tickAt(END + 15 * MINUTE);
        await tickAt(LATER);
        await tickAt(LATER);
        const live = announced();
        expect(live.told).toEqual(expected(records));

        await clear();
        await applyRules(rules);
        for (const event of events) await receive(event);
        const order = [...events, ...events].map((event) => ({ event, at: random.next().value ?? 0 }));
        const shuffled = order.sort((a, b) => a.at - b.at).map(({ event }) => event);
        await concurrently(shuffled, 6, (event) => evaluate(event, END));
        await tickAt(LATER);
        await tickAt(LATER);
        expect(announced()).toEqual(live);
      },
    ),
    { numRuns: 1, endOnFailure: true },
  );
}, 600_000);

/**
 * Every form of rule over table and bus: as its files come live, or shuffled, repeated and at once; killed between any two
 * writes while others evaluate the same; and moved on by the ticker alone.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, evaluateRecords, parseRule, type Rule } from '../index.ts';
import { forms } from '../test/forms.ts';
import { at, minutes } from '../test/rules.ts';
import { clear, connect, dump, evaluate, type FileEvent, line, put, receive, tickAt } from '../test/stack.ts';

await connect();

const rules: Rule[] = Object.values(forms).map((form, n) => parseRule({ ...form, id: `form-${n}` }));
const END = minutes(60);
const LATER = END + 8 * HOUR;

/** Two machines over an hour, in no regular way. */
const records: JsonObject[] = Array.from({ length: 36 }, (_, n) => {
  const x = (n * n + 3 * n) % 10;
  return at((n * 7.3) % 55, {
    eventType: 'machineStatusChange',
    machineId: n % 3 === 0 ? 'a' : 'b',
    x,
    type: 'aabc'[(n * 5 + Math.floor(n / 7)) % 4] ?? 'a',
    state: x > 4 ? 'stopped' : 'running',
  });
});

async function files(): Promise<FileEvent[]> {
  const events: FileEvent[] = [];
  for (let interval = minutes(0); interval < END; interval += 5 * MINUTE) {
    const held = records.filter((record) => {
      const time = Date.parse(String((record.keen as JsonObject).timestamp));
      return time >= interval && time < interval + 5 * MINUTE;
    });
    events.push(await put({ project: 'shop', collection: 'events', interval, records: held }));
  }
  return events;
}

/** What was announced, each event once: `raised form-3 a 09:05`. */
function announced(): string[] {
  const byId = new Map(
    line.published.map(({ id, type, detail }) => [id, { type, said: JSON.parse(detail).properties }]),
  );
  return [...byId.values()]
    .map(({ type, said }) => `${type} ${said.episode} ${said.value} ${said.resolvedAt ?? said.startedAt}`)
    .sort();
}

/** What the pure evaluation says of the same records. */
function expected(until: number): string[] {
  return rules
    .flatMap((one) => evaluateRecords(one, records, { until }).episodes)
    .flatMap(({ raised, resolved }) => [
      `rule.alert_raised ${raised.episode} ${raised.value} ${raised.startedAt}`,
      ...(resolved === undefined
        ? []
        : [`rule.alert_resolved ${resolved.episode} ${resolved.value} ${resolved.resolvedAt}`]),
    ])
    .sort();
}

const STATE = ['ruleContribution', 'rulePartition', 'ruleDeadline', 'ruleIntake'];

describe('every form', () => {
  let events: FileEvent[];
  beforeAll(async () => {
    events = await files();
  });

  it('says over the table what it says in memory, once, and leaves the same bytes whatever the deliveries', async () => {
    await applyRules(rules);
    for (const event of events) {
      await receive(event);
      await evaluate(event, Date.parse(event.properties.receivedAt));
    }
    await tickAt(END + 15 * MINUTE);
    await tickAt(LATER);
    await tickAt(LATER);
    const live = announced();
    expect(live).toEqual(expected(LATER - 10 * MINUTE));
    expect(line.published.length).toBe(live.length);
    const state = await dump(...STATE);
    for (const { outbox } of await dump('rulePartition')) expect(outbox).toBe('[]');

    await clear();
    await applyRules(rules);
    for (const event of events) await receive(event);
    const again = [...events.toReversed(), ...events.filter((_, n) => n % 4 === 0)];
    await concurrently(again, 10, (event) => evaluate(event, END));
    await tickAt(LATER);
    await tickAt(LATER);
    expect(announced()).toEqual(live);
    expect(await dump(...STATE)).toEqual(state);
  });
});

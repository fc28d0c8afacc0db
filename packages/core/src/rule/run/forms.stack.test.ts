/**
 * Every form of rule over table and bus: as its files come live, or shuffled, repeated and at once; killed between any two
 * writes while others evaluate the same; and moved on by the ticker alone.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { concurrently, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, evaluateRecords, parseRule, type Rule } from '../index.ts';
import { forms } from '../test/forms.ts';
import { at, minutes, rule } from '../test/rules.ts';
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
  tickAt,
} from '../test/stack.ts';

await connect();
afterAll(disconnect);
beforeEach(async () => {
  mend();
  await clear();
});

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

describe('two evaluators at once, killed between any two writes', () => {
  it('leave one episode and one outbox entry, each announced once', async () => {
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

describe('the ticker', () => {
  const silent = rule({ id: 'silent', signal: { kind: 'absence', expect: 'any' }, for: '10m' });

  /** Ticks at the given minutes, twice each where doubled; the minute in which each announcement came. */
  async function announcements(ticks: Iterable<number>, doubled: boolean): Promise<string[]> {
    await applyRules([silent]);
    const event = await put({ project: 'shop', collection: 'events', interval: minutes(0), records: [at(0)] });
    await receive(event);
    await evaluate(event, minutes(6));
    const came: string[] = [];
    for (const minute of ticks) {
      const before = line.published.length;
      await Promise.all([tickAt(minutes(minute)), ...(doubled ? [tickAt(minutes(minute))] : [])]);
      const ids = new Map(line.published.slice(before).map(({ id, type }) => [id, type]));
      for (const type of ids.values()) came.push(`${type.slice(11)} at ${minute}`);
    }
    return came;
  }
  const everyMinute = Array.from({ length: 15 }, (_, n) => 25 + n);

  it('raises an absence in the minute it is due, run once or twice at once', async () => {
    // silent from 09:05, breaching at 09:10, for ten minutes at 09:20; known when the stream has been idle for ten
    expect(await announcements(everyMinute, false)).toEqual(['raised at 30']);
    await clear();
    expect(await announcements(everyMinute, true)).toEqual(['raised at 30']);
  });

  it('makes up for ten minutes it was skipped', async () => {
    const skipped = everyMinute.filter((minute) => minute < 27 || minute > 36);
    expect(await announcements(skipped, true)).toEqual(['raised at 37']);
  });

  it('reads what is due, and nothing else', async () => {
    await announcements([7, 8, 9], false);
    const [deadline] = await dump('ruleDeadline');
    expect(deadline?.due).toBeGreaterThan(minutes(9));
    expect(await tickAt(minutes(9))).toEqual({ met: 0, postponed: 0, dropped: 0, closed: 0 });
  });
});

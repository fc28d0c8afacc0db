/**
 * A week as it was lived, file by file with the ticker between, and the same week's files come in one go long after: the same
 * is announced, through the table.
 */
import { describe, expect, it } from 'vitest';
import { concurrently, DAY, HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, parseRule, type Rule } from '../index.ts';
import { forms } from '../test/forms.ts';
import { at, minutes } from '../test/rules.ts';
import { clear, connect, evaluate, line, put, receive, type TestFile, tickAt } from '../test/stack.ts';

await connect();

/** Of each kind of signal and window one. */
const names = [
  'tumbling',
  'sliding, each',
  'session',
  'count window',
  'm of n',
  'match',
  'absence of any',
  'absence of what was seen',
  'not followed by',
  'change',
  'latest',
];
const rules: Rule[] = names.map((name, n) => parseRule({ ...forms[name], id: `week-${n}` }));

const WEEK = 7 * DAY;
/** Three times in the week six files come; between them it is silent. */
const INTERVALS = [0, 55 * HOUR, 140 * HOUR].flatMap((burst) =>
  [0, 5, 10, 30, 60, 90].map((minute) => minutes(minute) + burst),
);

/** Files of five minutes in which two machines tell a lot. */
const files: TestFile[] = INTERVALS.map((interval, n) => {
  const records: JsonObject[] = Array.from({ length: 4 + 2 * (n % 4) }, (_record, m) => {
    const x = (n * 5 + m * m) % 10;
    return at((interval - minutes(0)) / MINUTE + m * 0.45, {
      eventType: 'machineStatusChange',
      machineId: m % 2 === 0 ? 'a' : 'b',
      x,
      type: 'aabc'[(n + m) % 4] ?? 'a',
      state: x > 4 ? 'stopped' : 'running',
    });
  });
  return { project: 'shop', collection: 'events', interval, records };
});

/** Each event once, by id: when it says what of whom. */
function announced(): string[] {
  const byId = new Map(line.published.map(({ id, type, detail }) => [id, `${type} ${said(detail)}`]));
  return [...byId].map(([id, text]) => `${id} ${text}`).sort();
}

function said(detail: string): string {
  const { rule, partition, window, startedAt, resolvedAt, value } = JSON.parse(detail).properties;
  return JSON.stringify([rule.id, partition, window, startedAt, resolvedAt, value]);
}

describe('a week', () => {
  it('replayed in one go is the week as it was lived', { timeout: 180_000 }, async () => {
    const end = minutes(0) + WEEK;
    await applyRules(rules);
    for (const [n, file] of files.entries()) {
      const event = await put(file);
      await receive(event);
      await evaluate(event, Date.parse(event.properties.receivedAt) + MINUTE);
      const next = files[n + 1]?.interval ?? end;
      for (const now of [file.interval + 20 * MINUTE, file.interval + 6 * HOUR, next])
        if (now <= next) await tickAt(now);
    }
    await tickAt(end + 30 * DAY);
    const live = announced();
    const told = new Set(live.map((text) => /week-\d+/.exec(text)?.[0]));
    expect([...told].sort()).toEqual(rules.map(({ id }) => id).sort());
    expect(line.published.length).toBe(live.length);

    await clear();
    await applyRules(rules);
    const now = end + 20 * DAY;
    const events = await Promise.all(files.map((file) => put({ ...file, receivedAt: now })));
    for (const event of events) await receive(event);
    await concurrently(events.toReversed(), 6, (event) => evaluate(event, now));
    await tickAt(now + 11 * MINUTE);
    await tickAt(end + 30 * DAY);
    expect(announced()).toEqual(live);
    expect(line.published.length).toBe(live.length);
  });
});

/**
 * The ticker over table and bus: time passes without files, too.
 */
import { describe, expect, it, vi } from 'vitest';
import { applyRules } from '../index.ts';
import { at, minutes, rule } from '../test/rules.ts';
import { announced, clear, connect, dump, evaluate, line, put, receive, tickAt } from '../test/stack.ts';

await connect();

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

describe('the trace of what time alone brings', () => {
  const hourly = rule({ id: 'hourly', window: { kind: 'tumbling', size: '1h' } });

  /** What a tick announces at a minute, by event, and the lines of its log that have a trace. */
  async function ticked(minute: number) {
    const lines: string[] = [];
    vi.stubEnv('MILLRACE_LOG_LEVEL', 'info');
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    const before = line.published.length;
    await tickAt(minutes(minute));
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    const events = line.published.slice(before).map(({ detail }) => JSON.parse(detail).metadata);
    const logged = lines.map((text) => JSON.parse(text)).filter(({ message }) => message === 'alert announced');
    return { events, logged };
  }

  /** As a file leaves it that nobody follows. */
  async function raised() {
    await clear();
    await applyRules([hourly]);
    const records = [at(0), at(1), at(2)];
    const event = await put({ project: 'shop', collection: 'events', interval: minutes(0), records });
    await receive(event);
    await evaluate(event, minutes(16));
    return await ticked(70);
  }

  it('is that of the episode, from raise to resolve, and the log ties it to the deadline that was met', async () => {
    const raise = await raised();
    const resolve = await ticked(60 * 24 * 30);
    const [raisedBy, resolvedBy] = [raise.events[0], resolve.events[0]];
    expect(raisedBy.traceId).toMatch(/^trc_/);
    expect(resolvedBy.traceId).toBe(raisedBy.traceId);
    for (const { events, logged } of [raise, resolve]) {
      expect(logged).toMatchObject([{ event: events[0].id, traceId: events[0].traceId }]);
      expect(logged[0].causedByTrace).toMatch(/^trc_/);
      expect(logged[0].causedByTrace).not.toBe(events[0].traceId);
    }
    expect(resolve.logged[0].causedByTrace).not.toBe(raise.logged[0].causedByTrace);
  });

  it('is the same when all of it happens again', async () => {
    const [once, again] = [await raised(), await raised()];
    expect(again.events).toEqual(once.events);
    expect(again.logged[0].causedByTrace).toBe(once.logged[0].causedByTrace);
  });
});

describe('the ticker, run or skipped', () => {
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
    line.read.items = 0;
    expect(await tickAt(minutes(9))).toEqual({ met: 0, postponed: 0, dropped: 0, closed: 0 });
    expect(line.read.items).toBe(0);
  });
});

describe('whatever time alone brings', () => {
  const three = [at(0), at(1), at(2)];
  /** The minute in which each has to come: its own, and the ten in which a stream counts as silent. */
  const due: readonly [minute: number, announcement: string][] = [
    [16, 'raised kept * 09:00'], // the file came half a minute after its interval
    [16, 'raised many * 09:00'],
    [20, 'resolved many * 09:05'], // the window from 09:05 has nothing, and ends at 09:10
    [30, 'raised silent * 09:05'],
    [40, 'resolved kept * 09:25'], // quiet from 09:10 for twenty minutes
    [70, 'raised hourly * 09:00'],
    [130, 'resolved hourly * 10:00'],
  ];
  const rules = [
    rule({ id: 'many' }),
    rule({ id: 'kept', keepFiringFor: '20m' }),
    rule({ id: 'silent', signal: { kind: 'absence', expect: 'any' }, for: '10m' }),
    rule({ id: 'hourly', window: { kind: 'tumbling', size: '1h' } }),
  ];

  it.each([
    ['in its minute', 0],
    ['ten minutes later, where it was skipped so long', 10],
  ])('comes %s, once, though two run at once', async (_, late) => {
    await applyRules(rules);
    const event = await put({ project: 'shop', collection: 'events', interval: minutes(0), records: three });
    await receive(event);
    await evaluate(event, minutes(6));
    for (const minute of new Set(due.map(([when]) => when))) {
      if (late === 0) await tickAt(minutes(minute - 1));
      const before = due.filter(([when]) => when < minute).map(([, one]) => one);
      if (late === 0) expect(announced(), `before ${minute}`).toEqual(before.sort());
      await Promise.all([tickAt(minutes(minute + late)), tickAt(minutes(minute + late))]);
      const by = due.filter(([when]) => when <= minute + late).map(([, one]) => one);
      expect(announced(), `by ${minute + late}`).toEqual(by.sort());
    }
  });
});

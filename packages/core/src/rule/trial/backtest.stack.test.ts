/**
 * Back-tests over files in a bucket, against the run that lived them.
 */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../stream/index.ts';
import { applyRules, backtest } from '../index.ts';
import { at, clock, machines, minutes, rule, status } from '../test/rules.ts';
import { connect, dump, evaluate, layout, line, put, receive, tickAt } from '../test/stack.ts';

await connect();

const period = { from: minutes(0), to: minutes(60), layout };

/** Machines a and b: a stops at 09:11, b at 09:22, a runs again at 09:41. */
async function live(): Promise<void> {
  for (let n = 0; n < 12; n++) {
    const records: JsonObject[] = [
      status(n * 5 + 1, 'a', n >= 2 && n < 8 ? 'stopped' : 'running'),
      status(n * 5 + 2, 'b', n >= 4 ? 'stopped' : 'running'),
    ];
    const event = await put({ project: 'live', collection: 'machines', interval: minutes(n * 5), records });
    await receive(event);
    await evaluate(event, minutes(n * 5 + 16));
  }
  await tickAt(minutes(600));
}

describe('backtest', () => {
  it('says what the live run said, and writes nothing', async () => {
    const rules = [machines('all', { project: 'live' }), machines('each', { project: 'live', for: '10m' })];
    await applyRules(rules);
    await live();
    const said = line.published.map(({ detail }) => JSON.parse(detail).properties);
    const before = JSON.stringify(await dump());
    const tested = await Promise.all(rules.map((one) => backtest(one, period)));
    expect(JSON.stringify(await dump())).toBe(before);
    const episodes = tested
      .flatMap(({ episodes: found }) => found)
      .flatMap(({ raised, resolved }) => [raised, resolved]);
    const inPeriod = said.filter(({ window }) => Date.parse(window.end) <= period.to);
    expect(episodes.filter((one) => one !== undefined)).toHaveLength(inPeriod.length);
    for (const episode of inPeriod) expect(episodes).toContainEqual(episode);
    expect(tested[0]).toMatchObject({ files: 12, records: 24, rejected: 0, overflowed: 0 });
  });

  it('finds files nobody received, judges no window that began before, and leaves other streams alone', async () => {
    const three = (minute: number) => [at(minute), at(minute + 1), at(minute + 2)];
    await put({ project: 'old', collection: 'events', interval: minutes(5), records: [...three(5), ...three(0)] });
    await put({ project: 'old', collection: 'events', interval: minutes(10), records: three(11) });
    await put({ project: 'old', collection: 'other', interval: minutes(5), records: three(5) });
    const tested = await backtest(rule(), { ...period, project: 'old', from: minutes(5), to: minutes(10) });
    expect(tested).toMatchObject({ files: 1, records: 6 });
    expect(tested.episodes.map(({ raised, resolved }) => [clock(raised.startedAt), resolved])).toEqual([
      ['09:05', undefined],
    ]);
  });

  it.each([
    [minutes(5), minutes(5)],
    [minutes(5), Number.NaN],
    [0, minutes(0)],
  ])('refuses a period from %d to %d', async (from, to) => {
    await expect(backtest(rule(), { ...period, from, to })).rejects.toThrow('no period of at most 31 days');
  });
});

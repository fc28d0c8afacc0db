/**
 * Running handlers in threads: what a run sees, and how one that does not end well is ended.
 */
import { afterEach, describe, expect, test } from 'vitest';
import type { FunctionCode } from './instance.ts';
import { Pool } from './pool.ts';

const fixture = (name: string) => new URL(`../../test/fixtures/${name}.ts`, import.meta.url).href;
const probe: FunctionCode = {
  name: 'probe',
  module: fixture('probe'),
  exported: 'handler',
  timeout: 30,
  memory: 256,
  env: { ONLY: 'this' },
};

const pools: Pool[] = [];
const lines: string[] = [];
function pool(code: Partial<FunctionCode> = {}, limit = 1): Pool {
  const made = new Pool({ ...probe, ...code }, { limit, onLog: (name, line) => lines.push(`${name}: ${line}`) });
  pools.push(made);
  return made;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map(async (one) => await one.stop()));
  lines.length = 0;
});

describe('a run', () => {
  test('sees its own environment and nothing of ours', async () => {
    process.env.OURS = 'secret';
    const seen = await pool().run({ do: 'tell' });
    expect(seen).toMatchObject({
      env: { ONLY: 'this' },
      name: 'probe',
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    });
    expect(seen).not.toHaveProperty('env.OURS');
  });

  test('finds the instance of the one before warm', async () => {
    const warm = pool();
    const first = await warm.run({ do: 'tell' });
    const second = await warm.run({ do: 'tell' });
    expect([first, second]).toMatchObject([{ runs: 1 }, { runs: 2 }]);
  });

  test('gets what is left of its time', async () => {
    const remaining = await pool({ timeout: 30 }).run({ do: 'remaining' });
    expect(remaining).toBeGreaterThan(25_000);
    expect(remaining).toBeLessThanOrEqual(30_000);
  });

  test('returns nothing as null', async () => {
    expect(await pool({ exported: 'returnsUndefined' }).run({})).toBeNull();
  });

  test('writes lines to the log under its name', async () => {
    await pool().run({ do: 'log' });
    await expect.poll(() => lines.toSorted()).toEqual(['probe: to stderr', 'probe: to stdout']);
  });
});

describe('a run that does not end well', () => {
  test.each([
    ['a synchronous endless loop', 'loop', 'timed_out'],
    ['a promise that never settles', 'hang', 'timed_out'],
    ['process.exit', 'exit', 'crashed'],
    ['an error outside any promise', 'throw later', 'crashed'],
    ['an error', 'throw', 'handler_threw'],
  ])('%s fails it, and the next run is well', async (_, what, code) => {
    const one = pool({ timeout: 1 });
    await expect(one.run({ do: what })).rejects.toMatchObject({ name: 'RunFailed', code });
    expect(await one.run({ do: 'tell' })).toMatchObject({ name: 'probe' });
  });

  test('an error leaves the instance warm', async () => {
    const warm = pool();
    await expect(warm.run({ do: 'throw' })).rejects.toThrow('as asked');
    expect(await warm.run({ do: 'tell' })).toMatchObject({ runs: 2 });
  });

  test.each([
    ['a module that throws at import', { module: fixture('broken') }, 'broken at import'],
    ['a module that is not there', { module: fixture('absent') }, 'absent'],
    ['a handler that is not there', { exported: 'nothing' }, 'exports no function named nothing'],
    ['a handler that throws at once', { exported: 'throwsAtOnce' }, 'before any promise'],
  ])('%s says so', async (_, code, message) => {
    await expect(pool(code).run({})).rejects.toThrow(message);
  });

  test('stopping ends what runs', async () => {
    const one = pool();
    const run = one.run({ do: 'loop' });
    run.catch(() => undefined);
    setTimeout(() => void one.stop(), 300);
    await expect(run).rejects.toMatchObject({ code: 'stopped' });
  });
});

test('runs at once are at most the limit, each on an instance of its own', async () => {
  const two = pool({}, 2);
  const threads = await Promise.all([1, 2, 3, 4].map(async () => await two.run({ do: 'wait' })));
  expect(new Set(threads).size).toBe(2);
  expect(two.busy).toBe(0);
});

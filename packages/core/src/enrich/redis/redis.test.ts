/**
 * Against a real Redis and a real Valkey (`apt-get install redis-server valkey-server`); what is missing it says that it skips.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from '@redis/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { createLookupMemory } from '../lookup/memory.ts';
import { runSteps, scope } from '../test/run-steps.ts';
import { type RedisLookup, redis } from './index.ts';

const servers = ['redis-server', 'valkey-server'].map((name) => ({ name, program: `/usr/bin/${name}` }));
for (const { name, program } of servers) {
  if (!existsSync(program)) console.warn(`${program} is missing (apt-get install ${name}): its tests are skipped`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // listening on a port
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-redis-'));
let port = 0;
let server: ChildProcess | undefined;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(program: string): Promise<void> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  server = spawn(program, settings, { stdio: 'ignore' });
  for (let tries = 0; tries < 100; tries++) {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } });
    client.on('error', () => undefined);
    const up = await client.connect().then(
      () => true,
      () => false,
    );
    client.destroy();
    if (up) return;
    await sleep(50);
  }
  throw new Error(`${program} did not start`);
}

async function stop(): Promise<void> {
  const ended = new Promise((resolve) => server?.once('exit', resolve));
  server?.kill();
  await ended;
}

async function fill(): Promise<void> {
  const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
  await Promise.all([
    client.set('p:a', '{"name":"Pan","__proto__":1}'),
    client.set('p:b', 'no JSON'),
    client.set('text:a', 'Pan'),
    client.hSet('h:a', { name: 'Pan', price: '7' }),
    ...Array.from({ length: 2500 }, (_, n) => client.set(`n:${n}`, String(n))),
  ]);
  await client.close();
}

function source(options: Partial<RedisLookup>) {
  const clock = { now: 0 };
  const memory = createLookupMemory({ clock: () => clock.now });
  const made = redis({ url: `redis://127.0.0.1:${port}`, memory, ...options });
  const ask = async (...ids: string[]) => {
    const { found, failed } = await (await made.open(scope))(new Set(ids));
    return [Object.fromEntries(found), [...failed]];
  };
  return { clock, made, ask };
}

for (const { name, program } of servers) {
  describe.skipIf(!existsSync(program))(`a lookup in ${name}`, () => lookups(program));
}

function lookups(program: string): void {
  beforeAll(async () => {
    port = await freePort();
    await start(program);
    await fill();
  });
  afterAll(stop);

  it.each<[Partial<RedisLookup>, unknown]>([
    [{ prefix: 'p:' }, [{ a: '{"name":"Pan","__proto__":1}' }, ['b']]],
    [{ prefix: 'text:', holds: 'text' }, [{ a: '"Pan"' }, []]],
    [{ prefix: 'h:', holds: 'hash' }, [{ a: '{"name":"Pan","price":"7"}' }, []]],
    [{ prefix: 'other:' }, [{}, []]],
  ])('%j', async (options, expected) => {
    expect(await source(options).ask('a', 'b', 'c')).toEqual(expected);
  });

  it('takes any text for an id', async () => {
    const ids = ['__proto__', 'constructor', 'a\r\nFLUSHALL', '* \0', '\ud800', 'x'.repeat(1_000_000)];
    for (const holds of ['json', 'text', 'hash'] as const) {
      expect(await source({ prefix: `hostile-${holds}:`, holds }).ask(...ids)).toEqual([{}, []]);
    }
    expect(await source({ prefix: 'text:', holds: 'text' }).ask('a')).toEqual([{ a: '"Pan"' }, []]);
  });

  it('asks for thousands in pipelines, and once', async () => {
    const { ask } = source({ prefix: 'n:' });
    const ids = Array.from({ length: 3000 }, (_, n) => String(n));
    const before = await commands();
    const [found] = await ask(...ids);
    expect(Object.keys(found as object)).toHaveLength(2500);
    await ask(...ids);
    expect((await commands()) - before).toBe(3000);
  });

  it('enriches a record', async () => {
    const { made } = source({ prefix: 'p:' });
    const step = { kind: 'lookup', from: made, at: 'id', into: 'product' };
    expect((await runSteps([step], '{"id":"a"}')).json).toBe('{"id":"a","product":{"name":"Pan","__proto__":1}}');
    expect((await runSteps([step], '{"id":"b"}')).notes).toEqual(['id lookup_failed']);
    expect((await runSteps([step], '{"id":"c\\r\\nFLUSHALL"}')).notes).toEqual(['id not_found']);
  });

  it('goes on with what it knows while Redis is gone, fails where it knows nothing, and comes back', async () => {
    const { clock, ask } = source({ prefix: 'n:' });
    await ask('1');
    await stop();
    clock.now = 10 * MINUTE;
    expect(await ask('1')).toEqual([{ 1: '1' }, []]);
    await expect(ask('2')).rejects.toThrow(/Redis was not reached/);
    expect(await source({ prefix: 'n:', whenUnavailable: 'note' }).ask('2')).toEqual([{}, ['2']]);
    await start(program);
    await fill();
    expect(await ask('2')).toEqual([{ 2: '2' }, []]);
  });
}

async function commands(): Promise<number> {
  const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect();
  const stats = await client.info('commandstats');
  await client.close();
  return Number(/cmdstat_get:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

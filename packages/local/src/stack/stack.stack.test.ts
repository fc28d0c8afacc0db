/**
 * The stack as a whole, over fixture functions: the way of an object, the clock, failures, restarts, and its end.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, test } from 'vitest';
import { registry } from '../../test/fixtures/registry.ts';
import { createClients } from '../provision/index.ts';
import { type Stack, type StackOptions, startStack } from './index.ts';

const anyPorts = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
const stacks: Stack[] = [];
const folders: string[] = [];
const logged: string[] = [];

async function start(options: StackOptions = {}) {
  const onLog = (name: string, line: string) => logged.push(`${name}| ${line}`);
  const stack = await startStack({ ports: anyPorts, registry, retryDelay: 0, onLog, ...options });
  stacks.push(stack);
  const clients = createClients(stack.env);
  const put = async (Key: string) =>
    await clients.s3.send(new PutObjectCommand({ Bucket: stack.resources.bucket, Key, Body: 'body' }));
  return { ...stack, clients, put };
}

const fixture = (name: string) => fileURLToPath(new URL(`../../test/fixtures/${name}.ts`, import.meta.url));

/** What the fixture `tell` said in the name of a function. */
const told = (name: string) =>
  logged.filter((line) => line.startsWith(`${name}| {`)).map((line) => JSON.parse(line.slice(name.length + 2)));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  folders.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(stacks.splice(0).map(async (stack) => await stack.stop()));
  await Promise.all(folders.splice(0).map(async (path) => await rm(path, { recursive: true })));
  logged.length = 0;
});

describe('the way of an object', () => {
  test('S3 → default bus → queue → function → typed bus → queue → function', async () => {
    const { put, idle, deadLetters } = await start();
    await put('a b/ü🙂.json');
    await put('_millrace/quarantine/not-for-them');
    await idle({ timeout: 60_000 });
    const [heard, ...more] = told('listener');
    expect(more).toEqual([]);
    expect(heard.event.Records).toHaveLength(1);
    const [record] = heard.event.Records;
    expect(record).toMatchObject({ eventSource: 'aws:sqs', attributes: { ApproximateReceiveCount: '1' } });
    expect(JSON.parse(record.body)).toMatchObject({
      source: 'millrace.local',
      'detail-type': 'stream.file_received',
      detail: { properties: { key: 'a b/ü🙂.json' } },
    });
    expect(deadLetters()).toEqual({ listener: 0, intake: 0, sender: 0 });
  });

  test('a function is linked to what its grants name, and no more', async () => {
    const { put, tick, idle } = await start();
    await put('file');
    await tick(Date.now());
    await idle({ timeout: 60_000 });
    expect(told('listener')[0].links).toEqual(['SST_RESOURCE_App', 'SST_RESOURCE_State', 'SST_RESOURCE_Streams']);
    expect(told('ticker')[0].links).toEqual(['SST_RESOURCE_App']);
  });

  test('a delivery reaches Slack and the topic', async () => {
    const slacks: unknown[] = [];
    const topics: string[] = [];
    const { clients, resources, idle } = await start({
      onSlack: ({ payload }) => slacks.push(payload),
      onSns: ({ Message }) => topics.push(Message),
    });
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: resources.deliveries.url, MessageBody: '{}' }));
    await idle({ timeout: 60_000 });
    expect(slacks).toEqual([{ text: 'alert' }]);
    expect(topics).toEqual(['alert']);
  });
});

describe('failures', () => {
  test('a poisonous object and an endless one end as dead letters; their neighbour is done', async () => {
    const { put, idle, deadLetters } = await start();
    await put('poison');
    await put('endless');
    await put('fine');
    await idle({ timeout: 90_000 });
    expect(told('listener')).toHaveLength(1);
    expect(deadLetters()).toEqual({ listener: 0, intake: 2, sender: 0 });
    expect(logged.filter((line) => line.includes('intake poison'))).toEqual([
      'intake| intake poison 1',
      'intake| intake poison 2',
    ]);
  });

  test('idle says what is not', async () => {
    const { put, idle } = await start();
    await put('endless');
    await expect(idle({ timeout: 200 })).rejects.toThrow(/1 messages in millrace-local-intake/);
  });
});

describe('idle', () => {
  test('is not waited for once the stack is stopped', async () => {
    const { put, idle, stop } = await start();
    await put('endless');
    const waiting = expect(idle()).rejects.toMatchObject({ code: 'stopped' });
    await stop();
    await waiting;
    await expect(idle()).rejects.toMatchObject({ code: 'stopped' });
  });
});

describe('the clock', () => {
  const scheduled = (time: string) => ({ 'detail-type': 'Scheduled Event', source: 'aws.events', time, detail: {} });

  test('tick runs the schedule at the time it is given', async () => {
    const { tick } = await start();
    await tick(Date.parse('2017-08-01T00:20:00Z'));
    expect(told('ticker')[0].event).toMatchObject(scheduled('2017-08-01T00:20:00Z'));
  });

  test('another process ticks and finds the stack over HTTP', async () => {
    const { control, env } = await start();
    const health = await fetch(`${control}/health`);
    expect(await health.json()).toMatchObject({ status: 'ok', env, deadLetters: { intake: 0 } });
    const at = Date.parse('2017-08-01T00:25:00Z');
    const ticked = await fetch(`${control}/tick`, { method: 'POST', body: JSON.stringify({ at }) });
    expect(await ticked.json()).toEqual({ at: '2017-08-01T00:25:00.000Z' });
    expect(told('ticker')[0].event).toMatchObject(scheduled('2017-08-01T00:25:00Z'));
  });

  test.each([
    ['no time', '{}', {}, 400],
    ['no JSON', 'now', {}, 400],
    ['a web page', '{"at": 1}', { origin: 'http://example.com' }, 403],
  ])('a tick from %s is refused', async (_, body, headers, status) => {
    const { control } = await start();
    expect((await fetch(`${control}/tick`, { method: 'POST', body, headers })).status).toBe(status);
    expect(told('ticker')).toEqual([]);
  });
});

describe('a folder', () => {
  test('keeps objects, items, messages and dead letters over a restart', async () => {
    const dataDir = await folder();
    const first = await start({ dataDir });
    await first.put('poison');
    await first.put('ünder score.json');
    const pk = { S: 'a#b' };
    const item = { TableName: first.resources.table, Item: { pk, sk: pk } };
    await first.clients.dynamodb.send(new PutItemCommand(item));
    await first.idle({ timeout: 60_000 });
    await first.stop();
    expect(told('listener')).toHaveLength(1);

    const second = await start({ dataDir });
    await second.idle({ timeout: 60_000 });
    expect(second.resources).toMatchObject({ bucket: first.resources.bucket, table: first.resources.table });
    const { Body } = await second.clients.s3.send(
      new GetObjectCommand({ Bucket: second.resources.bucket, Key: 'ünder score.json' }),
    );
    expect(await Body?.transformToString()).toBe('body');
    const { Items } = await second.clients.dynamodb.send(new ScanCommand({ TableName: second.resources.table }));
    expect(Items).toEqual([{ pk, sk: pk }]);
    expect(second.deadLetters()).toMatchObject({ intake: 1 });
    expect(told('listener')).toHaveLength(1);
    await second.put('another');
    await second.idle({ timeout: 60_000 });
    expect(told('listener')).toHaveLength(2);
  });

  test('a run ended by stopping is taken up again after the restart', async () => {
    const dataDir = await folder();
    const first = await start({ dataDir, registry: { ...registry, triggers: registry.triggers.map(patient) } });
    await first.put('endless');
    await expect.poll(() => logged).toContain('intake| intake endless 1');
    await first.stop();
    const second = await start({ dataDir });
    await second.idle({ timeout: 60_000 });
    expect(second.deadLetters()).toMatchObject({ intake: 1 });
    expect(logged).toContain('intake| intake endless 2');
  });

  test('of a stack that was killed is whole, and what ran is taken up again', async () => {
    const dataDir = await folder();
    const killed = spawn(process.execPath, [fixture('start-and-wait'), dataDir]);
    await new Promise<void>((resolve) => {
      killed.stdout.on('data', (data: Buffer) => String(data).includes('intake endless 1') && resolve());
    });
    await expect(start({ dataDir })).rejects.toMatchObject({ name: 'FolderInUse' });
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    const { idle, deadLetters } = await start({ dataDir });
    await idle({ timeout: 60_000 });
    expect(logged).toContain('intake| intake endless 2');
    expect(deadLetters()).toMatchObject({ intake: 1 });
  });

  test('belongs to one stack at a time', async () => {
    const dataDir = await folder();
    const { stop } = await start({ dataDir });
    await expect(start({ dataDir })).rejects.toMatchObject({ name: 'FolderInUse' });
    await stop();
    await start({ dataDir });
  });
});

/** With a timeout that the stack's end comes before. */
const patient = <T extends { timeout: number }>(one: T): T => ({ ...one, timeout: 60 });

test('a port in use is named, and nothing is left running', async () => {
  const first = await start();
  const taken = Number(new URL(first.control).port);
  const dataDir = await folder();
  await expect(start({ dataDir, ports: { ...anyPorts, control: taken } })).rejects.toThrow(`port ${taken}`);
  await start({ dataDir });
});

test('a stopped stack leaves nothing that keeps the process alive', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fixture('start-and-stop')], { timeout: 30_000 });
  expect(stdout.trim().split('\n').at(-1)).toBe('stopped');
});

/**
 * What the stand-in refuses, each by name and before anything is asked of AWS.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createStack } from './checkpoint.ts';
import { Deployment } from './deployment.ts';
import { requireLoopback } from './endpoint.ts';
import type { JsonObject } from './wire.ts';

const stack = { app: 'millrace', stage: 'acceptance' };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-engine-'));
  createStack(folder, stack, 'v0');
});
afterEach(() => rmSync(folder, { recursive: true }));

const eventLog = () => path.join(folder, 'events.json');
const begin = () => new Deployment({ name: 'up', stack, eventLog: eventLog(), config: {} }, { folder, version: 'v0' });
const registration = (type: string, name: string, inputs: JsonObject = {}, parent = '') => ({
  ...{ type, name, inputs, parent },
  custom: !type.startsWith('sst:'),
  dependencies: [],
});
const QUEUE = 'aws:sqs/queue:Queue';
const queue = {
  ...{ name: 'q', fifoQueue: false, contentBasedDeduplication: false },
  ...{ delaySeconds: 0, visibilityTimeoutSeconds: 30 },
};

describe('a deployment', () => {
  it.each([
    ['a type', 'aws:ec2/instance:Instance', {}, 'aws:ec2/instance:Instance "X": the stand-in does not know'],
    ['a property', QUEUE, { ...queue, kmsMasterKeyId: 'k' }, '"kmsMasterKeyId"'],
    ['a property within another', 'aws:dynamodb/table:Table', { ttl: { enabled: true, after: 3 } }, '"after"'],
    ['a value', QUEUE, { ...queue, fifoQueue: true }, 'fifoQueue'],
  ])('refuses %s that it does not know, by name, and ends the program', async (_, type, inputs, reason) => {
    const deployment = begin();
    deployment.onFailure = vi.fn();
    await expect(deployment.register(registration(type, 'X', inputs))).rejects.toThrow(reason);
    expect(deployment.failed).toBe(true);
    expect(deployment.onFailure).toHaveBeenCalledOnce();
    const events = readFileSync(eventLog(), 'utf8').trim().split('\n');
    const errors = events.map((line) => JSON.parse(line).diagnosticEvent).filter(Boolean);
    expect(errors).toMatchObject([{ severity: 'error', urn: `urn:pulumi:acceptance::millrace::${type}::X` }]);
    expect(errors[0].message).toContain(reason);
  });

  it('names children behind their parents, and refuses a second resource of a name', async () => {
    const deployment = begin();
    const { urn } = await deployment.register(registration('sst:aws:Queue', 'Q'));
    const child = await deployment.register(registration('sst:aws:Queue', 'R', {}, urn));
    expect(child.urn).toBe('urn:pulumi:acceptance::millrace::sst:aws:Queue$sst:aws:Queue::R');
    await expect(deployment.register(registration('sst:aws:Queue', 'Q'))).rejects.toThrow('taken');
  });

  it('keeps secrets marked for the program, and plain in the checkpoint', async () => {
    const deployment = begin();
    const secret = {
      '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270',
      value: 'https://hooks.example',
    };
    const { outputs } = await deployment.register(registration('sst:sst:Secret', 'S', { value: secret }));
    expect(outputs).toEqual({ value: secret });
    deployment.end();
    const file = path.join(folder, '.pulumi/stacks/millrace/acceptance.json');
    const [state] = JSON.parse(readFileSync(file, 'utf8')).checkpoint.latest.resources;
    expect(state.outputs).toEqual({ value: 'https://hooks.example' });
  });

  it('refuses to update', async () => {
    const deployment = begin();
    await deployment.register(registration('sst:aws:Queue', 'Q'));
    deployment.end();
    expect(begin).toThrow('cannot update');
  });
});

describe('requireLoopback', () => {
  it.each([
    undefined,
    '',
    'https://sqs.us-east-1.amazonaws.com',
    'http://127.0.0.1.example.com',
    'http://0.0.0.0:4566',
  ])('refuses %s', (endpoint) => {
    expect(() => requireLoopback(endpoint)).toThrow('127.0.0.1');
  });
  it('takes the loopback address', () => {
    expect(() => requireLoopback('http://127.0.0.1:4566')).not.toThrow();
  });
});

/**
 * Deliveries repeat and reorder; what comes of them does not. The whole embedded stack, functions and all, in processes
 * of its own.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Outcome } from './deliveries.ts';

const SCRIPT = fileURLToPath(new URL('./deliveries.ts', import.meta.url));
/** Two runs of the whole stack one after the other, on a machine that is busy with other tests. */
const PATIENCE = 600_000;

let folder: string;
let once: Outcome;
let many: Outcome;
let manyTwice: Outcome;

async function run(mode: 'once' | 'many'): Promise<Outcome[]> {
  const path = join(folder, `${mode}.json`);
  await promisify(execFile)(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, mode, path], {
    env: { PATH: process.env.PATH, HOME: folder }, // nothing of this process's own endpoints
  });
  return JSON.parse(await readFile(path, 'utf8')) as Outcome[]; // the script's own form
}

function first<T>(list: readonly T[]): T {
  const [one] = list;
  if (one === undefined) throw new RangeError('the run has no outcome');
  return one;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-deliveries-'));
  once = first(await run('once'));
  const outcomes = await run('many');
  many = first(outcomes);
  manyTwice = first(outcomes.slice(1));
}, PATIENCE);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/**
 * Two runs put the same files at different times, and S3's time of arrival (LastModified) is a fact of a file: items
 * carry it, what is counted from it (`expiresAt`), and a hash that covers it (`fingerprint`). Everything else must be equal.
 */
const OF_ARRIVAL = new Set(['receivedAt', 'expiresAt', 'fingerprint']);

function withoutArrival(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutArrival);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !OF_ARRIVAL.has(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutArrival(inner)]));
}

const entityOf = (item: Readonly<Record<string, unknown>>) => String(item.__edb_e__);

/** A rule's history says when it was put, which is when the stack started. */
function withoutStart(item: Readonly<Record<string, unknown>>): unknown {
  return withoutArrival(entityOf(item) === 'ruleRevision' ? { ...item, at: 0 } : item);
}

describe('each sample file delivered five times, shuffled and concurrently', () => {
  test('leaves the table as one delivery does', () => {
    expect(many.items.map(({ pk, sk }) => [pk, sk])).toEqual(once.items.map(({ pk, sk }) => [pk, sk]));
    expect(many.items.map(withoutStart)).toEqual(once.items.map(withoutStart));
  });

  test('leaves contributions, episodes and the ledger, and nothing without a time to go but configuration', () => {
    const entities = new Set(once.items.map(entityOf));
    for (const entity of ['fileReceipt', 'fileProgress', 'ruleContribution', 'alertEpisode', 'alertDelivery']) {
      expect(entities).toContain(entity);
    }
    const lasting = once.items.filter(({ expiresAt }) => typeof expiresAt !== 'number').map(entityOf);
    expect([...new Set(lasting)].toSorted()).toEqual(['reference', 'rule', 'ruleRevision']);
  });

  test('leaves the same objects, byte for byte, with the same metadata', () => {
    expect(many.objects).toEqual(once.objects);
  });

  test('posts each message once', () => {
    expect(many.slack).toEqual(once.slack);
    expect(new Set(many.slack).size).toBe(many.slack.length);
    expect(many.sns).toEqual(once.sns);
    expect(new Set(many.sns).size).toBe(many.sns.length);
    const deliveries = once.items.filter((item) => entityOf(item) === 'alertDelivery');
    expect(many.slack.length + many.sns.length).toBe(deliveries.length);
    expect(many.slack.length).toBeGreaterThan(8);
  });

  test('sends nothing to a dead-letter queue', () => {
    expect(Object.values(many.deadLetters).every((count) => count === 0)).toBe(true);
  });

  test('and then all of it again, changes not one byte of anything', () => {
    expect(manyTwice).toEqual(many);
  });
});

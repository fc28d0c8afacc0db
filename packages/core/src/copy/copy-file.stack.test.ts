/**
 * A file copied into every kind of sink at once, over HTTP: into S3, to a Keen of ours, to a webhook, to Firehose and to the bus.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isDone } from '../stream/index.ts';
import { defineCopies } from './declaration.ts';
import {
  batches,
  begin,
  deliver,
  delivered,
  forget,
  layout,
  leftBy,
  line,
  put,
  RECORDS,
  requests,
  taken,
  troubles,
} from './test/receivers.ts';
import { object } from './test/what-is-left.ts';

vi.hoisted(() => {
  process.env.SST_RESOURCE_KeenWriteKey = JSON.stringify({ value: 'write-key' });
  process.env.SST_RESOURCE_HookSecret = JSON.stringify({ value: 'hook-secret' });
});

afterAll(() => line.close());
beforeEach(begin);

describe('what arrives', () => {
  it('in S3, as gzip and as zstd', async () => {
    const file = await put();
    await deliver(file);
    const S3Object = { URI: `s3://${file.bucket}/${file.key}` };
    const expected = Array.from({ length: RECORDS }, (_, n) =>
      JSON.stringify({ keen: { timestamp: file.interval }, n, pad: '', S3Object }),
    );
    const gzip = await object(
      file,
      layout.key({ project: 'archive', collection: 'purchases', interval: Date.parse(file.interval) }),
    );
    expect(gunzipSync(gzip).toString().trimEnd().split('\n')).toEqual(expected);
    const key = layout.key({ project: 'cold', collection: 'purchases', interval: Date.parse(file.interval) });
    const zstd = await object(file, key.replace(/gz$/, 'zst'));
    expect(zstdDecompressSync(zstd).toString().trimEnd().split('\n')).toEqual(expected);
  });

  it('at Keen: each event once, with the write key; what Keen refuses is quarantined with its line', async () => {
    const file = await put();
    await deliver(file);
    expect([...taken]).toEqual(Array.from({ length: RECORDS }, (_, n) => [String(n), 1]).filter(([n]) => n !== '13'));
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual(
      Array.from({ length: 4 }, () => ['/3.0/projects/p1/events', 'write-key']),
    );
    const { progress, objects } = await leftBy(file);
    expect(progress?.counts).toMatchObject({ read: 41, accepted: 39, quarantined: 2 });
    const quarantine = Buffer.from(objects.at(-1)?.[1] ?? '', 'base64')
      .toString()
      .trimEnd()
      .split('\n');
    expect(quarantine.map((json) => JSON.parse(json))).toMatchObject([
      { line: 14, reason: 'refused_by_sink', message: 'InvalidPropertyError: unlucky' },
      { line: 22, reason: 'invalid_json' },
    ]);
  });

  it('at a webhook: signed batches; on the bus: the same half of the records each time', async () => {
    const file = await put();
    await deliver(file);
    const lines = [...batches.values()].flatMap((body) => body.trimEnd().split('\n'));
    expect(lines.map((json) => JSON.parse(json).n)).toEqual(Array.from({ length: RECORDS }, (_, n) => n));
    expect(batches.size).toBe(2);
    const { published: first } = await leftBy(file);
    expect(first.length).toBeGreaterThan(RECORDS / 4);
    expect(first.length).toBeLessThan((RECORDS * 3) / 4);
    await forget(file);
    await deliver(file);
    expect((await leftBy(file)).published).toEqual(first);
  });

  it('at Firehose: each record once, those it could not take at first as well', async () => {
    const file = await put();
    await deliver(
      file,
      defineCopies([{ name: 'stream', from: { project: 'shop' }, sink: { kind: 'firehose', stream: 'archive' } }]),
    );
    expect(delivered.every((text) => text.endsWith('}\n'))).toBe(true);
    const numbers = delivered.map((text) => JSON.parse(text).n).sort((one, other) => one - other);
    expect(numbers).toEqual(Array.from({ length: RECORDS }, (_, n) => n));
  });

  it('in several files where one grows large, the same ones in every run', async () => {
    const file = await put(60_000, 'x'.repeat(30));
    const [rolling] = [
      defineCopies([
        { name: 'rolled', from: { project: 'shop' }, into: { project: 'rolled' }, sink: { kind: 's3', rollAfter: 3 } },
      ]),
    ];
    await deliver(file, rolling);
    const first = await leftBy(file);
    expect(first.progress?.outputs.map((key) => key.split('/').at(-1))).toEqual([
      ...['', '-2', '-3', '-4', '-5'].map((part) => `rolled-purchases-${file.interval}${part}.json.gz`),
    ]);
    const contents = first.objects
      .slice(0, 5)
      .map(([, base64]) => gunzipSync(Buffer.from(base64 ?? '', 'base64')).toString());
    const numbers = contents
      .join('')
      .trimEnd()
      .split('\n')
      .map((json) => JSON.parse(json).n);
    expect(numbers).toEqual(Array.from({ length: 60_000 }, (_, n) => n));
    await forget(file);
    await deliver(file, rolling);
    expect((await leftBy(file)).objects).toEqual(first.objects);
  });
});

it('a record that a transform fails on is quarantined, for files and for chunks', async () => {
  const unlucky = (_: unknown, value: unknown) => {
    if (value === 7) throw new Error('seven');
    return value as number;
  };
  const steps = [{ kind: 'transform' as const, at: ['n'], apply: [unlucky] }];
  const file = await put(10);
  for (const which of [
    defineCopies([{ name: 'a', from: { project: 'shop' }, into: { project: 'z' }, shape: { steps } }]),
    defineCopies([{ name: 'b', from: { project: 'shop' }, shape: { steps }, sink: { kind: 'bus' } }]),
  ]) {
    await forget(file);
    await deliver(file, which);
    const { progress, objects } = await leftBy(file);
    expect(progress?.counts).toMatchObject({ read: 10, accepted: 9, quarantined: 1, copied: 9 });
    const quarantine = JSON.parse(Buffer.from(objects.at(-1)?.[1] ?? '', 'base64').toString());
    expect(quarantine).toMatchObject({ line: 8, reason: 'transform_failed' });
  }
});

describe('trouble at the other side', () => {
  it('is tried again, after as long as it asks for', async () => {
    troubles.push({ status: 429, headers: { 'retry-after': '1' }, body: '' }, { status: 503, body: '' });
    const file = await put();
    const start = performance.now();
    await deliver(file);
    expect(performance.now() - start).toBeGreaterThan(1000);
    expect(requests).toHaveLength(6);
    expect([...taken.values()].every((times) => times === 1)).toBe(true);
  });

  it.each([
    ['for a person to put right', { status: 401, body: '' }, { code: 'sink_rejected', retryable: false }],
    [
      'that would take too long',
      { status: 429, headers: { 'retry-after': '3600' }, body: '' },
      { code: 'sink_unavailable', retryable: true },
    ],
    ['not understood', { status: 200, body: '<html>' }, { code: 'sink_misunderstood', retryable: false }],
  ])('%s is thrown, and what went is not sent again', async (_, trouble, error) => {
    const file = await put();
    troubles.push(trouble);
    await expect(deliver(file)).rejects.toMatchObject(error);
    expect(await isDone('copier', file)).toBe(false);
    await deliver(file);
    expect([...taken.values()].every((times) => times === 1)).toBe(true);
  });
});

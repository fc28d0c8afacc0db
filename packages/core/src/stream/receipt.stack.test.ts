import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StreamFile } from '../event/index.ts';
import { iso, MINUTE } from '../runtime/index.ts';
import { keyPart, table } from '../table/index.ts';
import { advanceWatermark, FileReceipt, isDone, markDone, recordReceipt, Stream } from './index.ts';

const LENGTH = 5 * MINUTE;
const pace = { intervalLength: LENGTH, idleTimeout: 10 * MINUTE };
const BASE = Date.UTC(2026, 2, 2, 9);
const at = (minutes: number) => BASE + minutes * MINUTE;

/** A stream nobody else has. */
const newStream = () => ({ project: `shop#${randomUUID()}`, collection: 'page views#1' });

function file(stream: { project: string; collection: string }, interval: number, receivedAt: number): StreamFile {
  return {
    ...stream,
    bucket: 'streams',
    key: `${stream.project}/${interval}.json.gz`,
    size: 10,
    etag: 'one',
    interval: iso(at(interval)),
    intervalLength: LENGTH,
    receivedAt: iso(at(receivedAt)),
    writtenBy: 'producer',
  };
}

describe('receipts', () => {
  it('are the same item at every delivery', async () => {
    const stream = newStream();
    for (let n = 0; n < 3; n++) await recordReceipt(file(stream, 0, 6));
    const query = { project: keyPart(stream.project), collection: keyPart(stream.collection) };
    const { data } = await FileReceipt.query.byInterval(query).go({ ...table(), pages: 'all' });
    expect(data).toHaveLength(1);
    expect(data[0]).toMatchObject({ interval: at(0), receivedAt: at(6), etag: 'one', writtenBy: 'producer' });
  });
});

describe('advanceWatermark', () => {
  it('raises the watermark as files and time come, never past a replay under way', async () => {
    const stream = newStream();
    const watermark = async (minutes: number) => {
      const reached = await advanceWatermark(stream, { ...pace, now: at(minutes) });
      return reached === undefined ? undefined : (reached - BASE) / MINUTE;
    };
    expect(await watermark(1000)).toBeUndefined();
    await recordReceipt(file(stream, 0, 1000));
    expect(await watermark(1001)).toBeUndefined();
    expect(await watermark(1009)).toBeUndefined();
    await recordReceipt(file(stream, 5, 1009));
    expect(await watermark(1010)).toBe(10);
    expect(await watermark(1010)).toBe(10);
    await recordReceipt(file(stream, 10, 1011));
    expect(await watermark(1011)).toBe(15);
    expect(await watermark(1020)).toBe(15);
    expect(await watermark(1021)).toBe(1010);
  });

  it('never lowers it, whoever writes last', async () => {
    const stream = newStream();
    for (const interval of [0, 5, 10]) await recordReceipt(file(stream, interval, interval + 6));
    const times = [16, 21, 40, 26, 60, 17].map(at);
    await Promise.all(times.map((now) => advanceWatermark(stream, { ...pace, now })));
    expect(await advanceWatermark(stream, { ...pace, now: at(16) })).toBe(at(50));
    const key = { project: keyPart(stream.project), collection: keyPart(stream.collection) };
    const { data } = await Stream.get(key).go({ ...table(), consistent: true });
    expect(data).toMatchObject({ ...key, watermark: at(50), list: 'all' });
    const listed = await Stream.query.all({ list: 'all' }).go({ ...table(), pages: 'all' });
    expect(listed.data.filter(({ project }) => project === key.project)).toHaveLength(1);
  });
});

describe('progress', () => {
  it('is of one workflow and one version of a file', async () => {
    const one = file(newStream(), 0, 6);
    expect(await isDone('copier', one)).toBe(false);
    const result = { counts: { read: 3, accepted: 2, quarantined: 1, copied: 2 }, outputs: ['a/b.json.gz'] };
    await markDone('copier', one, result);
    await markDone('copier', one, result);
    expect(await isDone('copier', one)).toBe(true);
    expect(await isDone('enricher', one)).toBe(false);
    expect(await isDone('copier', { ...one, etag: 'two' })).toBe(false);
    expect(await isDone('copier', { ...one, bucket: 'other' })).toBe(false);
  });
});

import { gunzipSync } from 'node:zlib';
import { type JsonObject, type JsonValue, keen, valueAt } from '@millrace/core/stream';
import { describe, expect, test } from 'vitest';
import { sampleFiles } from './index.ts';
import { clients, machineRecords } from './machines.ts';
import { shopRecords } from './shop.ts';
import { BASE, clock, INTERVAL, machineStory, type Span, shopStory, within } from './story.ts';

const layout = keen();
const files = sampleFiles(layout);
const shop = shopRecords();

const at = (value: JsonObject, path: string): JsonValue | undefined => valueAt(value, path.split('.'));
const perInterval = (times: readonly number[], span: Span) =>
  Array.from({ length: (span.end - span.start) / INTERVAL }, (_, index) => {
    const start = span.start + index * INTERVAL;
    return { start, count: times.filter((time) => within(time, { start, end: start + INTERVAL })).length };
  });

describe('the files', () => {
  test('are the same bytes at every call', () => {
    const again = sampleFiles(layout);
    expect(again.map(({ key }) => key)).toEqual(files.map(({ key }) => key));
    for (const [index, { body, key }] of files.entries()) expect(again[index]?.body.equals(body), key).toBe(true);
  });

  test('lie where the layout says, one a collection and interval', () => {
    expect(new Set(files.map(({ key }) => key)).size).toBe(files.length);
    for (const { key, metadata, project, collection, interval } of files) {
      expect(layout.parse(key, metadata)).toMatchObject({ project, collection, interval });
      expect(interval % INTERVAL).toBe(0);
    }
    const counted = (project: string, collection: string) =>
      files.filter((file) => file.project === project && file.collection === collection).length;
    expect(counted('shop', 'pageviews')).toBe(24);
    expect(counted('shop', 'purchases')).toBe(24);
    expect(counted('client-01', 'machines')).toBe(12);
    expect(counted('client-02', 'machines')).toBe(12);
  });

  test('come in order of interval and stay small', () => {
    expect(files.map(({ interval }) => interval)).toEqual(
      files.map(({ interval }) => interval).toSorted((a, b) => a - b),
    );
    const lines = files.reduce((sum, file) => sum + file.lines, 0);
    expect(lines).toBeGreaterThan(3000);
    expect(lines).toBeLessThan(20_000);
  });

  test('hold each record in the interval it arrived in, with its envelope', () => {
    for (const { interval, body } of files) {
      for (const line of gunzipSync(body).toString('latin1').trimEnd().split('\n')) {
        const created = /"created_at":"(?<time>[^"]{24})"/.exec(line)?.groups?.time;
        if (created === undefined) continue;
        expect(within(Date.parse(created), { start: interval, end: interval + INTERVAL })).toBe(true);
      }
    }
  });

  test('hold five lines that are no records, and no others', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const isRecord = (line: Buffer) => {
      try {
        const value: unknown = JSON.parse(decoder.decode(line));
        return typeof value === 'object' && value !== null && !Array.isArray(value);
      } catch {
        return false;
      }
    };
    const broken = files.flatMap(({ collection, interval, body }) =>
      splitLines(gunzipSync(body))
        .filter((line) => !isRecord(line))
        .map(() => [collection, interval]),
    );
    expect(broken).toEqual([
      ['pageviews', clock('09:15')],
      ['signups', clock('09:25')],
      ['pageviews', clock('09:40')],
      ['purchases', clock('10:05')],
      ['pageviews', clock('10:50')],
    ]);
  });
});

function splitLines(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0, end = content.indexOf(10); end !== -1; start = end + 1, end = content.indexOf(10, start)) {
    lines.push(content.subarray(start, end));
  }
  return lines;
}

describe('the machines', () => {
  /** Seconds at which every machine's latest state was `stopped`, and at which any was. */
  function stopped(client: (typeof clients)[number]) {
    const latest = new Map<string, JsonValue | undefined>();
    const records = machineRecords(client);
    const all: number[] = [];
    const any: number[] = [];
    let next = 0;
    for (let time = machineStory.open.start; time < machineStory.open.end; time += 1000) {
      for (let record = records[next]; record && record.time <= time; record = records[++next]) {
        latest.set(String(at(record.value, 'machineId')), at(record.value, 'state'));
      }
      const states = [...latest.values()];
      if (states.length === 5 && states.every((state) => state === 'stopped')) all.push(time);
      if (states.includes('stopped')) any.push(time);
    }
    return { all, any, machines: latest.size };
  }

  test('of client-01 are all stopped in the one span meant, and not before the fifth has stopped', () => {
    const { all, machines } = stopped('client-01');
    const { start, end } = machineStory.allStopped;
    expect(machines).toBe(5);
    expect(all).toEqual(Array.from({ length: (end - start) / 1000 }, (_, second) => start + second * 1000));
  });

  test('of client-02 are never all stopped, and one is in the span meant', () => {
    const { all, any, machines } = stopped('client-02');
    const { start, end } = machineStory.oneStopped;
    expect(machines).toBe(5);
    expect(all).toEqual([]);
    expect([any.at(0), any.at(-1)]).toEqual([start, end - 1000]);
  });

  test.each(clients)('of %s report in every interval once they have begun, warm up, run and cool down', (client) => {
    const records = machineRecords(client);
    for (const { count } of perInterval(
      records.map(({ time }) => time),
      machineStory.open,
    ))
      expect(count).toBeGreaterThan(35);
    const temperatures = (state: string) =>
      records.filter(({ value }) => at(value, 'state') === state).map(({ value }) => Number(at(value, 'temperature')));
    expect(Math.min(...temperatures('stopped'))).toBeLessThan(35);
    expect(Math.max(...temperatures('running'))).toBeGreaterThan(70);
  });
});

describe('the shop', () => {
  const { lostPageviews, slowPages, failedPayments, missingTotals, open } = shopStory;

  test('loses most pageviews while the snippet is broken, and at no other time', () => {
    for (const { start, count } of perInterval(
      shop.pageviews.map(({ time }) => time),
      open,
    )) {
      if (within(start, lostPageviews)) expect(count).toBeLessThan(25);
      else expect(count).toBeGreaterThan(75);
    }
  });

  test('is slow on average in one interval only', () => {
    for (const { start } of perInterval([], open)) {
      const loads = shop.pageviews
        .filter(({ time }) => within(time, { start, end: start + INTERVAL }))
        .map(({ value }) => Number(at(value, 'page.load_ms')));
      const average = loads.reduce((sum, load) => sum + load, 0) / loads.length;
      if (within(start, slowPages)) expect(average).toBeGreaterThan(3500);
      else expect(average).toBeLessThan(1000);
    }
  });

  test('has a burst of failed payments in one interval only', () => {
    const failed = shop.purchases.filter(({ value }) => at(value, 'payment.status') === 'failed');
    for (const { start, count } of perInterval(
      failed.map(({ time }) => time),
      open,
    )) {
      if (within(start, failedPayments)) expect(count).toBeGreaterThanOrEqual(8);
      else expect(count).toBeLessThanOrEqual(2);
    }
  });

  test('forgets totals in one interval only, several times there', () => {
    const missing = shop.purchases.filter(({ value }) => at(value, 'order.total') === undefined);
    expect(missing.length).toBeGreaterThanOrEqual(3);
    for (const { time } of missing) expect(within(time, missingTotals)).toBe(true);
  });

  test('writes totals that are the sums of their items, to the cent', () => {
    for (const { value } of shop.purchases) {
      const total = at(value, 'order.total');
      if (total === undefined) continue;
      const items = at(value, 'items');
      const cents = (Array.isArray(items) ? items : []).reduce<number>((sum, item) => {
        const price = Number(String(valueAt(item, ['price'])).replace('.', ''));
        return sum + price * Number(valueAt(item, ['quantity']));
      }, 0);
      expect(total).toBe(`${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`);
    }
  });

  test('sells to visitors with touches within 25 minutes, to some without, and to some who came back', () => {
    const viewed = new Map<string, number[]>();
    for (const { time, value } of shop.pageviews) {
      const visitor = String(at(value, 'visitor.id'));
      viewed.set(visitor, [...(viewed.get(visitor) ?? []), time]);
    }
    const before = ({ time, value }: (typeof shop.purchases)[number]) =>
      (viewed.get(String(at(value, 'visitor.id'))) ?? []).filter((touch) => touch <= time).map((touch) => time - touch);
    const reached = shop.purchases.filter((purchase) => before(purchase).some((age) => age <= 20 * 60_000));
    const outOfReach = shop.purchases.filter((purchase) => before(purchase).every((age) => age > 25 * 60_000));
    expect(reached.length).toBeGreaterThan(80);
    expect(outOfReach.length).toBeGreaterThan(5);
    const cameBack = shop.purchases.filter((purchase) => before(purchase).some((age) => age > 60 * 60_000));
    expect(cameBack.length).toBeGreaterThan(0);
    const advertised = shop.pageviews.filter(({ value }) => /[?&]gclid=/.test(String(at(value, 'page.url'))));
    expect(advertised.length).toBeGreaterThan(50);
  });

  test('begins with the base time of the samples', () => expect(open.start).toBe(BASE));
});

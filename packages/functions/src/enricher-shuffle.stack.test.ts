/**
 * The enricher alone, over the files of a morning that arrive in any order, several times, at once, and with runs killed between
 * any two writes: what it leaves is what a quiet morning leaves, byte for byte.
 */
import { loadReferences } from '@millrace/core/enrich';
import type { StreamFile } from '@millrace/core/event';
import { publishedIn, SeverableLine } from '@millrace/core/stream/test';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { handler } from './enricher.ts';
import { deliver, forget, into, leftBy, put, type Workflow } from './test/deliver.ts';

const line = new SeverableLine();
afterAll(() => line.close());
/** Ids of the events that reached the bus. */
let published = new Set<string>();
await line.open((arrived) => {
  for (const id of publishedIn(arrived)) published.add(id);
});

const enriching: Workflow = { name: 'enricher', handler, output: into('shop', (name) => `${name}_enriched`) };

const CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/144.0.0.0 Safari/537.36';
/** What three kinds of record hold that the shop's enrichment is about, good and bad. */
const linesOf: Record<string, (n: number) => object | string> = {
  pageviews: (n) => ({
    keen: { timestamp: '2026-03-02T09:00:02.000Z' },
    page: { url: `https://shop.example/p/${n % 9}?utm_source=${n % 2 ? 'a' : 'b'}&__proto__=${n}`, title: ' Lamp ' },
    referrer: n % 3 === 0 ? 'javascript:alert(1)' : 'https://www.google.com/search?q=lamp',
    user_agent: n % 4 === 0 ? 'x'.repeat(10_240) : CHROME,
    product_id: `p-${n % 20}`,
  }),
  signups: (n) => ({ keen: { timestamp: n % 2 ? 'yesterday' : '1969-12-31T23:59:59Z' }, user: { plan: ' PRO ' } }),
  purchases: (n) =>
    n % 50 === 8 ? '{"order":' : { order: { total: `${n}.5` }, items: [{ product_id: `p-${n % 20}` }] },
};

let files: StreamFile[] = [];
/** What one delivery of each leaves, and what it announces. */
let quiet: { left: unknown[]; events: Set<string> };

beforeAll(async () => {
  const products = Array.from({ length: 15 }, (_, n) => ({ id: `p-${n}`, value: `Product ${n}` }));
  await loadReferences({ project: 'shop', table: 'products' }, products);
  const all = Object.keys(linesOf).flatMap((collection) => [1, 2].map((n) => ({ collection, n })));
  files = await Promise.all(
    all.map(({ collection, n }) => {
      const lines = Array.from({ length: 300 * n }, (_, index) => linesOf[collection]?.(index * n) ?? '');
      const texts = lines.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
      return put(n, texts, { project: 'shop', collection });
    }),
  );
  for (const file of files) expect(await deliver(handler, file)).toBe(true);
  quiet = { left: await left(), events: published };
});

const left = () => Promise.all(files.map((file) => leftBy(enriching, file)));

/** Works deliveries off, so many at once; those that fail are delivered again, last. */
async function workOff(deliveries: readonly number[], atOnce: number, cuts: readonly Cut[]): Promise<number> {
  const queue = [...deliveries];
  const ahead = [...cuts];
  let failed = 0;
  while (queue.length > 0) {
    const cut = ahead.shift();
    if (cut === undefined) line.mend();
    else line.cutAfter(cut.after, cut.lastArrives);
    const batch = queue.splice(0, atOnce);
    const outcomes = await Promise.all(batch.map((file) => deliver(handler, files[file] as StreamFile)));
    const again = batch.filter((_, index) => !outcomes[index]);
    failed += again.length;
    queue.push(...again);
  }
  line.mend();
  return failed;
}

interface Cut {
  /** Writes that still come through. */
  readonly after: number;
  readonly lastArrives: boolean;
}

it('leaves what a quiet morning leaves', async () => {
  expect(quiet.events.size).toBe(files.length + 2); // two purchases' files have lines for quarantine
  const numbers = Array.from({ length: 6 }, (_, file) => file);
  const fiveTimes = numbers.flatMap((file) => Array<number>(5).fill(file));
  const cut = fc.record({ after: fc.integer({ min: 0, max: 6 }), lastArrives: fc.boolean() });
  const morning = fc.record({
    deliveries: fc.shuffledSubarray(fiveTimes, { minLength: fiveTimes.length }),
    atOnce: fc.integer({ min: 1, max: 5 }),
    cuts: fc.array(cut, { minLength: 3, maxLength: 8 }),
  });
  let failed = 0;
  await fc.assert(
    fc.asyncProperty(morning, async ({ deliveries, atOnce, cuts }) => {
      for (const file of files) await forget(enriching, file);
      published = new Set();
      failed += await workOff(deliveries, atOnce, cuts);
      expect(await left()).toEqual(quiet.left);
      expect(published).toEqual(quiet.events);
    }),
    { numRuns: 8 },
  );
  expect(failed).toBeGreaterThan(0);
});

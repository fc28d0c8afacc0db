/**
 * Copier and enricher as they run: handlers over the declarations of packages/pipeline, S3, table and bus over HTTP. What
 * they leave behind is the same however often a file is delivered and wherever a run is cut off.
 */
import { loadReferences } from '@millrace/core/enrich';
import { publishedIn, SeverableLine } from '@millrace/core/stream/test';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { handler as copier } from './copier.ts';
import { handler as enricher } from './enricher.ts';
import { deliver, forget, into, leftBy, put as putLines, records, type Workflow } from './test/deliver.ts';

const line = new SeverableLine();
afterAll(() => line.close());
/** Ids of the events that reached the bus. */
let published = new Set<string>();
await line.open((arrived) => {
  for (const id of publishedIn(arrived)) published.add(id);
});

const purchase = {
  keen: { id: 'k1', created_at: '2026-03-02T09:00:03.000Z', timestamp: '2026-03-02T09:00:02.000Z' },
  order: { id: 'o-0001', currency: 'EUR', total: '49.98' },
  items: [
    { product_id: 'p-01 ', quantity: 2, price: '24.99' },
    { product_id: 'p-99', quantity: 1, price: 'free' },
  ],
  placed_at: '2026-03-02T10:00:02+01:00',
  payment: { status: ' OK' },
};
const lines = [
  JSON.stringify(purchase),
  '{"keen":{"id":"cut',
  '{"__proto__":{"id":1},"constructor":"c"}',
  ...Array.from({ length: 1200 }, (_, n) => JSON.stringify({ ...purchase, items: [{ product_id: `p-${n}` }] })),
];

const put = (n: number) => putLines(n, lines);

const copying: Workflow = { name: 'copier', handler: copier, output: into('shop-archive', (name) => name) };
const enriching: Workflow = { name: 'enricher', handler: enricher, output: into('shop', (name) => `${name}_enriched`) };

beforeAll(async () => {
  const entries = Array.from({ length: 600 }, (_, n) => ({ id: `p-${n}`, value: `Product ${n}` }));
  await loadReferences({ project: 'shop', table: 'products' }, [...entries, { id: 'p-01', value: 'Pan' }]);
});

describe('what is written', () => {
  const counts = { read: 1203, accepted: 1202, quarantined: 1 };

  it('by the copier', async () => {
    const file = await put(100);
    expect(await deliver(copier, file)).toBe(true);
    const [first, second, ...rest] = await records(copying, file);
    const { id: _, created_at: __, ...kept } = purchase.keen;
    const S3Object = { URI: `s3://${file.bucket}/${file.key}` };
    expect(first).toBe(JSON.stringify({ ...purchase, keen: kept, S3Object }));
    expect(second).toBe(`{"__proto__":{"id":1},"constructor":"c","S3Object":${JSON.stringify(S3Object)}}`);
    expect(rest).toHaveLength(1200);
    expect((await leftBy(copying, file)).progress?.counts).toEqual({ ...counts, copied: 1202 });
  });

  it('by the enricher', async () => {
    const file = await put(101);
    expect(await deliver(enricher, file)).toBe(true);
    const [first, second, ...rest] = await records(enriching, file);
    expect(JSON.parse(first ?? '')).toMatchObject({
      keen: purchase.keen,
      order: { total: 49.98 },
      items: [
        { product_id: 'p-01', product_name: 'Pan', price: 24.99 },
        { product_id: 'p-99', product_name: 'Product 99', price: 'free' },
      ],
      payment: { status: 'ok' },
      time: { year: 2026, hour: 9, utc_offset: 0 },
      placed: { hour: 10, utc_offset: 60 },
      enrichment_errors: [{ enrichment: 'shop', path: 'items.1.price', reason: 'not_a_number' }],
    });
    expect(second).toBe('{"__proto__":{"id":1},"constructor":"c"}');
    const order = rest.map((json) => JSON.parse(json).items[0].product_id);
    expect(order).toEqual(Array.from({ length: 1200 }, (_, n) => `p-${n}`));
    expect(rest.filter((json) => json.includes('"product_name":"Product '))).toHaveLength(600);
    expect(rest.filter((json) => json.includes('"reason":"not_found"'))).toHaveLength(600);
    const { progress } = await leftBy(enriching, file);
    expect(progress?.counts).toEqual({ ...counts, enriched: 1202, lookups: 1202, misses: 600, noted: 601 });
  });

  it('nothing, for a file that no declaration selects', async () => {
    const file = { ...(await put(102)), collection: 'refunds', project: 'elsewhere' };
    expect(await deliver(copier, file)).toBe(true);
    expect((await leftBy(copying, file)).progress).toBeNull();
  });
});

describe.each([copying, enriching])('$name', (workflow) => {
  it('leaves the same after five deliveries at once as after one', async () => {
    const file = await put(110);
    expect(await deliver(workflow.handler, file)).toBe(true);
    const once = await leftBy(workflow, file);
    const events = new Set(published);
    await forget(workflow, file);
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => deliver(workflow.handler, file)));
    expect(outcomes).toEqual([true, true, true, true, true]);
    expect(await leftBy(workflow, file)).toEqual(once);
    expect(published).toEqual(events);
  });

  it.each([
    ['before a write', false],
    ['before the answer to a write', true],
  ])('cut off %s, any of them, and delivered again: leaves the same as an undisturbed run', async (_, lastArrives) => {
    const file = await put(120 + Number(lastArrives));
    let cuts = 0;
    for (let whole = false; !whole; cuts++) {
      await forget(workflow, file);
      published = new Set();
      line.cutAfter(cuts, lastArrives);
      whole = await deliver(workflow.handler, file);
      line.mend();
      expect(await deliver(workflow.handler, file)).toBe(true);
      const again = await leftBy(workflow, file);
      const events = published;

      await forget(workflow, file);
      published = new Set();
      expect(await deliver(workflow.handler, file)).toBe(true);
      expect(again).toEqual(await leftBy(workflow, file));
      expect(events).toEqual(published);
    }
    expect(cuts - 1).toBe(5); // quarantine file, its event, output, its event, progress
  });
});

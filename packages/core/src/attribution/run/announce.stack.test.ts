/**
 * `attribution.file_written`: results are announced, under one id however often they are.
 */
import { afterAll, expect, it } from 'vitest';
import { type Arrived, SeverableLine } from '../../stream/test/index.ts';
import { deliver, files, layout, put, reset, rows } from '../test/shop.ts';

const announced: { 'detail-type': string; detail: { properties: object; metadata: { id: string } } }[] = [];
const line = new SeverableLine();
await line.open(({ headers, body }: Arrived) => {
  if (!String(headers['x-amz-target']).endsWith('PutEvents')) return;
  for (const { DetailType, Detail } of JSON.parse(body.toString()).Entries) {
    announced.push({ 'detail-type': DetailType, detail: JSON.parse(Detail) });
  }
});
afterAll(() => line.close());

it('says what was written from which conversions, and again once something came late', async () => {
  const [, touches, , , conversions] = files;
  if (touches === undefined || conversions === undefined) throw new Error('declared there');
  await reset();
  const event = await put(conversions);
  for (let delivery = 0; delivery < 5; delivery++) await deliver(event);
  const once = new Map(announced.map(({ detail }) => [detail.metadata.id, detail.properties]));
  expect(announced.map((one) => one['detail-type'])).toEqual(['attribution.file_written']);
  const key = layout.key({ project: 'shop', collection: 'attributions', interval: conversions.interval });
  expect([...once.values()]).toEqual([
    expect.objectContaining({
      source: expect.objectContaining({ key: conversions.key, etag: event.properties.etag }),
      written: expect.objectContaining({ key, project: 'shop', collection: 'attributions' }),
      ...{ declaredBy: 'purchases', accepted: 2, conversions: 2, records: 4, credits: 0 },
    }),
  ]);
  await deliver(await put(touches));
  expect((await rows(5))?.flatMap(({ credits }) => credits)).not.toEqual([]);
  expect(new Set(announced.map(({ detail }) => detail.metadata.id)).size).toBe(2);
  expect(announced.at(-1)?.detail.properties).toMatchObject({ written: { key }, records: 4, credits: 3 });
});

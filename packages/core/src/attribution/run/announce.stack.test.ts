/**
 * `attribution.file_written`: results are announced, under one id however often they are.
 */
import { expect, it } from 'vitest';
import { credited } from '../test/left-behind.ts';
import { openLine } from '../test/line.ts';
import { attributor, fileOf, layout, put } from '../test/shop.ts';

const announced: { 'detail-type': string; detail: { properties: object; metadata: { id: string } } }[] = [];
await openLine(({ headers, body }) => {
  if (!String(headers['x-amz-target']).endsWith('PutEvents')) return;
  for (const { DetailType, Detail } of JSON.parse(body.toString()).Entries) {
    announced.push({ 'detail-type': DetailType, detail: JSON.parse(Detail) });
  }
});
const { run, deliver } = attributor();

it('says what was written from which conversions, and again once something came late', async () => {
  const [touches, conversions] = [fileOf('pageviews', 5), fileOf('purchases', 5)];
  const event = await put(conversions);
  for (let delivery = 0; delivery < 5; delivery++) await run(event);
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
  await deliver(touches);
  expect((await credited(5))?.flat()).not.toEqual([]);
  expect(new Set(announced.map(({ detail }) => detail.metadata.id)).size).toBe(2);
  expect(announced.at(-1)?.detail.properties).toMatchObject({ written: { key }, records: 4, credits: 3 });
});

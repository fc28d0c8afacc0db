/**
 * The two stores of touches: the same week of data gives the same rows, read from files and from the index.
 */
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { iso } from '../../runtime/index.ts';
import { FileReceipt, keen, pattern, recordReceipt } from '../../stream/index.ts';
import { SeverableLine } from '../../stream/test/index.ts';
import { table } from '../../table/index.ts';
import { defineAttributions } from '../definition/definition.ts';
import { attributeFile } from '../run/attribute-file.ts';
import { finishAttributions } from '../run/finish-attributions.ts';
import {
  at,
  deliver,
  file,
  files,
  items,
  layout,
  leftBehind,
  MINUTE,
  purchase,
  put,
  reset,
  rows,
  START,
  view,
} from '../test/shop.ts';

const line = new SeverableLine();
await line.open();
afterAll(() => line.close());

const HOUR = 60;
const DAY = 24 * HOUR;

const declared = {
  name: 'purchases',
  project: 'shop',
  conversions: { collection: 'purchases', visitor: 'visitor.id', value: 'order.total', currency: 'order.currency' },
  touches: { collections: ['pageviews'], visitor: 'visitor.id' },
  lookback: { click: '1d' },
  models: ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] as const,
  ownDomains: ['shop.example'],
};

/** A week, half an hour an interval: visitors come back by other ways, and look around for a while. */
function week() {
  const ways = ['', '', '', '?gclid=1', '?utm_medium=email&utm_campaign=a', '?utm_medium=email&utm_campaign=b'];
  const visits = fc.sample(
    fc.record({
      visitor: fc.constantFrom('a', '3'),
      start: fc.nat(7 * DAY * 6),
      pages: fc.array(fc.record({ after: fc.nat(240), way: fc.constantFrom(...ways) }), { minLength: 1, maxLength: 8 }),
      buys: fc.boolean(),
    }),
    { numRuns: 36, seed: 11 },
  );
  const lines = { pageviews: new Map<number, object[]>(), purchases: new Map<number, object[]>() };
  const add = (collection: keyof typeof lines, minutes: number, line: object) => {
    const interval = Math.floor(minutes / 30) * 30;
    lines[collection].set(interval, [...(lines[collection].get(interval) ?? []), line]);
  };
  for (const [n, { visitor, start, pages, buys }] of visits.entries()) {
    let minutes = start / 6;
    for (const [index, { after, way }] of pages.entries()) {
      minutes += after / 6;
      const page = view(`${n}-${index}`, minutes, visitor, way);
      add('pageviews', minutes, index % 2 ? { ...page, referrer: 'https://shop.example/' } : page);
    }
    if (buys && n % 3 === 0) add('purchases', minutes + 1 / 6, purchase(`c${n}`, minutes + 1 / 6, visitor, '99.97'));
  }
  const of = (collection: keyof typeof lines) =>
    [...lines[collection]].map(([minute, records]) => file(collection, minute, records));
  return { touches: of('pageviews'), conversions: of('purchases') };
}

it('give the same rows for the same week', async () => {
  const { touches, conversions } = week();
  expect(conversions.length).toBeGreaterThan(4);
  const days = new Set(
    [...touches, ...conversions].map(({ interval }) => Math.floor((interval - START) / MINUTE / DAY)),
  );
  expect([...days]).toEqual(expect.arrayContaining([0, 1, 2, 3, 4, 5, 6]));
  const halfHours = keen({ intervalLength: 30 * MINUTE });
  const found = new Map<string, unknown[]>();
  for (const via of ['s3', 'index'] as const) {
    await reset();
    const attributions = defineAttributions([{ ...declared, via }]);
    for (const one of [...touches, ...conversions]) {
      if (via === 's3' && one.collection === 'pageviews')
        await put(one); // its event would find no conversions
      else await attributeFile(await put(one), { attributions, layout: halfHours });
    }
    const all = [];
    for (const { interval } of conversions) all.push(...((await rows((interval - START) / MINUTE)) ?? []));
    found.set(
      via,
      all.map(({ revision: _, via: __, ...row }) => row),
    );
  }
  const byFiles = found.get('s3') as { credits: { channel: string }[] }[];
  expect(found.get('index')).toEqual(byFiles);
  const credits = byFiles.flatMap((row) => row.credits);
  expect(new Set(credits.map(({ channel }) => channel))).toEqual(
    new Set(['direct', 'paid_search', 'email', 'organic_search']),
  );
  expect(credits.length).toBeGreaterThan(2 * byFiles.length);
}, 60_000);

describe.each(['s3', 'index'] as const)('a millisecond at either end of the lookback, by %s', (via) => {
  const attributions = defineAttributions([
    { ...declared, via, models: ['linear'], lookback: { click: '20m' }, sessions: false },
  ]);
  const bought = START + 32 * MINUTE + 456;
  const seen = (id: string, time: number) => ({ ...view(id, 0, 'v'), keen: { id, timestamp: iso(time) } });

  it('a touch counts from the lookback before the conversion to the conversion itself', async () => {
    await reset();
    const [early, at] = [bought - 20 * MINUTE, bought];
    for (const one of [
      file('pageviews', 10, [seen('too early', early - 1), seen('the first', early)]),
      file('pageviews', 30, [seen('the last', at), seen('too late', at + 1)]),
      file('purchases', 30, [{ ...purchase('c', 0, 'v', '1.00'), keen: { id: 'c', timestamp: iso(bought) } }]),
    ])
      await attributeFile(await put(one), { attributions, layout });
    const [row] = (await rows(30)) ?? [];
    expect(row.via).toBe(via);
    expect(row.credits.map(({ touch }: { touch: string }) => touch)).toEqual(['the first', 'the last']);
  });
});

describe('streams of several layouts', () => {
  const clicks = { prefix: 'clicks/', layout: pattern('clicks/{project}/{collection}/{interval}/…', { idPath: 'n' }) };
  const attributions = defineAttributions([{ ...declared, lookback: { intervals: 4 } }]);
  const conversions = file('purchases', 5, [purchase('c1', 7, 'v', '1.00')]);
  const click = { n: 't1', timestamp: at(6), visitor: { id: 'v' }, page: { url: '/?gclid=1' } };
  const touches = { ...file('pageviews', 5, [click]), key: `clicks/shop/pageviews/${at(5)}/any.gz` };

  it('find touches in any of them, as that says', async () => {
    await reset();
    const options = { attributions, layout, sources: [clicks] };
    for (const one of [conversions, touches]) await attributeFile(await put(one), options);
    expect((await rows(5))?.[0]).toMatchObject({ via: 'index', credits: [{ touch: 't1', channel: 'paid_search' }] });
  });

  it('have to have intervals of one length, and names that can be told where files are asked for', async () => {
    await reset();
    const event = await put(conversions);
    const hourly = { layout: keen({ intervalLength: 60 * MINUTE }) };
    await expect(attributeFile(event, { attributions, layout, sources: [hourly] })).rejects.toMatchObject({
      code: 'configuration',
    });
    const byFiles = defineAttributions([{ ...declared, via: 's3', lookback: { intervals: 4 } }]);
    const noNames = pattern('{project}/{interval}/{collection}/…', { timePath: 'keen.timestamp' });
    await expect(attributeFile(event, { attributions: byFiles, layout: noNames })).rejects.toThrow(/use via "index"/);
  });
});

describe('missing touch files', () => {
  afterEach(() => {
    line.forbids = false;
  });
  const conversions = files[6];
  if (conversions === undefined) throw new Error('declared there');

  it('are the same to a function that may not list the bucket: S3 answers 403 for 404', async () => {
    await reset();
    await deliver(await put(conversions));
    const expected = await rows(25);
    expect(expected?.[0].completeness).toMatchObject({ expected: 11, read: 0, empty: 0 });
    await reset();
    const event = await put(conversions);
    line.forbids = true;
    await deliver(event);
    line.forbids = false;
    expect(await rows(25)).toEqual(expected);
  });

  it('are empty once nothing is waited for any more, and the rows final', async () => {
    await reset();
    const attributions = defineAttributions([{ ...declared, lookback: { intervals: 4 } }]);
    const options = { attributions, layout, idleTimeout: 10 * MINUTE };
    const [touches] = files;
    if (touches === undefined) throw new Error('declared there');
    for (const one of [touches, conversions]) {
      const event = await put(one);
      await recordReceipt(event.properties);
      await attributeFile(event, { ...options, now: () => START + 30 * MINUTE });
    }
    expect((await FileReceipt.scan.go(table())).data).toHaveLength(2);
    expect((await rows(25))?.[0]).toMatchObject({ status: 'provisional', completeness: { read: 1, empty: 8 } });
    expect(await finishAttributions({ ...options, now: () => START + 32 * MINUTE })).toBe(0);
    vi.stubEnv('MILLRACE_METRICS_NAMESPACE', 'Millrace/test');
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await finishAttributions({ ...options, now: () => START + 60 * MINUTE })).toBe(1);
    const [metric = ''] = written.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('_aws'));
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    const { metadata } = await put(conversions);
    expect(JSON.parse(metric)).toMatchObject({ service: 'attributor', Files: 1, traceId: metadata.traceId });
    expect((await rows(25))?.[0]).toMatchObject({
      status: 'final',
      revision: 2,
      completeness: { expected: 11, read: 1, empty: 10, missing: [] },
    });
    const left = await items();
    expect(await finishAttributions({ ...options, now: () => START + 70 * MINUTE })).toBe(0);
    expect(await items()).toEqual(left);
  });

  it('make the rows final wherever the finisher is killed, and the event is published', async () => {
    const attributions = defineAttributions([{ ...declared, lookback: { intervals: 4 } }]);
    const options = { attributions, layout, idleTimeout: 10 * MINUTE };
    const [touches] = files;
    if (touches === undefined) throw new Error('declared there');
    const prepare = async () => {
      await reset();
      for (const one of [touches, conversions]) {
        const event = await put(one);
        await recordReceipt(event.properties);
        await attributeFile(event, { ...options, now: () => START + 30 * MINUTE });
      }
    };
    const finish = () => finishAttributions({ ...options, now: () => START + 60 * MINUTE });
    await prepare();
    await finish();
    const expected = await leftBehind();
    let cuts = 0;
    for (let done = false; !done; cuts++) {
      await prepare();
      line.cutAfter(cuts, cuts % 2 === 1);
      done = await finish().then(
        () => true,
        () => false,
      );
      line.mend();
      await finish();
      expect(await leftBehind()).toEqual(expected);
    }
    expect(cuts).toBeGreaterThan(5);
  });
});

/**
 * The two stores of touches: the same week of data gives the same rows, read from files and from the index.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { iso } from '../../runtime/index.ts';
import { FileReceipt, keen, pattern, recordReceipt } from '../../stream/index.ts';
import { table } from '../../table/index.ts';
import { credited, items, reset, rows } from '../test/left-behind.ts';
import { killAnywhere, openLine } from '../test/line.ts';
import { at, attributor, file, fileOf, MINUTE, purchase, put, START, view } from '../test/shop.ts';

const line = await openLine();

const HOUR = 60;
const DAY = 24 * HOUR;

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
    const models = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] as const;
    const { deliver } = attributor({ via, lookback: { click: '1d' }, models }, { layout: halfHours });
    for (const one of touches) await (via === 's3' ? put(one) : deliver(one)); // its event would find no conversions
    await deliver(...conversions);
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
  const { deliver } = attributor({ via, models: ['linear'], lookback: { click: '20m' }, sessions: false });
  const bought = START + 32 * MINUTE + 456;
  const seen = (id: string, time: number) => ({ ...view(id, 0, 'v'), keen: { id, timestamp: iso(time) } });

  it('a touch counts from the lookback before the conversion to the conversion itself', async () => {
    const [early, at] = [bought - 20 * MINUTE, bought];
    await deliver(
      file('pageviews', 10, [seen('too early', early - 1), seen('the first', early)]),
      file('pageviews', 30, [seen('the last', at), seen('too late', at + 1)]),
      file('purchases', 30, [{ ...purchase('c', 0, 'v', '1.00'), keen: { id: 'c', timestamp: iso(bought) } }]),
    );
    expect((await rows(30))?.[0].via).toBe(via);
    expect(await credited(30)).toEqual([['the first', 'the last']]);
  });
});

describe('streams of several layouts', () => {
  const clicks = { prefix: 'clicks/', layout: pattern('clicks/{project}/{collection}/{interval}/…', { idPath: 'n' }) };
  const conversions = file('purchases', 5, [purchase('c1', 7, 'v', '1.00')]);
  const click = { n: 't1', timestamp: at(6), visitor: { id: 'v' }, page: { url: '/?gclid=1' } };
  const touches = { ...file('pageviews', 5, [click]), key: `clicks/shop/pageviews/${at(5)}/any.gz` };

  it('find touches in any of them, as that says', async () => {
    await attributor({}, { sources: [clicks] }).deliver(conversions, touches);
    expect((await rows(5))?.[0]).toMatchObject({ via: 'index', credits: [{ touch: 't1', channel: 'paid_search' }] });
  });

  it('have to have intervals of one length, and names that can be told where files are asked for', async () => {
    const hourly = attributor({}, { sources: [{ layout: keen({ intervalLength: 60 * MINUTE }) }] });
    await expect(hourly.deliver(conversions)).rejects.toMatchObject({ code: 'configuration' });
    const noNames = pattern('{project}/{interval}/{collection}/…', { timePath: 'keen.timestamp' });
    const byFiles = attributor({ via: 's3' }, { layout: noNames });
    await expect(byFiles.deliver(conversions)).rejects.toThrow(/use via "index"/);
  });
});

describe('missing touch files', () => {
  afterEach(() => {
    line.forbids = false;
  });
  const [touches, conversions] = [fileOf('pageviews', 0), fileOf('purchases', 25)];
  const { run, finish } = attributor({}, { idleTimeout: 10 * MINUTE, now: () => START + 30 * MINUTE });
  const prepare = async () => {
    for (const one of [touches, conversions]) {
      const event = await put(one);
      await recordReceipt(event.properties);
      await run(event);
    }
  };

  it('are the same to a function that may not list the bucket: S3 answers 403 for 404', async () => {
    const patient = attributor();
    await patient.deliver(conversions);
    const expected = await rows(25);
    expect(expected?.[0].completeness).toMatchObject({ expected: 11, read: 0, empty: 0 });
    await reset();
    const event = await put(conversions);
    line.forbids = true;
    await patient.run(event);
    line.forbids = false;
    expect(await rows(25)).toEqual(expected);
  });

  it('are empty once nothing is waited for any more, and the rows final', async () => {
    await prepare();
    expect((await FileReceipt.scan.go(table())).data).toHaveLength(2);
    expect((await rows(25))?.[0]).toMatchObject({ status: 'provisional', completeness: { read: 1, empty: 8 } });
    expect(await finish(32)).toBe(0);
    vi.stubEnv('MILLRACE_METRICS_NAMESPACE', 'Millrace/test');
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    expect(await finish(60)).toBe(1);
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
    expect(await finish(70)).toBe(0);
    expect(await items()).toEqual(left);
  });

  it('make the rows final wherever the finisher is killed, and the event is published', async () => {
    await killAnywhere(line, prepare, () => finish(60));
  });
});

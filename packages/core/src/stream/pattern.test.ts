import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, DAY, HOUR, MINUTE } from '../runtime/index.ts';
import { defineStreams, firehose, keen, type Layout, layoutOf, pattern, UnrecognizedKey } from './index.ts';

const day = Date.UTC(2026, 2, 2);

describe('every layout', () => {
  const layouts: [name: string, layout: Layout][] = [
    ['keen', keen()],
    ['dates', pattern('{project}/dt={date}/{collection}/…')],
    ['minutes', pattern('in/{collection}/{year}-{month}/{day}/{hour}.{minute}/p={project}/…')],
    ['spelled out', pattern('{project}/{interval}/c-{collection}/…')],
    ['firehose', firehose()],
    ['firehose of hours', firehose({ prefix: 'x/{project}/y/{collection}/', intervalLength: HOUR })],
  ];
  const name = fc.stringMatching(/^[A-Za-z0-9_. ]{1,20}$/);
  const part = fc.option(fc.stringMatching(/^[a-z0-9-]{1,12}$/), { nil: undefined });
  it.each(layouts)('%s reads what it writes, and says where it lies', (_, layout) => {
    const { intervalLength } = layout;
    fc.assert(
      fc.property(name, name, fc.integer({ min: 0, max: 20_000 * DAY }), part, (project, collection, time, told) => {
        const interval = Math.floor(time / intervalLength) * intervalLength;
        const placement = { project, collection, interval, ...(told === undefined ? {} : { part: told }) };
        const key = layout.key(placement);
        expect(layout.parse(key, {})).toEqual(placement);
        expect(layout.parse(key, layout.metadata(placement))).toEqual(placement);
        const range = { project, from: interval, to: interval + 1 };
        for (const scope of [range, { ...range, collection }]) {
          const prefixes = [...layout.prefixes(scope)];
          expect(prefixes).toHaveLength(1);
          expect(key.startsWith(prefixes[0] ?? '?')).toBe(true);
        }
      }),
    );
  });

  it('names each folder of a range once, as long as it can be told', () => {
    const range = { project: 'shop', collection: 'clicks', from: day, to: day + 2 * HOUR };
    expect([...firehose().prefixes(range)]).toEqual(['shop/clicks/2026/03/02/00/', 'shop/clicks/2026/03/02/01/']);
    expect([...keen().prefixes(range)]).toHaveLength(24);
    expect([...pattern('{project}/dt={date}/{collection}/…').prefixes({ ...range, to: day + 2 * DAY })]).toEqual([
      'shop/dt=2026-03-02/clicks/',
      'shop/dt=2026-03-03/clicks/',
    ]);
    const byCollection = pattern('{project}/{collection}/{date}/…');
    expect([...byCollection.prefixes({ project: 'shop', from: day, to: day + 9 * DAY })]).toEqual(['shop/']);
  });
});

describe('pattern', () => {
  const layout = pattern('{project}/dt={date}/{collection}/…');

  it.each([
    ['shop/dt=2026-03-02/clicks/records.json.gz', undefined],
    ['shop/dt=2026-03-02/clicks/records-7.json.gz', '7'],
    ['shop/dt=2026-03-02/clicks/hour=9/part-0001.ndjson', 'hour=9/part-0001.ndjson'],
  ])('reads %s', (key, part) => {
    const placement = { project: 'shop', collection: 'clicks', interval: day };
    expect(layout.parse(key, {})).toEqual(part === undefined ? placement : { ...placement, part });
  });

  it.each([
    'shop/dt=2026-13-02/clicks/x',
    'shop/2026-03-02/clicks/x',
    'shop/dt=2026-03-02/clicks/',
    '/dt=2026-03-02/clicks/x',
    '_millrace/dt=2026-03-02/clicks/x',
    `${'p'.repeat(257)}/dt=2026-03-02/clicks/x`,
  ])('does not recognize %s', (key) => {
    expect(() => layout.parse(key, {})).toThrow(UnrecognizedKey);
  });

  it('takes from its options what the key does not tell, and holds nothing else', () => {
    const logs = pattern('logs/{year}/{month}/{day}/…', { project: 'infra', collection: 'logs', timePath: 'at.ms' });
    expect(logs.parse('logs/2026/03/02/a.json', {})).toEqual({
      project: 'infra',
      collection: 'logs',
      interval: day,
      part: 'a.json',
    });
    expect(logs.timePath).toEqual(['at', 'ms']);
    expect(() => logs.key({ project: 'shop', collection: 'logs', interval: day })).toThrow(ConfigurationError);
    expect([...logs.prefixes({ project: 'shop', from: day, to: day + DAY })]).toEqual([]);
  });

  it.each([
    ['{project}/{date}/{collection}/', {}],
    ['{project}/{collection}/…', {}],
    ['{project}/{collection}/{hour}/…', {}],
    ['{project}/{collection}/{date}/{minute}/…', {}],
    ['{project}-{collection}/{date}/…', {}],
    ['{project}/{project}/{collection}/{date}/…', {}],
    ['{project}/{where}/{collection}/{date}/…', {}],
    ['{project}/{date}/…', {}],
    ['{project}/{date}/{collection}/…', { collection: 'clicks' }],
    ['{project}/{date}/{collection}/…', { intervalLength: HOUR }],
  ])('refuses %s %j', (template, options) => {
    expect(() => pattern(template, options)).toThrow(ConfigurationError);
  });
});

describe('firehose', () => {
  it('takes the interval from the name of the file, else from its folder', () => {
    const file = 'clicks-1-2026-03-02-09-13-07-8c3e3b4e-1d1c-4a4f-9c0a-2f6a7b8c9d0e';
    expect(firehose().parse(`shop/clicks/2026/03/02/09/${file}.gz`, {})).toEqual({
      project: 'shop',
      collection: 'clicks',
      interval: day + 9 * HOUR + 10 * MINUTE,
      part: '8c3e3b4e-1d1c-4a4f-9c0a-2f6a7b8c9d0e.gz',
    });
    expect(firehose().parse('shop/clicks/2026/03/02/09/other', {})).toMatchObject({
      interval: day + 9 * HOUR,
      part: 'other',
    });
  });

  it('works without a prefix', () => {
    const layout = firehose({ prefix: '', project: 'shop', collection: 'clicks' });
    const placement = { project: 'shop', collection: 'clicks', interval: day };
    expect(layout.parse(layout.key(placement), {})).toEqual(placement);
  });
});

describe('sources', () => {
  const [a, b, c] = [keen(), firehose(), pattern('{project}/{date}/{collection}/…')];
  const streams = defineStreams({
    layout: a,
    sources: [
      { prefix: 'firehose/', layout: b },
      { bucket: 'theirs', prefix: 'x/', layout: b },
      { bucket: 'theirs', layout: c },
    ],
    idleTimeout: MINUTE,
  });

  it.each([
    ['ours', 'shop/x', a],
    ['ours', 'firehose/x', b],
    ['theirs', 'firehose/x', c],
    ['theirs', 'x/y', b],
    ['others', 'x/y', a],
  ])('s3://%s/%s', (bucket, key, layout) => {
    expect(layoutOf(streams, { bucket, key }, 'ours')).toBe(layout);
  });

  it('refuses a source that another one hides', () => {
    const sources = [
      { prefix: 'a/', layout: b },
      { prefix: 'a/b/', layout: c },
    ];
    expect(() => defineStreams({ layout: a, sources, idleTimeout: 0 })).toThrow(/longer prefix first/);
    expect(() => defineStreams({ layout: a, idleTimeout: -1 })).toThrow(ConfigurationError);
  });
});

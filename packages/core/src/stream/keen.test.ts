import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keen, UnrecognizedKey } from './index.ts';

const layout = keen();
const TIME = '2017-08-01T00:05:00.000Z';
const interval = Date.parse(TIME);
const key = `shop/${TIME}/pageviews/shop-pageviews-${TIME}.json.gz`;

describe('keen', () => {
  it('reads what it writes', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_. -]{1,20}$/);
    const part = fc.option(fc.stringMatching(/^[a-z0-9]{1,12}$/), { nil: undefined });
    fc.assert(
      fc.property(name, name, fc.integer({ min: 0, max: 10_000_000 }), part, (project, collection, n, told) => {
        const placement = { project, collection, interval: n * 300_000, ...(told === undefined ? {} : { part: told }) };
        expect(layout.parse(layout.key(placement), {})).toEqual(placement);
        expect(layout.parse(layout.key(placement), layout.metadata(placement))).toEqual(placement);
      }),
    );
  });

  it('writes the key Keen writes', () => {
    expect(layout.key({ project: 'shop', collection: 'pageviews', interval })).toBe(key);
  });

  const read: [name: string, key: string, metadata: Record<string, string>, collection: string, time: string][] = [
    ['the key alone', key, {}, 'pageviews', TIME],
    [
      'metadata wins',
      key,
      { collection: 'page views', timestamp: '2017-08-01T00:10:00.000Z' },
      'page views',
      '2017-08-01T00:10:00.000Z',
    ],
    ['metadata alone', 'shop/upload.json', { collection: 'pageviews', timestamp: TIME }, 'pageviews', TIME],
    ['some of each', key, { collection: 'clicks' }, 'clicks', TIME],
    ['a time with a zone', key, { timestamp: '2017-08-01T02:05:00+02:00' }, 'pageviews', TIME],
    ['a time inside an interval', key, { timestamp: '2017-08-01T00:07:12Z' }, 'pageviews', TIME],
    ['a time that is none', key, { timestamp: 'NaN' }, 'pageviews', TIME],
    ['a time that is no number', key, { timestamp: '2017-99-99T00:00:00Z' }, 'pageviews', TIME],
    ['a time before 1970', key, { timestamp: '1969-12-31T23:59:59Z' }, 'pageviews', TIME],
    ['a collection that would be a folder', key, { collection: 'a/b' }, 'pageviews', TIME],
    ['a collection of control characters', key, { collection: 'a\u0000b' }, 'pageviews', TIME],
    ['an empty collection', key, { collection: '' }, 'pageviews', TIME],
  ];
  it.each(read)('%s', (_, from, metadata, collection, time) => {
    expect(layout.parse(from, metadata)).toMatchObject({ project: 'shop', collection, interval: Date.parse(time) });
  });

  it('tells files of one interval apart by name', () => {
    expect(layout.parse(key, {})).not.toHaveProperty('part');
    expect(layout.parse(key.replace('.json.gz', '-2.json.gz'), {})).toMatchObject({ part: '2' });
    expect(layout.parse(`shop/${TIME}/pageviews/other.json`, {})).toMatchObject({ part: 'other.json' });
  });

  it.each([
    ['no folder', 'upload.json.gz', {}],
    ['no folder, but metadata', 'upload.json.gz', { collection: 'pageviews', timestamp: TIME }],
    ['nothing before the first folder', `/${TIME}/pageviews/x.json.gz`, {}],
    ['too few folders', `shop/${TIME}/pageviews`, {}],
    ['a folder and no file', `shop/${TIME}/pageviews/`, {}],
    ['too many folders', `shop/${TIME}/pageviews/more/x.json.gz`, {}],
    ['no time', 'shop/yesterday/pageviews/x.json.gz', {}],
    ['metadata of half of it', 'shop/x.json.gz', { collection: 'pageviews' }],
    ['our own folder', `_millrace/${TIME}/pageviews/x.json.gz`, {}],
    ['inherited names', 'shop/x.json.gz', Object.create({ collection: 'pageviews', timestamp: TIME })],
  ])('does not recognize %s', (_, from, metadata) => {
    expect(() => layout.parse(from, metadata)).toThrow(UnrecognizedKey);
  });

  it('leaves out of the metadata what no HTTP header carries', () => {
    expect(layout.metadata({ project: 'shop', collection: 'Käufe', interval })).toEqual({ timestamp: TIME });
  });
});

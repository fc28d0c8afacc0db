import { describe, expect, it } from 'vitest';
import type { StreamFile } from '../event/index.ts';
import { ConfigurationError } from '../runtime/index.ts';
import { keen } from '../stream/index.ts';
import { type CopyDeclaration, defineCopies } from './declaration.ts';

const layout = keen();
const interval = '2026-03-02T09:00:00.000Z';

function file(project: string, collection: string, key?: string): StreamFile {
  const canonical = layout.key({ project, collection, interval: Date.parse(interval) });
  return {
    ...{ bucket: 'streams', key: key ?? canonical, size: 1, etag: 'e', project, collection, interval },
    ...{ intervalLength: layout.intervalLength, receivedAt: interval, writtenBy: 'producer' },
  };
}

const copy = (name: string, from: CopyDeclaration['from'], into: CopyDeclaration['into']): CopyDeclaration => ({
  name,
  from,
  into,
});

describe('what a copy selects', () => {
  it.each([
    [['*'], 'pageviews', true],
    [['page*'], 'pageviews', true],
    [['page*'], 'homepage', false],
    [['*views', 'x'], 'pageviews', true],
    [['a.b'], 'aXb', false],
    [['a|b'], 'a', false],
    [['(*)'], '(x)', true],
    [['pageviews'], 'Pageviews', false],
    [['*'], 'line\nbreak', true],
  ])('%j of %j: %j', (collections, collection, wanted) => {
    const [declared] = defineCopies([
      copy('one', { project: 'shop', collections }, { project: 'archive', part: '{collection}' }),
    ]);
    expect(declared?.selects(file('shop', collection))).toBe(wanted);
    expect(declared?.selects(file('shop2', collection))).toBe(false);
  });
});

describe('where a copy goes', () => {
  it.each<[string, CopyDeclaration['into'], StreamFile, object]>([
    ['the same collection', { project: 'archive' }, file('shop', 'p'), { project: 'archive', collection: 'p' }],
    [
      'templates, with $ as itself',
      { project: 'archive', collection: '{project}-{collection}', part: '{collection}' },
      file('shop', '$&'),
      { project: 'archive', collection: 'shop-$&', part: '$&' },
    ],
    [
      'one of several files of an interval',
      { project: 'archive', collection: 'all', part: '{collection}' },
      file('shop', 'p', `shop/${interval}/p/second.json.gz`),
      { project: 'archive', collection: 'all', part: expect.stringMatching(/^p-[0-9a-z]{12}$/) },
    ],
  ])('%s', (_, into, source, placement) => {
    const [declared] = defineCopies([copy('one', { project: 'shop' }, into)]);
    expect(declared?.kind === 'files' && declared.placement(source, layout)).toEqual({
      interval: Date.parse(interval),
      ...placement,
    });
  });
});

describe('refused', () => {
  it.each<[string, CopyDeclaration[], RegExp]>([
    ['onto its source', [copy('a', { project: 'p' }, { project: 'p' })], /copy "a" would write into a stream it reads/],
    [
      'onto its source by a fixed name',
      [copy('a', { project: 'p', collections: ['x*'] }, { project: 'p', collection: 'xy', part: '{collection}' })],
      /would write into a stream it reads/,
    ],
    [
      'twice the same stream file',
      [
        copy('a', { project: 'p' }, { project: 'q' }),
        copy('b', { project: 'p', collections: ['x'] }, { project: 'q' }),
      ],
      /copy "a" and copy "b" may write the same stream file/,
    ],
    [
      'the same stream file from two projects',
      [copy('a', { project: 'p' }, { project: 'z' }), copy('b', { project: 'q' }, { project: 'z' })],
      /may write the same stream file/,
    ],
    [
      'globs that meet behind templates',
      [
        copy('a', { project: 'p', collections: ['a*'] }, { project: 'z', collection: '{collection}_x' }),
        copy('b', { project: 'q', collections: ['*b_x'] }, { project: 'z' }),
      ],
      /may write the same stream file/,
    ],
    ['many into one', [copy('a', { project: 'p' }, { project: 'z', collection: 'all' })], /add part: '\{collection\}'/],
    [
      'one name twice',
      [copy('a', { project: 'p' }, { project: 'q' }), copy('a', { project: 'p' }, { project: 'r' })],
      /two of the copy declarations are named "a"/,
    ],
    [
      'a placeholder nobody knows',
      [copy('a', { project: 'p' }, { project: 'q', collection: '{name}' })],
      /placeholders are/,
    ],
    [
      'an empty step',
      [{ ...copy('a', { project: 'p' }, { project: 'q' }), shape: { drop: ['a..b'] } }],
      /joined by dots/,
    ],
    ['a slash', [copy('a', { project: 'p' }, { project: 'q/r' })], /no slash/],
    ['no target', [{ name: 'a', from: { project: 'p' } }], /needs into/],
    ['a sample of nothing', [copy('a', { project: 'p', sample: 0 }, { project: 'q' })], /sample/],
    ['a sink nobody knows', [JSON.parse('{"name":"a","from":{"project":"p"},"sink":{"kind":"fax"}}')], /kind/],
    [
      'a target beside the sink',
      [{ ...copy('a', { project: 'p' }, { project: 'q' }), sink: { kind: 'bus' } }],
      /says nothing to; leave it out/,
    ],
    [
      'one name twice, whatever the sink',
      [
        { name: 'a', from: { project: 'p' }, sink: { kind: 'bus' } },
        { name: 'a', from: { project: 'q' }, sink: { kind: 'keen', project: 'x', writeKey: 'KeenWriteKey' } },
      ],
      /are named "a"/,
    ],
    ['a field nobody knows', [JSON.parse('{"name":"a","from":{"project":"p"},"into":{"project":"q"},"to":1}')], /to/],
  ])('%s', (_, declarations, message) => {
    expect(() => defineCopies(declarations)).toThrow(message);
    expect(() => defineCopies(declarations)).toThrow(ConfigurationError);
  });
});

describe('accepted', () => {
  it.each<[string, CopyDeclaration[]]>([
    [
      'two targets for one source',
      [copy('a', { project: 'p' }, { project: 'q' }), copy('b', { project: 'p' }, { project: 'r' })],
    ],
    [
      'collections that never meet',
      [
        copy('a', { project: 'p', collections: ['a*'] }, { project: 'z' }),
        copy('b', { project: 'q', collections: ['b*'] }, { project: 'z' }),
      ],
    ],
    [
      'parts by project',
      [
        copy('a', { project: 'p' }, { project: 'z', part: '{project}' }),
        copy('b', { project: 'q' }, { project: 'z', part: '{project}' }),
      ],
    ],
    [
      'its own project in another bucket',
      [{ ...copy('a', { project: 'p' }, { project: 'p' }), sink: { kind: 's3', bucket: 'mirror' } }],
    ],
    ['a sink that makes no files', [{ name: 'a', from: { project: 'p' }, sink: { kind: 'bus' } }]],
    [
      'another collection of its project',
      [copy('a', { project: 'p' }, { project: 'p', collection: '{collection}_copy' })],
    ],
  ])('%s', (_, declarations) => {
    expect(defineCopies(declarations)).toHaveLength(declarations.length);
  });
});

import { describe, expect, it } from 'vitest';
import { catalogue, defineEvent, follow, type Metadata, patternOf, StreamFileReceived } from './index.ts';

const metadata: Metadata = {
  id: 'evt_1',
  version: 1,
  project: 'shop',
  traceId: 'trc_1',
  hop: 0,
  producedBy: 'ingest',
};
const file = {
  bucket: 'streams',
  key: 'shop/2017-08-01T00:05:00.000Z/pageviews/shop-pageviews-2017-08-01T00:05:00.000Z.json.gz',
  size: 120,
  etag: 'abc',
  project: 'shop',
  collection: 'pageviews',
  interval: '2017-08-01T00:05:00.000Z',
  intervalLength: 300_000,
  receivedAt: '2017-08-01T00:10:03.000Z',
  writtenBy: 'producer',
};

describe('the catalogue', () => {
  it('names every type domain.past_tense, once', () => {
    const types = catalogue.map((definition) => definition.type);
    expect(new Set(types).size).toBe(types.length);
    for (const type of types) expect(type).toMatch(/^[a-z]+\.([a-z]+_)*[a-z]+(ed|en)$/);
  });

  it('agrees with the definition SST makes of the same schema', async () => {
    const ours = StreamFileReceived.create(file, metadata);
    expect(await StreamFileReceived.sst.create(file, metadata)).toEqual({ ...ours });
  });
});

describe('create', () => {
  it('refuses properties that do not fit, naming the field', () =>
    expect(() => StreamFileReceived.create({ ...file, size: -1 }, metadata)).toThrow(/size/));
  it('refuses metadata that does not fit', () =>
    expect(() => StreamFileReceived.create(file, { ...metadata, hop: -1 })).toThrow(/hop/));
});

describe('follow', () => {
  const next = {
    type: 'copy.file_written',
    subject: ['bucket', 'key', 'etag'],
    project: 'archive',
    producedBy: 'copier',
  };
  it('keeps the trace, names its cause, and has the same id each time', () => {
    const once = follow(metadata, next);
    expect(once).toMatchObject({ traceId: 'trc_1', causedBy: 'evt_1', hop: 0, project: 'archive' });
    expect(follow({ ...metadata, id: 'evt_2' }, next).id).toBe(once.id);
    expect(follow(metadata, { ...next, subject: ['bucket', 'key', 'other'] }).id).not.toBe(once.id);
  });
  it('carries a replay on', () => expect(follow({ ...metadata, replay: 'r1' }, next).replay).toBe('r1'));
});

describe('patternOf', () => {
  it('asks for the types and the filter', () =>
    expect(patternOf([StreamFileReceived], { properties: { project: ['shop'] } })).toEqual({
      'detail-type': ['stream.file_received'],
      detail: { properties: { project: ['shop'] } },
    }));
  it('refuses to match everything', () => expect(() => patternOf([])).toThrow(/at least one/));
});

it('keeps a wrong payload from compiling', () => {
  const definition = defineEvent('stream.file_received', () => StreamFileReceived.schema);
  // @ts-expect-error collection is required
  expect(() => definition.create({ ...file, collection: undefined }, metadata)).toThrow();
});

/**
 * The enricher over files in S3: databases and reference files of which there are new versions, and lines that are rejected
 * only after others were asked about them.
 */
import { buffer, text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type StreamFile, StreamFileReceived } from '../event/index.ts';
import { MINUTE } from '../runtime/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import { FileProgress, keen, readObjectIfPresent } from '../stream/index.ts';
import { keyPart, table } from '../table/index.ts';
import { defineEnrichments, type EnrichmentDeclaration } from './declaration.ts';
import { enrichFile } from './enrich-file.ts';
import { s3File } from './file/index.ts';
import { s3Database, writeDatabase } from './geo/index.ts';
import { loadReferences } from './lookup/reference.ts';
import type { LookupSource } from './lookup/source.ts';
import { objectInMemory } from './snapshot/index.ts';
import { places } from './test/places.ts';

const layout = keen();
const START = Date.parse('2026-03-02T09:00:00.000Z');
const client = new S3Client({});

async function put(key: string, body: string | Buffer): Promise<string> {
  const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket: streamsBucket(), Key: key, Body: body }));
  return ETag.replaceAll('"', '');
}

async function putRecords(n: number, lines: readonly string[]): Promise<StreamFile> {
  const placement = { project: 'shop', collection: 'clicks', interval: START + n * layout.intervalLength };
  const body = gzipSync(`${lines.join('\n')}\n`);
  const key = layout.key(placement);
  const interval = new Date(placement.interval).toISOString();
  return {
    ...{
      bucket: streamsBucket(),
      key,
      size: body.length,
      etag: await put(key, body),
      project: 'shop',
      collection: 'clicks',
    },
    ...{ interval, intervalLength: layout.intervalLength, receivedAt: interval, writtenBy: 'producer' },
  };
}

async function enrich(file: StreamFile, declaration: Omit<EnrichmentDeclaration, 'name' | 'from'>, forget = true) {
  const enrichments = defineEnrichments([
    { name: 'e', from: { project: 'shop', collections: ['clicks'] }, ...declaration },
  ]);
  const metadata = {
    id: 'evt_1',
    version: 1,
    project: 'shop',
    traceId: 'trc_1',
    hop: 0,
    producedBy: 'ingest',
  } as const;
  if (forget) {
    const key = { workflow: keyPart('enricher'), bucket: keyPart(file.bucket), file: keyPart(file.key) };
    await FileProgress.delete(key).go(table());
  }
  await enrichFile({ type: StreamFileReceived.type, metadata, properties: file } as never, { enrichments, layout });
}

async function left(file: StreamFile) {
  const output = layout.key({ project: 'shop', collection: 'clicks_enriched', interval: Date.parse(file.interval) });
  const written = await readObjectIfPresent(file.bucket, output);
  const quarantined = await readObjectIfPresent(file.bucket, `_millrace/quarantine/enricher/${file.key}.ndjson`);
  const key = { workflow: keyPart('enricher'), bucket: keyPart(file.bucket), file: keyPart(file.key) };
  const { data } = await FileProgress.get(key).go(table());
  return {
    records:
      written === undefined
        ? []
        : gunzipSync(await buffer(written))
            .toString()
            .trimEnd()
            .split('\n'),
    quarantine:
      quarantined === undefined
        ? []
        : (await text(quarantined))
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line)),
    counts: data?.counts,
  };
}

beforeAll(async () => {
  await loadReferences({ project: 'shop', table: 'people' }, [{ id: 'ada', value: 'Ada' }]);
});

describe('lines rejected after they were asked about', () => {
  const hard = { kind: 'lookup' as const, table: 'people', at: 'who', into: 'name', onFailure: 'quarantine' as const };
  const lines = Array.from({ length: 1300 }, (_, n) => {
    if (n % 100 === 7) return '{"who":';
    return JSON.stringify({ n, who: n % 3 === 0 ? 'bob' : 'ada', pad: 'x'.repeat(300) });
  });

  it('lie in quarantine in the order of the file, among those that cannot be read, and in no output', async () => {
    const file = await putRecords(1, lines);
    await enrich(file, { steps: [hard] });
    const { records, quarantine, counts } = await left(file);
    const rejected = lines.map((_, n) => n).filter((n) => n % 100 === 7 || n % 3 === 0);
    expect(quarantine.map(({ line }) => line - 1)).toEqual(rejected);
    expect(quarantine[0]).toMatchObject({ reason: 'not_found', offset: 0, message: 'enrichment step 1 failed at who' });
    for (const { line, offset, bytes } of quarantine) {
      expect(Buffer.from(bytes, 'base64').toString()).toBe(lines[line - 1]);
      expect(offset).toBe(Buffer.byteLength(lines.slice(0, line - 1).join('\n')) + (line > 1 ? 1 : 0));
    }
    expect(records.map((json) => JSON.parse(json).n)).toEqual(
      lines.map((_, n) => n).filter((n) => !rejected.includes(n)),
    );
    expect(counts).toMatchObject({
      read: 1300,
      quarantined: rejected.length,
      accepted: records.length,
      enriched: records.length,
    });
  });

  it('are the same however often and at once the file is delivered', async () => {
    const file = await putRecords(2, lines);
    await enrich(file, { steps: [hard] });
    const once = await left(file);
    await Promise.all(Array.from({ length: 5 }, () => enrich(file, { steps: [hard] })));
    expect(await left(file)).toEqual(once);
  });
});

describe('objects in S3', () => {
  it('are fetched again only where they changed, believed for a minute, and kept while they are gone', async () => {
    const clock = { now: 0 };
    const read: string[] = [];
    const textOf = (bytes: Buffer) => {
      read.push(bytes.toString());
      return bytes.toString();
    };
    const reading = { as: 'text', read: textOf, pack: Buffer.from, unpack: String };
    const object = objectInMemory({ key: '_millrace/reference/a.txt' }, reading, () => clock.now);
    const snapshot = async () => (await object.newest()).value;
    await expect(snapshot()).rejects.toThrow(/there is no s3:\/\/.*a\.txt/);
    await put('_millrace/reference/a.txt', 'one');
    expect(await Promise.all([snapshot(), snapshot()])).toEqual(['one', 'one']);
    await put('_millrace/reference/a.txt', gzipSync('two'));
    expect(await snapshot()).toBe('one');
    clock.now += MINUTE;
    expect(await snapshot()).toBe('two');
    clock.now += MINUTE;
    expect(await snapshot()).toBe('two');
    expect(read).toEqual(['one', 'two']);
  });

  it('tell where addresses are, and what ids stand for', async () => {
    await put('_millrace/reference/city.mmdb', writeDatabase('GeoLite2-City', places));
    await put('_millrace/reference/people.csv', 'id,name,team\nada,Ada,red\n');
    const file = await putRecords(3, ['{"ip":"81.2.69.160","who":"ada"}', '{"ip":"10.0.0.1","who":"bob"}']);
    await enrich(file, {
      steps: [
        { kind: 'ip', at: 'ip', into: 'geo', places: s3Database({ key: '_millrace/reference/city.mmdb' }) },
        { kind: 'lookup', from: s3File({ key: '_millrace/reference/people.csv' }), at: 'who', into: 'person' },
      ],
    });
    const { records } = await left(file);
    expect(records.map((json) => JSON.parse(json))).toMatchObject([
      { geo: { city: 'London', country_code: 'GB' }, person: { name: 'Ada', team: 'red' } },
      { enrichment_errors: [{ enrichment: 'e', step: 2, path: 'who', reason: 'not_found' }] },
    ]);
  });

  it('are of one version from the first record of a file to its last, and of the newest in the next', async () => {
    const key = '_millrace/reference/changing.mmdb';
    const version = (country: string) => writeDatabase('country', { '81.2.69.0/24': { country_code: country } });
    const from = s3Database({ key });
    await put(key, version('GB'));
    let batches = 0;
    const changing: LookupSource = {
      open: async () => async () => {
        batches += 1;
        await put(key, version(`v${batches}`));
        vi.setSystemTime(Date.now() + 2 * MINUTE);
        return { found: new Map([['ada', '"Ada"']]), failed: new Set() };
      },
    };
    const steps = [
      { kind: 'lookup' as const, from: changing, at: 'who', into: 'name' },
      { kind: 'ip' as const, at: 'ip', into: 'geo', places: from },
    ];
    const lines = Array.from({ length: 2000 }, (_, n) =>
      JSON.stringify({ n, who: 'ada', ip: '81.2.69.160', pad: 'x'.repeat(300) }),
    );
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const files = [await putRecords(5, lines), await putRecords(6, lines.slice(0, 1))];
      const countries: Set<string>[] = [];
      for (const file of files) {
        await enrich(file, { steps });
        const { records } = await left(file);
        countries.push(new Set(records.map((json) => JSON.parse(json).geo.country_code)));
        expect(records).toHaveLength(file === files[0] ? 2000 : 1);
      }
      expect(batches).toBeGreaterThan(3);
      expect(countries).toEqual([new Set(['GB']), new Set([`v${batches - 1}`])]); // the last one came in the second file
    } finally {
      vi.useRealTimers();
    }
  });

  it('that are missing fail the file, and say what to put where', async () => {
    const file = await putRecords(4, ['{"ip":"81.2.69.160"}']);
    const steps = [
      { kind: 'ip' as const, at: 'ip', into: 'geo', places: s3Database({ key: '_millrace/reference/none.mmdb' }) },
    ];
    await expect(enrich(file, { steps })).rejects.toThrow(/there is no s3:.*none\.mmdb; put it there/);
    expect((await left(file)).records).toEqual([]);
  });
});

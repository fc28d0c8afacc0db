/**
 * `enrich`: the enricher, gzip in and gzip out, with what most streams want of it (parts of URL and time, user agent,
 * referrer, place), over page views that repeat themselves as those of a shop do, against the floor of the reader.
 */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { defineEnrichments, Enriching, type EnrichmentDeclaration, openPlan, Snapshots } from '@millrace/core/enrich';
import { readDatabase, writeDatabase } from '@millrace/core/enrich/geo';
import { COMPRESSION, CompressedText, readRecords } from '@millrace/core/stream';
import type { Benchmark, Case } from '../measure.ts';
import { pageviews } from '../records.ts';
import { chunks, floor } from './stream.ts';

const RECORDS = 100_000;

export const enrich: Benchmark = { name: 'enrich', groups: [group] };

type Steps = EnrichmentDeclaration['steps'];

function group() {
  const file = gzipSync(asVisited(pageviews(RECORDS, 'A product')));
  const opened = readDatabase(writeDatabase('GeoLite2-City', countries()), 'countries');
  const url: Steps = [{ kind: 'url', at: 'page.url', into: 'page.parts' }];
  const agent: Steps = [{ kind: 'user-agent', at: 'user_agent', into: 'agent' }];
  const referrer: Steps = [{ kind: 'referrer', at: 'referrer', page: 'page.url', into: 'origin' }];
  const time: Steps = [{ kind: 'date-time', at: 'keen.timestamp', into: 'time' }];
  const berlin: Steps = [{ kind: 'date-time', at: 'keen.timestamp', into: 'time', zone: 'Europe/Berlin' }];
  const place: Steps = [{ kind: 'ip', at: 'ip', into: 'geo', places: { open: async () => opened } }];
  const nothing: Steps = [{ kind: 'transform', at: ['missing'], apply: ['trim'] }];
  return {
    input: '',
    floor: floor(() => Readable.from(chunks(file))),
    cases: {
      nothing: enricher(file, nothing),
      url: enricher(file, url),
      'user-agent': enricher(file, agent),
      referrer: enricher(file, referrer),
      'date-time': enricher(file, time),
      'date-time-in-zone': enricher(file, berlin),
      place: enricher(file, place),
      five: enricher(file, [...url, ...agent, ...referrer, ...time, ...place]),
    },
  };
}

/**
 * As visits are: of 5,000 visitors, each with an address in one of 200 networks and one of 300 programs; four pages in five
 * were reached from within the shop, and the fifth from an advertisement whose click id comes once.
 */
function asVisited(records: Buffer): Buffer {
  const lines = records.toString().trimEnd().split('\n');
  const visited = lines.map((line, n) => {
    const record = JSON.parse(line);
    const visitor = Number(record.visitor.id.slice('v-'.length));
    record.ip = `81.2.${visitor % 200}.${Math.floor(visitor / 200)}`;
    record.user_agent = `${record.user_agent}.0.${visitor % 300}.0 Safari/537.36`;
    if (n % 5 !== 0) {
      record.page.url = record.page.url.split('?', 1)[0];
      record.referrer = `https://shop.example/c/${n % 12}`;
    }
    return JSON.stringify(record);
  });
  return Buffer.from(`${visited.join('\n')}\n`);
}

function countries() {
  const networks = Array.from({ length: 200 }, (_, n) => [
    `81.2.${n}.0/24`,
    {
      city: { names: { en: `City ${n}` } },
      country: { iso_code: 'GB', names: { en: 'United Kingdom' } },
      location: { latitude: 51 + n / 100, longitude: -0.1 },
    },
  ]);
  return Object.fromEntries(networks) as Parameters<typeof writeDatabase>[1]; // entries of just that
}

/** The enricher but for S3: what it reads comes from memory, what it writes goes nowhere. */
function enricher(file: Buffer, steps: Steps): Case {
  const [enrichment] = defineEnrichments([{ name: 'bench', from: { project: 'shop' }, steps }]);
  if (enrichment === undefined) throw new RangeError('no enrichment');
  const source = {
    ...{ bucket: 'b', key: 'k', size: file.length, etag: 'e', project: 'shop', collection: 'pageviews' },
    ...{ interval: '2026-03-02T09:00:00.000Z', intervalLength: 300_000, receivedAt: '2026-03-02T09:05:00.000Z' },
    writtenBy: 'producer',
  };
  return async () => {
    let size = 0;
    const text = new CompressedText(COMPRESSION, (bytes) => {
      size += bytes.length;
    });
    const writer = {
      write: (json: string) => {
        text.put(json);
        text.putBytes('\n');
      },
      writeBytes: (json: string) => {
        text.putBytes(json);
        text.putBytes('\n');
      },
      drained: () => text.drained(),
    };
    const snapshots = new Snapshots();
    const enriching = new Enriching([
      { enrichment, plan: await openPlan(enrichment.plan, { file: source, snapshots }), writer },
    ]);
    const { accepted } = await readRecords(Readable.from(chunks(file)), {
      record: (record, line, bytes, offset) => enriching.record(record, line, bytes, offset),
      rejected: () => undefined,
      drained: () => enriching.drained(),
    });
    await enriching.ended();
    await text.end();
    return size > 0 ? accepted : 0;
  };
}

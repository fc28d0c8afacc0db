import { gunzipSync, gzipSync } from 'node:zlib';
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { StreamFileQuarantined } from '../event/index.ts';
import { streamsBucket } from '../runtime/resource.ts';
import {
  createStreamFileWriter,
  listQuarantine,
  MissingFile,
  openObject,
  parseLineage,
  readObjectIfPresent,
  readRecords,
  readStreamFile,
  SupersededFile,
} from './index.ts';
import { s3 } from './object.ts';
import { cause, get, head, hear, interval, layout, put } from './test/streams.ts';

const accept = { record: () => undefined };

async function keys(prefix: string): Promise<string[]> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket: streamsBucket(), Prefix: prefix }));
  return Contents.map(({ Key = '' }) => Key);
}

describe('openObject', () => {
  it('reads exactly the version named, or says why not', async () => {
    const first = await put('open/a', 'one');
    const second = await put('open/a', 'two');
    expect(Buffer.concat(await (await openObject(second)).toArray()).toString()).toBe('two');
    await expect(openObject(first)).rejects.toThrow(SupersededFile);
    await expect(openObject({ ...first, key: 'open/none' })).rejects.toThrow(MissingFile);
  });

  it('gives nothing where there is nothing, when asked by key', async () => {
    await put('open/b', 'x');
    expect(await readObjectIfPresent(streamsBucket(), 'open/b')).toBeDefined();
    expect(await readObjectIfPresent(streamsBucket(), 'open/none')).toBeUndefined();
  });
});

describe('readStreamFile', () => {
  it('quarantines rejected lines with their bytes, announces them once it is whole, and is the same every time', async () => {
    const heard = await hear('quarantined', StreamFileQuarantined);
    const content = Buffer.concat([Buffer.from('{"a":1}\ncut{\n'), Buffer.from([0xff, 10]), Buffer.from('{"a":2}\n')]);
    const file = await put('shop/x ü.json.gz', gzipSync(content));
    const values: unknown[] = [];
    const run = () =>
      readStreamFile(
        { file, workflow: 'copier', cause },
        {
          record: (value) => {
            values.push(value);
            return value.a === 2 ? { reason: 'no_even', message: 'a is even' } : undefined;
          },
        },
      );
    expect(await run()).toEqual({ read: 4, accepted: 1, quarantined: 3 });
    const key = '_millrace/quarantine/copier/shop/x ü.json.gz.ndjson';
    const first = await get(key);
    const lines = first
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const source = `s3://${file.bucket}/shop/x ü.json.gz`;
    expect(lines).toMatchObject([
      { line: 2, offset: 8, reason: 'invalid_json', source, bytes: Buffer.from('cut{').toString('base64') },
      { line: 3, offset: 13, reason: 'invalid_utf8', source, bytes: '/w==' },
      { line: 4, offset: 15, reason: 'no_even', message: 'a is even', source },
    ]);
    await run();
    expect(await get(key)).toEqual(first);
    expect(values).toEqual([{ a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }]);

    const events = await heard(2);
    expect(events).toHaveLength(2);
    expect(events[0]).toEqual(events[1]);
    expect(events[0]).toMatchObject({
      metadata: { causedBy: cause.id, traceId: cause.traceId, producedBy: 'copier', project: 'shop' },
      properties: {
        workflow: 'copier',
        lines: 3,
        reasons: { invalid_json: 1, invalid_utf8: 1, no_even: 1 },
        quarantineKey: key,
        file: { key: file.key, etag: file.etag },
      },
    });
  });

  it.each([
    ['an empty file', ''],
    ['a clean file', '{"a":1}\n'],
  ])('makes no quarantine file for %s', async (name, content) => {
    const file = await put(`shop/${name}`, content);
    expect((await readStreamFile({ file, workflow: 'clean', cause }, accept)).quarantined).toBe(0);
    expect(await keys('_millrace/quarantine/clean/')).toEqual([]);
  });

  it('leaves no quarantine where a handler throws', async () => {
    const file = await put('shop/thrown', 'bad\n{"a":1}\n');
    const failing = {
      record: () => {
        throw new Error('of the workflow');
      },
    };
    await expect(readStreamFile({ file, workflow: 'thrown', cause }, failing)).rejects.toThrow('of the workflow');
    expect(await keys('_millrace/quarantine/thrown/')).toEqual([]);
  });

  it('finds a place for the quarantine of a key as long as keys may be', async () => {
    const file = await put(`shop/${'k'.repeat(1000)}`, 'bad\n');
    await readStreamFile({ file, workflow: 'long', cause }, accept);
    const [key = ''] = await keys('_millrace/quarantine/long/');
    expect(key).toMatch(/^_millrace\/quarantine\/long\/[0-9a-z]{26}\.ndjson$/);
    expect(JSON.parse((await get(key)).toString()).source).toBe(`s3://${file.bucket}/${file.key}`);
  });

  it('quarantines more than fits in memory at once, as one file', async () => {
    const line = `${'x'.repeat(999)}\n`;
    const file = await put('shop/much', gzipSync(Buffer.from(line.repeat(20_000))));
    const counts = await readStreamFile({ file, workflow: 'much', cause }, accept);
    expect(counts).toEqual({ read: 20_000, accepted: 0, quarantined: 20_000 });
    const body = await openObject({
      ...file,
      key: '_millrace/quarantine/much/shop/much.ndjson',
      etag: await etagOf('_millrace/quarantine/much/shop/much.ndjson'),
    });
    let last = 0;
    await readRecords(body, {
      record: (entry) => {
        last = Number(entry.line);
      },
      rejected: () => expect.unreachable(),
    });
    expect(last).toBe(20_000);
  });
});

async function etagOf(key: string): Promise<string> {
  return ((await head(key)).ETag ?? '').replaceAll('"', '');
}

describe('listQuarantine', () => {
  it('lists by workflow, page by page, with what each file holds', async () => {
    for (const name of ['a', 'b', 'c']) {
      const file = await put(`shop/list-${name}`, `bad\n42\n${'['.repeat(700_000)}\n`);
      await readStreamFile({ file, workflow: 'lister', cause }, accept);
    }
    const query = { bucket: streamsBucket(), workflow: 'lister', limit: 2 };
    const first = await listQuarantine(query);
    expect(first.entries).toHaveLength(2);
    expect(first.entries[0]).toEqual({
      key: '_millrace/quarantine/lister/shop/list-a.ndjson',
      workflow: 'lister',
      source: `s3://${streamsBucket()}/shop/list-a`,
      lines: 3,
      reasons: { invalid_json: 2, not_an_object: 1 },
    });
    const second = await listQuarantine({ ...query, ...(first.next === undefined ? {} : { after: first.next }) });
    expect(second.entries.map(({ source }) => source)).toEqual([`s3://${streamsBucket()}/shop/list-c`]);
    expect(second.next).toBeUndefined();
  });
});

describe('createStreamFileWriter', () => {
  const placement = { project: 'archive', collection: 'pageviews', interval };
  const canonical = layout.key({ project: 'shop', collection: 'pageviews', interval });
  const target = { bucket: streamsBucket(), layout, placement, cause, workflow: 'copier' };

  async function write(source: Awaited<ReturnType<typeof put>>, records: Iterable<string>) {
    const writer = createStreamFileWriter({ ...target, source });
    for (const record of records) {
      writer.write(record);
      await writer.drained();
    }
    return writer.finish();
  }

  it('writes gzipped lines with their lineage, the same bytes every time', async () => {
    const source = await put(canonical, 'x');
    const written = await write(source, ['{"a":1}', '{"b":"é"}']);
    const bytes = await get(written.key);
    expect(gunzipSync(bytes).toString()).toBe('{"a":1}\n{"b":"é"}\n');
    expect(written).toEqual({
      bucket: source.bucket,
      key: layout.key(placement),
      size: bytes.length,
      etag: await etagOf(written.key),
      project: 'archive',
      collection: 'pageviews',
      interval: '2026-03-02T09:00:00.000Z',
      records: 2,
    });
    const { Metadata = {} } = await head(written.key);
    expect(Metadata).toMatchObject({
      ...layout.metadata(placement),
      'millrace-source': `s3://${source.bucket}/${canonical}`,
    });
    expect(parseLineage(Metadata)).toEqual({ writtenBy: 'copier', traceId: cause.traceId, causedBy: cause.id, hop: 1 });
    expect(await write(source, ['{"a":1}', '{"b":"é"}'])).toEqual(written);
  });

  it('writes an empty file', async () => {
    const written = await write(await put(canonical, 'x'), []);
    expect(gunzipSync(await get(written.key)).length).toBe(0);
    expect(written).toMatchObject({ records: 0 });
  });

  it('keeps apart what comes from two files of one interval', async () => {
    const one = await write(await put(canonical, 'x'), ['{}']);
    const other = await write(await put(canonical.replace('.json.gz', '-late.json.gz'), 'x'), ['{}']);
    expect(other.key).not.toBe(one.key);
    expect(layout.parse(other.key, {})).toMatchObject(placement);
  });

  /** Compresses badly: 100,000 become three parts of 8 MiB. */
  function* noise(count: number) {
    let state = 1;
    for (let n = 0; n < count; n++) {
      let text = '';
      for (let word = 0; word < 40; word++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        text += state.toString(36);
      }
      yield JSON.stringify({ n, text });
    }
  }

  it('writes large files in parts, the same bytes and etag every time', async () => {
    const source = await put(canonical, 'x');
    const first = await write(source, noise(100_000));
    expect(first.size).toBeGreaterThan(2 * 8 * 1024 * 1024);
    expect(first.etag).toMatch(/-\d+$/);
    const body = await openObject(first);
    const counts = await readRecords(body, { ...accept, rejected: () => expect.unreachable() });
    expect(counts.accepted).toBe(100_000);
    expect(await write(source, noise(100_000))).toEqual(first);
  });

  it.each([
    ['small', 3],
    ['large', 100_000],
  ])('leaves nothing of a %s file when aborted', async (name, count) => {
    const source = await put(canonical, 'x');
    const aborted = { ...placement, project: `aborted-${name}` };
    const writer = createStreamFileWriter({ ...target, source, placement: aborted });
    for (const record of noise(count)) {
      writer.write(record);
      await writer.drained();
    }
    await writer.abort();
    expect(await keys(`aborted-${name}/`)).toEqual([]);
    const { Uploads = [] } = await s3().send(new ListMultipartUploadsCommand({ Bucket: streamsBucket() }));
    expect(Uploads).toEqual([]);
  });

  it('tells whoever waits that the upload failed', async () => {
    const source = await put(canonical, 'x');
    const writer = createStreamFileWriter({ ...target, source, bucket: 'no-such-bucket-here' });
    const writing = (async () => {
      for (const record of noise(100_000)) {
        writer.write(record);
        await writer.drained();
      }
      await writer.finish();
    })();
    await expect(writing).rejects.toThrow(/bucket/i);
    await writer.abort();
  });
});

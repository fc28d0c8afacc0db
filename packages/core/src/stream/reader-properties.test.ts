import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunks, cut, read, readInParts } from './test/read.ts';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('the reader', () => {
  const record = fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 4 }), {
    maxKeys: 5,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
  const written = (records: readonly unknown[], lineBreak: string) =>
    Buffer.from(records.map((value) => JSON.stringify(value)).join(lineBreak));

  const json = (value: unknown) => JSON.stringify(value);
  const pretty = (value: unknown) => JSON.stringify(value, undefined, 2);
  const containers: Record<string, (records: readonly unknown[]) => string> = {
    lines: (records) => records.map(json).join('\n'),
    'lines with CRLF': (records) => records.map((value) => `${json(value)}\r\n`).join(''),
    'lines with empty ones between': (records) => records.map(json).join('\n\n'),
    'one after the other': (records) => records.map(json).join(''),
    'over several lines': (records) => records.map(pretty).join('\n'),
    'now and then a line break': (records) => records.map((value, n) => json(value) + (n % 3 ? '' : '\n')).join(''),
    'an array': (records) => json(records),
    'a pretty array': pretty,
    Records: (records) => json({ Records: records }),
    'pretty Records': (records) => pretty({ Records: records }),
  };
  const container = fc.constantFrom(...Object.keys(containers));
  const compressions: Record<string, (bytes: Buffer) => Buffer> = {
    none: (bytes) => bytes,
    gzip: (bytes) => gzipSync(bytes),
    zstd: (bytes) => zstdCompressSync(bytes),
  };
  const compression = fc.constantFrom(...Object.keys(compressions));
  /** Such a first record is taken for a container, if it holds an array. */
  const beginsLikeContainer = (records: readonly object[]) => Object.keys(records[0] ?? {})[0] === 'Records';

  it('any records, in any container, split anywhere, compressed anyhow in several parts: exactly them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 30 }),
        sizes,
        container,
        compression,
        fc.array(fc.nat(), { maxLength: 3 }),
        async (records, splits, kind, packing, cuts) => {
          fc.pre(!beginsLikeContainer(records));
          fc.pre(kind !== 'over several lines' || json(records[0]) !== '{}'); // which is a line of its own
          const plain = Buffer.from(containers[kind]?.(records) ?? '');
          const at = [0, ...cuts.map((n) => n % (plain.length + 1)).sort((a, b) => a - b), plain.length];
          const parts = at.slice(1).map((end, n) => compressions[packing]?.(plain.subarray(at[n], end)) ?? plain);
          const result = await read(chunks(...cut(Buffer.concat(parts), splits)));
          expect(result.values).toEqual(records.map((value) => JSON.parse(JSON.stringify(value))));
          expect(result.rejected).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('any bytes at all: no throw, every line accounted for', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .uint8Array({ maxLength: 300 })
        .map((rest) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), rest])),
      fc
        .uint8Array({ maxLength: 300 })
        .map((rest) => Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x24]), rest])),
      fc
        .array(fc.constantFrom(...'{}[]",:\\ \n1', '{"a":1}', '{"Records":['), { maxLength: 60 })
        .map((parts) => Buffer.from(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(bytes, sizes, async (content, splits) => {
        const { values, rejected, counts } = await read(chunks(...cut(Buffer.from(content), splits)));
        expect(counts).toEqual({
          read: values.length + rejected.length,
          accepted: values.length,
          quarantined: rejected.length,
        });
        const whole = await read(chunks(Buffer.from(content)));
        expect([values, rejected]).toEqual([whole.values, whole.rejected]);
      }),
      { numRuns: 1000, examples: [[Buffer.from('\n{{"a":1}{'), [1]]] },
    );
  });

  it('content of any kind, whole or damaged, read in parts: as if in one', async () => {
    const bytes = fc.oneof(
      fc
        .tuple(fc.array(record, { maxLength: 12 }), container)
        .map(([records, kind]) => Buffer.from(containers[kind]?.(records) ?? '')),
      fc
        .array(
          fc.constantFrom(
            ...'{}[]",:\\ \n1',
            '{"a":1}',
            '{"a":"é☃"}',
            '\n',
            '\r\n',
            '{"Records":[',
            '\ufeff',
            '\u0000',
          ),
          { maxLength: 60 },
        )
        .map((parts) => Buffer.from(parts.join(''))),
      fc.uint8Array({ maxLength: 200 }).map((any) => Buffer.from(any)),
    );
    await fc.assert(
      fc.asyncProperty(
        bytes,
        sizes,
        compression,
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        async (content, splits, packing, cutOff, every) => {
          const packed = compressions[packing]?.(content) ?? content;
          const stored = cutOff % 3 === 0 ? packed.subarray(0, cutOff % (packed.length + 1)) : packed;
          const body = () => chunks(...cut(stored, splits));
          const { readings: _, ...inParts } = await readInParts(body, every);
          const { readings: __, ...whole } = await readInParts(body, Number.POSITIVE_INFINITY);
          expect(inParts).toEqual(whole);
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('a large file read in parts: each stops where it is told', async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, n) => `{"n":${n},"pad":"${'x'.repeat(n % 90)}"}${n % 999 ? '' : '}'}\n`,
    );
    const stored = gzipSync(lines.join(''));
    const whole = await read(chunks(stored));
    const { readings, ...inParts } = await readInParts(() => chunks(stored), 3);
    expect({ readings: 1, ...inParts }).toEqual(whole);
    expect(readings).toBeGreaterThan(5);
  });

  it('a damaged line of a plain file: its neighbours are read', async () => {
    const junk = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 8 }),
        junk,
        fc.array(record, { maxLength: 8 }),
        sizes,
        async (before, bad, after, splits) => {
          fc.pre(before.length > 0); // junk that opens the file may be magic
          const content = Buffer.concat([
            written([...before, 0], '\n').subarray(0, -1),
            bad,
            Buffer.from('\n'),
            written(after, '\n'),
          ]);
          const { values, rejected } = await read(chunks(...cut(content, splits)));
          const kept = [...before, ...after].map((value) => JSON.parse(JSON.stringify(value)));
          expect(values.length + rejected.length - kept.length).toBeLessThanOrEqual(1);
          expect(values.slice(0, before.length)).toEqual(kept.slice(0, before.length));
          if (after.length > 0) expect(values.slice(-after.length)).toEqual(kept.slice(-after.length));
        },
      ),
    );
  });

  /** A record whose properties have names that follow a quote for certain, as a missing quote would need them. */
  const named = fc
    .array(fc.jsonValue({ maxDepth: 2, stringUnit: fc.constantFrom('a', 'é', ' ', '"', '\\', '{', '}', ',') }), {
      maxLength: 4,
    })
    .map((values) => Object.fromEntries([['id', 0], ...values.map((value, n) => [`name${n}`, value])]));
  const kinds = ['one after the other', 'an array', 'Records', 'a pretty array', 'over several lines'] as const;

  it('a damaged record in any container: its neighbours are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(named, { minLength: 1, maxLength: 5 }),
        named,
        fc.array(named, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(...kinds),
        fc.nat(),
        fc.constantFrom('', '"', '\\', '\u0000', '{', '[', ':', '}', ']', 'x y'),
        sizes,
        async (before, bad, after, kind, at, junk, splits) => {
          const marked = { mark: '\u2603', ...bad };
          const text = containers[kind]?.([...before, marked, ...after]) ?? '';
          const start = text.indexOf('{', text.lastIndexOf('}', text.indexOf('\u2603')));
          const whole = JSON.stringify(
            marked,
            undefined,
            kind.startsWith('a pretty') || kind.startsWith('over') ? 2 : 0,
          );
          const spot = start + 1 + (at % (whole.length - 2));
          const damaged = text.slice(0, spot) + junk + text.slice(spot + 1);
          fc.pre(!isJson(damaged)); // damage that makes other JSON of it is none that anybody could tell
          const { values, rejected, counts } = await read(chunks(...cut(Buffer.from(damaged), splits)));
          expect(counts.read).toBe(values.length + rejected.length);
          const kept = [...before, ...after].map((value) => JSON.stringify(value));
          const found = values.map((value) => JSON.stringify(value));
          expect(found.slice(0, before.length)).toEqual(kept.slice(0, before.length));
          expect(found.slice(-after.length)).toEqual(kept.slice(-after.length));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('a compressed file cut anywhere: the records of the readable part, and one break', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        sizes,
        fc.constantFrom(gzipSync, zstdCompressSync),
        async (records, at, splits, compress) => {
          const whole = compress(written(records, '\n'));
          const kept = whole.subarray(0, 4 + (at % (whole.length - 4)));
          const { values, rejected } = await read(chunks(...cut(kept, splits)));
          expect(values).toEqual(records.slice(0, values.length).map((value) => JSON.parse(JSON.stringify(value))));
          expect(rejected).toMatchObject([{ reason: 'truncated_file' }]);
        },
      ),
    );
  });

  it('a compressed file damaged anywhere: the members before the damage are read, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 10 }),
        fc.array(record, { minLength: 1, maxLength: 10 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        sizes,
        fc.constantFrom(gzipSync, zstdCompressSync),
        async (first, second, at, mask, splits, compress) => {
          const good = compress(Buffer.concat([written(first, '\n'), Buffer.from('\n')]));
          const body = Buffer.concat([good, compress(written(second, '\n'))]);
          const spot = good.length + (at % (body.length - good.length));
          body[spot] = (body[spot] ?? 0) ^ mask;
          const { values, rejected, counts } = await read(chunks(...cut(body, splits)));
          expect(values.slice(0, first.length)).toEqual(first.map((value) => JSON.parse(JSON.stringify(value))));
          expect(counts.read).toBe(values.length + rejected.length);
          const whole = await read(chunks(body));
          expect([values, rejected]).toEqual([whole.values, whole.rejected]);
        },
      ),
    );
  });
});

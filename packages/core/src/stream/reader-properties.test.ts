import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunks, cut, read } from './test/read.ts';

describe('the reader', () => {
  const record = fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), fc.jsonValue({ maxDepth: 4 }), {
    maxKeys: 5,
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 8 });
  const written = (records: readonly unknown[], lineBreak: string) =>
    Buffer.from(records.map((value) => JSON.stringify(value)).join(lineBreak));

  it('any records, split anywhere, stored anyhow: exactly them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { maxLength: 30 }),
        sizes,
        fc.constantFrom('\n', '\r\n', '\n\n'),
        fc.array(fc.nat(), { maxLength: 3 }),
        fc.boolean(),
        async (records, splits, lineBreak, cuts, compressed) => {
          const plain = written(records, lineBreak);
          const at = [0, ...cuts.map((n) => n % (plain.length + 1)).sort((a, b) => a - b), plain.length];
          const members = at.slice(1).map((end, n) => gzipSync(plain.subarray(at[n], end)));
          const result = await read(chunks(...cut(compressed ? Buffer.concat(members) : plain, splits)));
          expect(result.values).toEqual(records.map((value) => JSON.parse(JSON.stringify(value))));
          expect(result.rejected).toEqual([]);
        },
      ),
    );
  });

  it('any bytes at all: no throw, every line accounted for', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .uint8Array({ maxLength: 300 })
        .map((rest) => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]), rest])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, sizes, async (content, splits) => {
        const { values, rejected, counts } = await read(chunks(...cut(Buffer.from(content), splits)));
        expect(counts).toEqual({
          read: values.length + rejected.length,
          accepted: values.length,
          quarantined: rejected.length,
        });
      }),
    );
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

  it('a gzip file cut anywhere: the records of the readable part, and one break', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 30 }),
        fc.nat(),
        sizes,
        async (records, at, splits) => {
          const whole = gzipSync(written(records, '\n'));
          const kept = whole.subarray(0, 2 + (at % (whole.length - 2)));
          const { values, rejected } = await read(chunks(...cut(kept, splits)));
          expect(values).toEqual(records.slice(0, values.length).map((value) => JSON.parse(JSON.stringify(value))));
          expect(rejected).toMatchObject([{ reason: 'truncated_file' }]);
        },
      ),
    );
  });

  it('a gzip file damaged anywhere: the members before the damage are read, however it is split', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 10 }),
        fc.array(record, { minLength: 1, maxLength: 10 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        sizes,
        async (first, second, at, mask, splits) => {
          const good = gzipSync(Buffer.concat([written(first, '\n'), Buffer.from('\n')]));
          const body = Buffer.concat([good, gzipSync(written(second, '\n'))]);
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

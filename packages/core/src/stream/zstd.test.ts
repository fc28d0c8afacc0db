import { constants, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIMITS } from './index.ts';
import { chunks, cut, read } from './test/read.ts';

const frame = (content: string) => zstdCompressSync(Buffer.from(content));
const checked = (content: string) =>
  zstdCompressSync(Buffer.from(content), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
const skipped = Buffer.concat([Buffer.from('512a4d1803000000', 'hex'), Buffer.from('abc')]);

describe('zstd', () => {
  it('reads several frames as one, wherever they part, and passes over those that are to be skipped', async () => {
    const body = Buffer.concat([
      skipped,
      frame('{"a":1}\n{"b"'),
      frame(''),
      checked(':2}\n'),
      skipped,
      frame('{"c":3}'),
    ]);
    for (const size of [1, 3, 1000]) {
      const result = await read(chunks(...cut(body, [size])));
      expect(result).toMatchObject({ values: [{ a: 1 }, { b: 2 }, { c: 3 }], rejected: [] });
    }
  });

  it('reads large frames of any level', async () => {
    const content = Array.from(
      { length: 50_000 },
      (_, n) => `{"n":${n},"pad":"${(n * 2654435761).toString(36)}"}\n`,
    ).join('');
    for (const level of [1, 3, 19]) {
      const params = { [constants.ZSTD_c_compressionLevel]: level };
      const { counts } = await read(chunks(...cut(zstdCompressSync(Buffer.from(content), { params }), [65_536])));
      expect(counts).toEqual({ read: 50_000, accepted: 50_000, quarantined: 0 });
    }
  }, 30_000);

  const damaged: [name: string, body: Buffer, reason: string, values: unknown[]][] = [
    ['nothing but the magic', frame('x').subarray(0, 4), 'truncated_file', []],
    ['a cut checksum', checked('{"a":1}\n').subarray(0, -2), 'truncated_file', [{ a: 1 }]],
    [
      'a frame cut in its content',
      Buffer.concat([frame('{"a":1}\n'), frame('{"b":2}').subarray(0, -3)]),
      'truncated_file',
      [{ a: 1 }],
    ],
    [
      'a frame cut in its magic',
      Buffer.concat([frame('{"a":1}\n'), frame('x').subarray(0, 2)]),
      'truncated_file',
      [{ a: 1 }],
    ],
    ['other data behind', Buffer.concat([frame('{"a":1}\n'), Buffer.from('hello')]), 'corrupt_file', [{ a: 1 }]],
  ];
  it.each(damaged)('%s: what is readable is read, the break is one rejection', async (_, body, reason, values) => {
    for (const size of [1, 5, 1000]) {
      const result = await read(chunks(...cut(body, [size])));
      expect(result.values).toEqual(values);
      expect(result.rejected).toMatchObject([{ reason }]);
    }
  });

  it('delivers a small file whose checksum is wrong, and says so', async () => {
    const body = checked('{"a":1}\n');
    body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
    expect(await read(chunks(body))).toMatchObject({ values: [{ a: 1 }], rejected: [{ reason: 'corrupt_file' }] });
  });

  it('stops at content that inflates without end, however fast', async () => {
    const bomb = Buffer.concat(Array(64).fill(zstdCompressSync(Buffer.alloc(16 * 1024 * 1024, '\n'))));
    for (const limits of [LIMITS, { ...LIMITS, inflationFrom: Number.POSITIVE_INFINITY }]) {
      const before = process.memoryUsage().arrayBuffers;
      const result = await read(chunks(frame('{"a":1}\n'), bomb), limits);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024);
      expect(result).toMatchObject({ values: [{ a: 1 }], rejected: [{ reason: 'inflation_limit' }] });
    }
  });
});

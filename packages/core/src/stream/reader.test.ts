import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS, type Limits, readRecords } from './index.ts';
import type { JsonObject } from './record.ts';

interface Read {
  values: JsonObject[];
  /** `line@offset bytes` of each record. */
  places: string[];
  rejected: { line: number; offset: number; reason: string; text: string }[];
  counts: { read: number; accepted: number; quarantined: number };
}

async function* chunks(...parts: Uint8Array[]) {
  yield* parts;
}

async function read(body: AsyncIterable<Uint8Array>, limits: Limits = LIMITS): Promise<Read> {
  const values: JsonObject[] = [];
  const places: string[] = [];
  const rejected: Read['rejected'] = [];
  const counts = await readRecords(
    body,
    {
      record: (value, line, bytes) => {
        values.push(value);
        places.push(`${line} ${bytes}`);
      },
      rejected: ({ line, offset, reason, bytes }) =>
        rejected.push({ line, offset, reason, text: bytes.toString('latin1') }),
    },
    limits,
  );
  return { values, places, rejected, counts };
}

/** Cuts bytes into chunks of the given sizes, over and over. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cuts: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? bytes.length;
    cuts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cuts;
}

const nested = (depth: number) => `${'{"a":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`;
const lines = (count: number) =>
  Array.from({ length: count }, (_, n) => `{"n":${n},"pad":"${'x'.repeat(n % 97)}"}\n`).join('');

describe('content', () => {
  const ok: [name: string, content: string, values: unknown[]][] = [
    ['an empty file', '', []],
    ['nothing but line breaks', '\n\r\n\n', []],
    ['one line', '{"a":1}\n', [{ a: 1 }]],
    ['a missing last line break', '{"a":1}\n{"b":2}', [{ a: 1 }, { b: 2 }]],
    ['CRLF', '{"a":1}\r\n{"b":2}\r\n', [{ a: 1 }, { b: 2 }]],
    ['empty and blank lines', '\n{"a":1}\n\n \t\n{"b":2}\n\n', [{ a: 1 }, { b: 2 }]],
    ['a byte order mark', '\ufeff{"a":1}\n{"b":2}\n', [{ a: 1 }, { b: 2 }]],
    ['nothing but a byte order mark', '\ufeff', []],
    ['text beyond ASCII', '{"a":"Größe ☃ 𝄞"}\n{"b":2}\n', [{ a: 'Größe ☃ 𝄞' }, { b: 2 }]],
    ['white space around', '  {"a":1}  \n', [{ a: 1 }]],
    ['brackets in strings', `{"a":"${'{['.repeat(100)}\\""}\n`, [{ a: `${'{['.repeat(100)}"` }]],
    ['many objects side by side', `{"a":[${Array(100).fill('{}').join()}]}\n`, [{ a: Array(100).fill({}) }]],
    ['nesting at the limit', `${nested(64)}\n`, [JSON.parse(nested(64))]],
  ];
  it.each(ok)('%s is normal, gzipped or not, whole or byte by byte', async (_, content, values) => {
    const plain = Buffer.from(content);
    for (const stored of [plain, gzipSync(plain)]) {
      for (const body of [[stored], cut(stored, [1])]) {
        const result = await read(chunks(...body));
        expect(result.values).toEqual(values);
        expect(result.rejected).toEqual([]);
        expect(result.counts).toEqual({ read: values.length, accepted: values.length, quarantined: 0 });
      }
    }
  });

  const bad: [reason: string, name: string, line: Buffer][] = [
    ['invalid_json', 'cut JSON', Buffer.from('{"a":1,"b"')],
    ['invalid_json', 'two objects', Buffer.from('{"a":1}{"b":2}')],
    ['invalid_json', 'a byte order mark where none belongs', Buffer.from('\ufeff{"a":1}')],
    ['not_an_object', 'a number', Buffer.from('42')],
    ['not_an_object', 'null', Buffer.from('null')],
    ['not_an_object', 'an array', Buffer.from('[{"a":1}]')],
    ['not_an_object', 'an array, very deep', Buffer.from('['.repeat(50_000) + ']'.repeat(50_000))],
    ['invalid_utf8', 'a lone continuation byte', Buffer.from([0x7b, 0x22, 0x80, 0x22, 0x7d])],
    ['invalid_utf8', 'a cut sequence', Buffer.from([0x7b, 0xe2, 0x98])],
    ['nesting_too_deep', 'nesting past the limit', Buffer.from(nested(65))],
    ['nesting_too_deep', 'nesting far past the limit', Buffer.from(nested(100_000))],
  ];
  it.each(bad)('%s: %s is rejected with its bytes, its neighbours read', async (reason, _, line) => {
    const plain = Buffer.concat([Buffer.from('{"a":"é"}\n'), line, Buffer.from('\n{"b":2}')]);
    for (const stored of [plain, gzipSync(plain)]) {
      for (const body of [[stored], cut(stored, [7])]) {
        const result = await read(chunks(...body));
        expect(result.values).toEqual([{ a: 'é' }, { b: 2 }]);
        expect(result.rejected).toEqual([{ line: 2, offset: 11, reason, text: line.toString('latin1') }]);
        expect(result.counts).toEqual({ read: 3, accepted: 2, quarantined: 1 });
      }
    }
  });

  it('gives lines from 1, offsets of the decompressed file, and the bytes of each record', async () => {
    const result = await read(chunks(gzipSync(Buffer.from('\ufeff{"a":1}\r\n\r\nx\r\n{"b":"é"}\ny'))));
    expect(result.places).toEqual(['1 {"a":1}', '4 {"b":"é"}']);
    expect(result.rejected).toEqual([
      { line: 3, offset: 14, reason: 'invalid_json', text: 'x' },
      { line: 5, offset: 28, reason: 'invalid_json', text: 'y' },
    ]);
  });

  it('keeps __proto__ and constructor as data', async () => {
    const { values } = await read(chunks(Buffer.from('{"__proto__":{"polluted":true},"constructor":1}')));
    expect(Object.hasOwn(values[0] ?? {}, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('quarantines a record its workflow rejects', async () => {
    const rejected: unknown[] = [];
    const counts = await readRecords(chunks(Buffer.from('{"a":1}\n{"a":2}\n')), {
      record: ({ a }) => (a === 1 ? { reason: 'odd', message: 'a is odd' } : undefined),
      rejected: ({ line, reason, bytes }) => rejected.push([line, reason, bytes.toString()]),
    });
    expect(counts).toEqual({ read: 2, accepted: 1, quarantined: 1 });
    expect(rejected).toEqual([[1, 'odd', '{"a":1}']]);
  });

  it('throws what a handler or the body throws, and closes the body', async () => {
    let closed = false;
    async function* body() {
      try {
        for (;;) yield Buffer.from('{"a":1}\n');
      } finally {
        closed = true;
      }
    }
    const failing = {
      record: () => undefined,
      rejected: () => undefined,
      drained: () => Promise.reject(new Error('full')),
    };
    await expect(readRecords(body(), failing)).rejects.toThrow('full');
    expect(closed).toBe(true);
    async function* broken() {
      yield Buffer.from('{"a":1}\n');
      throw new Error('connection reset');
    }
    await expect(read(broken())).rejects.toThrow('connection reset');
  });

  it('waits for drained() between pieces', async () => {
    let waiting = 0;
    let waits = 0;
    await readRecords(chunks(...cut(gzipSync(Buffer.from(lines(20_000))), [1000])), {
      record: () => {
        expect(waiting).toBe(0);
      },
      rejected: () => undefined,
      drained: () => {
        waiting++;
        waits++;
        return new Promise((resolve) => setImmediate(() => resolve(void waiting--)));
      },
    });
    expect(waits).toBeGreaterThan(10);
  });
});

describe('a record over the limit', () => {
  const limits = { ...LIMITS, recordBytes: 100 };
  const record = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`;

  it.each([1, 7, 50, 1000])('is skipped, its neighbours read, in chunks of %i', async (size) => {
    const content = Buffer.from(
      `${record(100)}\r\n${record(101)}\n{"b":2}\n${record(5000)}\r\n{"c":3}\n${record(300)}`,
    );
    const result = await read(chunks(...cut(content, [size])), limits);
    expect(result.values).toEqual([JSON.parse(record(100)), { b: 2 }, { c: 3 }]);
    expect(result.rejected.map(({ line, offset, reason }) => [line, offset, reason])).toEqual([
      [2, 102, 'record_too_large'],
      [4, 212, 'record_too_large'],
      [6, 5222, 'record_too_large'],
    ]);
    for (const { text } of result.rejected) expect(record(5000).startsWith(text.slice(0, 99))).toBe(true);
  });

  it('is not held in memory', async () => {
    const block = Buffer.alloc(1024 * 1024, 'x');
    async function* body() {
      yield Buffer.from('{"a":1}\n');
      for (let n = 0; n < 512; n++) yield block;
      yield Buffer.from('\n{"b":2}\n');
    }
    global.gc?.();
    const before = process.memoryUsage().arrayBuffers;
    const result = await read(body());
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    expect(result.values).toEqual([{ a: 1 }, { b: 2 }]);
    expect(result.rejected).toMatchObject([{ line: 2, reason: 'record_too_large' }]);
    expect(result.rejected[0]?.text.length).toBe(4096);
  });
});

describe('gzip', () => {
  const member = (content: string) => gzipSync(Buffer.from(content));

  it('reads several members as one, wherever they part', async () => {
    const body = Buffer.concat([member('{"a":1}\n{"b"'), member(''), member(':2}\n{"c":3}')]);
    for (const size of [1, 3, 1000]) {
      expect((await read(chunks(...cut(body, [size])))).values).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    }
  });

  it('ignores the zeros an archive pads with', async () => {
    const result = await read(chunks(Buffer.concat([member('{"a":1}\n'), Buffer.alloc(600)]), Buffer.alloc(100)));
    expect(result).toMatchObject({ values: [{ a: 1 }], rejected: [] });
  });

  const damaged: [name: string, body: Buffer, reason: string, values: unknown[], rest: string][] = [
    ['nothing but the magic', Buffer.from([0x1f, 0x8b]), 'truncated_file', [], ''],
    ['a cut trailer', member('{"a":1}\n{"b":2}').subarray(0, -3), 'truncated_file', [{ a: 1 }, { b: 2 }], ''],
    [
      'a member cut in a record',
      Buffer.concat([member('{"a":1}\n{"b"'), member('x').subarray(0, 8)]),
      'truncated_file',
      [{ a: 1 }],
      '{"b"',
    ],
    ['other data behind', Buffer.concat([member('{"a":1}\n'), Buffer.from('hello')]), 'corrupt_file', [{ a: 1 }], ''],
    [
      'other data behind padding',
      Buffer.concat([member('{"a":1}\n'), Buffer.from('\0\0hello')]),
      'corrupt_file',
      [{ a: 1 }],
      '',
    ],
    ['no gzip after the magic', Buffer.from([0x1f, 0x8b, 0xff, 0xff, 0xff]), 'corrupt_file', [], ''],
  ];
  it.each(damaged)(
    '%s: what is readable is read, the break is one rejection',
    async (_, body, reason, values, rest) => {
      for (const size of [1, 5, 1000]) {
        const result = await read(chunks(...cut(body, [size])));
        expect(result.values).toEqual(values);
        expect(result.rejected).toMatchObject([{ reason, text: rest }]);
        expect(result.counts).toEqual({ read: values.length + 1, accepted: values.length, quarantined: 1 });
      }
    },
  );

  it('delivers a small file whose checksum is wrong, and says so', async () => {
    const body = member(lines(1000));
    body[body.length - 6] = (body[body.length - 6] ?? 0) ^ 1;
    const result = await read(chunks(body));
    expect(result.values).toHaveLength(1000);
    expect(result.rejected).toMatchObject([{ line: 1001, reason: 'corrupt_file' }]);
  });

  it('stops at content that inflates without end', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1024 * 1024, '\n'));
    const result = await read(chunks(Buffer.concat([member('{"a":1}\n'), bomb])), {
      ...LIMITS,
      inflationFrom: 1024 * 1024,
    });
    expect(result.values).toEqual([{ a: 1 }]);
    expect(result.rejected).toMatchObject([{ reason: 'inflation_limit' }]);
  });

  it('lets well-compressed content of ordinary size pass', async () => {
    const result = await read(chunks(gzipSync(Buffer.from('{"a":"0000000000"}\n'.repeat(500_000)))));
    expect(result.counts).toEqual({ read: 500_000, accepted: 500_000, quarantined: 0 });
  });

  it('reads what only looks like gzip by its name, and rejects what is neither', async () => {
    const result = await read(chunks(Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 1, 2])));
    expect(result.rejected).toMatchObject([{ line: 1, offset: 0, reason: 'invalid_utf8' }]);
  });
});

describe('properties', () => {
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

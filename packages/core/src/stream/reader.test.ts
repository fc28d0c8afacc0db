import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LIMITS, readRecords } from './index.ts';
import { chunks, cut, read } from './test/read.ts';

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
    ['invalid_json', 'two objects, one cut', Buffer.from('{"a":1}{"b":2')],
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

  it('offers the bytes of a record before they are parsed, and parses those nobody takes', async () => {
    const content = Buffer.concat([
      Buffer.from('\ufeff{"n":0}\n{"n":1}\r\n\n 42\n{"n":2,"a":"é"}\n{"n":3,'),
      Buffer.from([0xff, 0x0a]),
      Buffer.from(`{"n":4,"a":"${'x'.repeat(200)}"}\n{"n":5}`),
    ]);
    for (const size of [1, 7, 1000]) {
      const [raw, parsed, rejected]: [string[], unknown[], unknown[]] = [[], [], []];
      const counts = await readRecords(
        chunks(...cut(content, [size])),
        {
          raw: (bytes, start, end, line) => {
            const text = bytes.toString('utf8', start, end);
            if (!text.includes('1') && !text.includes('é')) return false;
            raw.push(`${line} ${text}`);
            return true;
          },
          record: ({ n }, line) => void parsed.push([line, n]),
          rejected: ({ line, reason }) => rejected.push([line, reason]),
        },
        { ...LIMITS, recordBytes: 100 },
      );
      expect(raw).toEqual(['2 {"n":1}', '5 {"n":2,"a":"é"}']);
      expect(parsed).toEqual([
        [1, 0],
        [8, 5],
      ]);
      expect(rejected).toEqual([
        [4, 'not_an_object'],
        [6, 'invalid_utf8'],
        [7, 'record_too_large'],
      ]);
      expect(counts).toEqual({ read: 7, accepted: 4, quarantined: 3 });
    }
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

  it('rejects what is neither JSON nor compressed in a way it knows', async () => {
    const result = await read(chunks(Buffer.from([0x42, 0x5a, 0x68, 0xfd, 0, 1, 2])));
    expect(result.rejected).toMatchObject([{ line: 1, offset: 0, reason: 'invalid_utf8' }]);
  });
});

it.each(['a', 'é', '☃'])('tells how deep each line nests, among others, with %s in it', async (letter) => {
  const deep = (depth: number, open: string, close: string) =>
    `{"${letter}":${open.repeat(depth - 1)}${close.repeat(depth - 1)}}`;
  const flat = `{"${letter}":[${'{},'.repeat(300)}[]]}`;
  const lines = [flat, deep(64, '[', ']'), deep(65, '[', ']'), '{}', flat, deep(65, '[', ']'), flat];
  const { values, rejected } = await read(chunks(Buffer.from(`${lines.join('\n')}\n`)));
  expect(values).toEqual([0, 1, 3, 4, 6].map((n) => JSON.parse(lines[n] ?? '')));
  expect(rejected.map(({ line, reason }) => [line, reason])).toEqual([
    [3, 'nesting_too_deep'],
    [6, 'nesting_too_deep'],
  ]);
});

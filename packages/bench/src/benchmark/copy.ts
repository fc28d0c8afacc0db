/**
 * `copy`: the copier with the shape of Keen's copier guide, gzip in and compressed out, against the floor of the reader;
 * and what else does the same: JSON.parse and JSON.stringify over readline, the guide's way in Python, jq.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { createGunzip, createGzip, gzipSync } from 'node:zlib';
import { compileShape, copying, Shape } from '@millrace/core/copy';
import { CompressedText, type Compression, readRecords } from '@millrace/core/stream';
import type { Benchmark, Case, Group } from '../measure.ts';
import { pageviews } from '../records.ts';
import { memoryOfCopies } from './memory-copy.ts';
import { onOneThread, type WrittenText, withoutBuffers } from './plain-compression.ts';
import { chunks, floor } from './stream.ts';

const SOURCE = 's3://streams/shop/2026-03-02T09:00:00.000Z/pageviews/shop-pageviews-2026-03-02T09:00:00.000Z.json.gz';
/** What other programs get: enough that their start does not count for much. */
const FEWER = 20_000;
/** What a way gets that is a hundred times slower. */
const FEW = 2000;

export const copy: Benchmark = {
  name: 'copy',
  groups: [() => group('ascii', 'A product'), () => group('unicode', 'Größe ☃')],
  beside: memoryOfCopies,
};

function group(input: string, title: string): Group {
  const file = gzipSync(pageviews(100_000, title));
  const fewer = gzipSync(pageviews(FEWER, title));
  const few = gzipSync(pageviews(FEW, title));
  return {
    input,
    floor: floor(() => body(file)),
    cases: {
      readline: readline(file),
      'parsed-gzip-6': copier(file, compressed('gzip', 6), 'parsed'),
      'parsed-gzip-1': copier(file, compressed('gzip', 1), 'parsed'),
      'spliced-gzip-6': copier(file, compressed('gzip', 6), 'spliced'),
      'spliced-gzip-1': copier(file, compressed('gzip', 1), 'spliced'),
      'spliced-gzip-1-on-one-thread': copier(file, (take) => onOneThread(1, take), 'spliced'),
      'spliced-gzip-1-without-buffers': copier(few, (take) => withoutBuffers(1, take), 'spliced'),
      'spliced-zstd-3': copier(file, compressed('zstd', 3), 'spliced'),
      ...others(fewer),
    },
  };
}

const body = (file: Buffer) => Readable.from(chunks(file));

type Open = (take: (bytes: Buffer) => void) => WrittenText;

/** As the copier does it: in members of a MiB, on another thread. */
function compressed(format: Compression['format'], level: number): Open {
  return (take) => new CompressedText({ format, level }, take);
}

/** The copier but for S3: what it reads comes from memory, what it writes goes nowhere. */
function copier(file: Buffer, open: Open, how: 'parsed' | 'spliced'): Case {
  const shape = compileShape(Shape.parse({}));
  return async () => {
    let size = 0;
    const text = open((bytes) => {
      size += bytes.length;
    });
    const output = {
      putBytes: (bytes: string) => text.putBytes(bytes),
      put: (piece: string) => text.put(piece),
      end: () => text.putBytes('\n'),
      drained: () => text.drained(),
      abort: async () => undefined,
    };
    const { raw, ...parsed } = copying(SOURCE, [{ shape, output }]);
    const handlers = { ...parsed, rejected: () => undefined, ...(how === 'spliced' ? { raw } : {}) };
    const { accepted } = await readRecords(body(file), handlers);
    await text.end();
    return size > 0 ? accepted : 0;
  };
}

async function sized(stream: Readable): Promise<number> {
  let size = 0;
  for await (const chunk of stream) size += chunk.length;
  return size;
}

/** The straight way in Node: a line, a parse, a change, a stringify, a gzip with its defaults. */
function readline(file: Buffer): Case {
  return async () => {
    let records = 0;
    const gzip = createGzip();
    const written = sized(gzip);
    for await (const line of createInterface({ input: body(file).pipe(createGunzip()) })) {
      const record = JSON.parse(line);
      delete record.keen.id;
      delete record.keen.created_at;
      record.S3Object = { URI: SOURCE };
      gzip.write(`${JSON.stringify(record)}\n`);
      records++;
    }
    gzip.end();
    await written;
    return records;
  };
}

const PYTHON = `
import gzip, json, sys
with gzip.open(sys.argv[1], 'rt', encoding='utf-8') as source, gzip.open(sys.argv[1] + '.out', 'wt', encoding='utf-8') as copy:
    for line in source:
        event = json.loads(line)
        del event['keen']['id']
        del event['keen']['created_at']
        event['S3Object'] = {'URI': sys.argv[2]}
        copy.write(json.dumps(event) + '\\n')
`;
const JQ =
  'gunzip -c "$1" | jq -c --arg uri "$2" "del(.keen.id, .keen.created_at) | .S3Object.URI = \\$uri" | gzip > "$1.out"';

/** The same by other programs, where they are installed; else says so. */
function others(file: Buffer): Record<string, Case> {
  const path = join(mkdtempSync(join(tmpdir(), 'millrace-bench-')), 'source.json.gz');
  writeFileSync(path, file);
  const cases: Record<string, Case> = {};
  for (const [name, command] of [
    ['python3', ['python3', '-c', PYTHON, path, SOURCE]],
    ['jq', ['sh', '-c', JQ, 'sh', path, SOURCE]],
  ] as const) {
    if (spawnSync(name, ['--version']).status === 0) cases[name] = program(command);
    else console.error(`copy: ${name} is not installed, so it is left out`);
  }
  return cases;
}

function program([command = '', ...args]: readonly string[]): Case {
  return () =>
    new Promise((resolve, reject) => {
      const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 ? resolve(FEWER) : reject(new Error(`${command} ended with ${code}`))));
    });
}

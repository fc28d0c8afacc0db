/**
 * Lookups in files of reference data in the real bucket, over what people put into them and what records ask for.
 */
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { streamsBucket } from '../../runtime/resource.ts';
import { runSteps } from '../test/run-steps.ts';
import { s3File } from './index.ts';

const client = new S3Client({});
const put = (key: string, body: string | Buffer) =>
  client.send(new PutObjectCommand({ Bucket: streamsBucket(), Key: key, Body: body }));

/** The record after a lookup of what it has at `id`, put at `out`. */
async function found(key: string, id: string) {
  const step = { kind: 'lookup', from: s3File({ key }), at: 'id', into: 'out' };
  const { json, notes } = await runSteps([step], `{"id":${id}}`);
  return { json, notes };
}

const KILO = 'x'.repeat(10_240);
const MEGA = 'x'.repeat(1_000_000);

describe('a lookup in a file of JSON lines', () => {
  const key = '_millrace/reference/hostile.ndjson';
  const entries: [id: string, value: string][] = [
    ['"__proto__"', '{"a":1}'],
    ['"constructor"', '"c"'],
    ['"toString"', 'null'],
    ['"names"', '{"__proto__":{"polluted":1},"constructor":{"prototype":2}}'],
    ['"\\ud800"', '"\\udfff"'],
    ['"\\u0000"', '"\\u0000"'],
    ['"\u2028"', '"a\u2028b\u2029c"'],
    ['"../../etc/passwd"', '[]'],
    ['"a#b%"', '{}'],
    ['"bücher 🙂"', '"🙂"'],
    [`"${KILO}"`, `"${KILO}"`],
    [`"${MEGA}"`, `"${MEGA}"`],
    ['7', '1e300'],
    ['-1.5', '-1.5'],
    ['1e21', '"many"'],
    ['"deep"', `${'['.repeat(60)}${']'.repeat(60)}`],
  ];

  it.each(entries.map(([id, value]) => [id.slice(0, 40), id, value] as const))('finds %s', async (_, id, value) => {
    await put(key, entries.map(([one, its]) => `{"value":${its},"id":${one}}`).join('\n'));
    const { json, notes } = await found(key, id);
    expect(notes).toEqual([]);
    expect(json).toBe(JSON.stringify({ id: JSON.parse(id), out: 0 }).replace(/0}$/, () => `${normal(value)}}`));
    expect({}).not.toHaveProperty('polluted');
  });

  it.each([
    ['a name of Object.prototype', '"hasOwnProperty"', 'not_found'],
    ['the other half of a character', '"\\udc00"', 'not_found'],
    ['1 MB that nobody has', `"y${MEGA}"`, 'not_found'],
    ['the number as text with a blank', '"7 "', 'not_found'],
    ['no text', '""', 'not_an_id'],
    ['a truth', 'true', 'not_an_id'],
    ['an object', '{"toString":"__proto__"}', 'not_an_id'],
    ['a list', '["__proto__"]', 'not_an_id'],
  ])('notes %s', async (_, id, reason) => {
    expect(await found(key, id)).toEqual({ json: `{"id":${normal(id)}}`, notes: [`id ${reason}`] });
  });

  it('takes the last of several entries of one id', async () => {
    await put('_millrace/reference/twice.ndjson', '{"id":1,"value":"old"}\n{"id":"1","value":"new"}\n');
    expect((await found('_millrace/reference/twice.ndjson', '1')).json).toBe('{"id":1,"out":"new"}');
  });
});

describe('a lookup in a CSV', () => {
  const key = '_millrace/reference/hostile.csv.gz';
  const rows: [id: string, out: string][] = [
    ['__proto__', '{"__proto__":"a","b":"c"}'],
    ['constructor', '{"__proto__":"","b":""}'],
    ['=cmd|/c calc', '{"__proto__":"=1+1","b":"\\u0000"}'],
    [KILO, `{"__proto__":"${KILO}","b":""}`],
    [MEGA, `{"__proto__":"${MEGA}","b":"\u2028"}`],
    ['007', '{"__proto__":"007","b":"1e999"}'],
  ];
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const csv = rows.map(([id, out]) => [id, ...(Object.values(JSON.parse(out)) as string[])].map(cell).join());

  it.each(rows.map(([id, out]) => [id.slice(0, 40), id, out] as const))('finds %s', async (_, id, out) => {
    await put(key, gzipSync(`id,__proto__,b\n${csv.join('\n')}\n`));
    expect(await found(key, JSON.stringify(id))).toEqual({ json: `{"id":"${id}","out":${out}}`, notes: [] });
  });

  it('finds no 7 where 007 is', async () => expect((await found(key, '7')).notes).toEqual(['id not_found']));

  it('reads bytes that are no UTF-8 as the character that stands for them', async () => {
    await put('_millrace/reference/bytes.csv', Buffer.from('id,name\na\xff,b\xfe\n', 'latin1'));
    expect((await found('_millrace/reference/bytes.csv', '"a\ufffd"')).json).toBe('{"id":"a\ufffd","out":"b\ufffd"}');
    expect((await found('_millrace/reference/bytes.csv', '"a\\ud800"')).notes).toEqual(['id not_found']);
  });
});

describe('a file that is none', () => {
  it.each<[string, string, string | Buffer | undefined, RegExp]>([
    ['that is missing', 'missing.csv', undefined, /there is no s3:\/\/.*missing\.csv; put it there/],
    ['of broken JSON', 'broken.ndjson', '{"id":1}\n{"id":', /s3:\/\/.*broken\.ndjson.*line 2/],
    ['of no objects', 'list.ndjson', '[1]', /s3:\/\/.*list\.ndjson.*line 1: is no JSON object/],
    ['without ids', 'nobody.ndjson', '{"__proto__":{"id":1}}', /s3:\/\/.*nobody\.ndjson.*line 1: has no id/],
    ['of open quotes', 'open.csv', 'id,a\n1,"b\n', /s3:\/\/.*open\.csv.*the CSV cannot be read/],
    ['cut off within its gzip', 'cut.csv.gz', gzipSync(KILO).subarray(0, 20), /s3:\/\/.*cut\.csv\.gz.*unexpected end/],
    [
      'of zeros without end',
      'bomb.csv.gz',
      Buffer.concat(Array(9).fill(gzipSync(Buffer.alloc(64 * 1024 * 1024)))),
      /bomb\.csv\.gz.*536870912 bytes/,
    ],
  ])('%s is named', async (_, name, body, message) => {
    const key = `_millrace/reference/${name}`;
    if (body !== undefined) await put(key, body);
    await expect(found(key, '1')).rejects.toThrow(message);
  });

  it('is refused where nothing tells its format', () => {
    expect(() => s3File({ key: '_millrace/reference/__proto__' })).toThrow(/say its format/);
  });
});

const normal = (json: string) => JSON.stringify(JSON.parse(json));

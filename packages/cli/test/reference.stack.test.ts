/**
 * `millrace reference load` as people run it, against a running stack: every kind of file, and what is no such file.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Reference } from '@millrace/core/enrich';
import { keyPart, table } from '@millrace/core/table';
import { type Stack, startStack } from '@millrace/local';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from './command.ts';

const PORTS = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
/** On a machine that is busy with other tests. */
const PATIENCE = 120_000;

let stack: Stack;
let folder = '';
beforeAll(async () => {
  stack = await startStack({ ports: PORTS, registry: { workflows: [], triggers: [] }, onLog: () => undefined });
  Object.assign(process.env, stack.env);
  folder = await mkdtemp(join(tmpdir(), 'millrace-reference-'));
}, PATIENCE);
afterAll(async () => {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
});

async function load(name: string, file: string, content: string | Buffer, ...more: string[]) {
  const path = join(folder, file);
  await writeFile(path, content);
  return await run(['reference', 'load', name, path, '--project', 'shop', '--endpoint', stack.control, ...more]);
}

/** What the table has, by id. */
async function held(name: string): Promise<Record<string, unknown>> {
  const { data } = await Reference.query
    .byTable({ project: keyPart('shop'), table: keyPart(name) })
    .go({ client: table().client, table: stack.resources.table, pages: 'all' });
  return Object.fromEntries(data.map(({ id, json }) => [id, JSON.parse(json)]));
}

const FULL = `[${'#'.repeat(24)}] 100 %`;
const people = '{"id":"ada","name":"Ada","team":{"id":7}}\n{"id":7,"value":["x"]}\n{"id":"__proto__","value":null}\n';
const rates = 'currency,rate\nUSD,1.25\nGBP,0.8\n';

test.each<[string, string | Buffer, string[], Record<string, unknown>]>([
  ['a.ndjson', people, [], { ada: { name: 'Ada', team: { id: 7 } }, 7: ['x'], ['__proto__']: null }],
  ['b.jsonl.gz', gzipSync(people), [], { ada: { name: 'Ada', team: { id: 7 } }, 7: ['x'], ['__proto__']: null }],
  ['c.txt', people, ['--format', 'ndjson'], { ada: { name: 'Ada', team: { id: 7 } }, 7: ['x'], ['__proto__']: null }],
  ['d.csv', rates, [], { USD: '1.25', GBP: '0.8' }],
  ['e.csv.gz', gzipSync(rates), ['--id', 'currency'], { USD: '1.25', GBP: '0.8' }],
  ['f.csv', 'name,code\n"Euro, €",EUR\n', ['--id', 'code'], { EUR: 'Euro, €' }],
])(
  '%s fills a table',
  async (file, content, more, expected) => {
    const name = file.slice(0, 1);
    const count = Object.keys(expected).length;
    const { code, stdout, stderr } = await load(name, file, content, ...more);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toBe(`${FULL}, ${count} reference${count === 1 ? '' : 's'} in table ${name} of shop\n`);
    expect(await held(name)).toEqual(expected);
  },
  PATIENCE,
);

test(
  'a file that is loaded again replaces what it names, and leaves the rest',
  async () => {
    await load('again', 'again.csv', rates);
    await load('again', 'again.csv', 'currency,rate\nUSD,1.30\n');
    expect(await held('again')).toEqual({ USD: '1.30', GBP: '0.8' });
  },
  PATIENCE,
);

test.each<[string, string | Buffer, string[], number, RegExp]>([
  ['x.xlsx', 'PK', [], 2, /x\.xlsx is neither csv nor ndjson; say which with --format/],
  ['x.csv', 'id,name\n1,Pan\n2\n', [], 1, /CSV cannot be read/],
  ['x.ndjson', '{"id":"1","value":1}\n{"value":2}\n', [], 1, /line 2: has no id/],
  ['y.ndjson', '{"id":', [], 1, /line 1: /],
  ['z.csv.gz', 'id,name\n1,Pan\n', [], 1, /header/],
  [
    'w.ndjson',
    `{"id":"1","value":"${'x'.repeat(9_000)}"}`,
    [],
    1,
    /id "1": the value has 9002 bytes of JSON, at most 8192/,
  ],
])(
  '%s is refused with what is wrong in it',
  async (file, content, more, code, message) => {
    const ran = await load('bad', file, content, ...more);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(message);
  },
  PATIENCE,
);

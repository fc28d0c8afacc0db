/**
 * `millrace rules` as people run it, against the table and the bucket of a running stack.
 */
import { fileURLToPath } from 'node:url';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { defineRule, evaluateRecords, type Rule } from '@millrace/core/rule';
import { keen } from '@millrace/core/stream';
import { type Stack, startStack } from '@millrace/local';
import { rules } from '@millrace/pipeline/rules';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shopFiles, shopRecords } from '../src/sample/shop.ts';
import { run } from './command.ts';

const PUT_RULES = fileURLToPath(new URL('put-rules.ts', import.meta.url));

const PORTS = { control: 0, dynamodb: 0, storage: 0, eventbridge: 0, slack: 0 };
/** On a machine that is busy with other tests. */
const PATIENCE = 180_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ ports: PORTS, registry: { workflows: [], triggers: [] }, onLog: () => undefined });
  Object.assign(process.env, stack.env);
  const client = new S3Client({});
  for (const { key, body, metadata } of shopFiles(keen()))
    await client.send(
      new PutObjectCommand({ Bucket: stack.resources.bucket, Key: key, Body: body, Metadata: metadata }),
    );
}, PATIENCE);
afterAll(async () => await stack.stop());

const millrace = (...args: string[]) => run(['rules', ...args, '--endpoint', stack.control]);

const [paymentsFailed] = rules.filter(({ id }) => id === 'payments-failed') as [Rule]; // one of the sample rules

const putRules = async (...given: Rule[]) =>
  expect(await run([stack.control], { script: PUT_RULES, input: JSON.stringify(given) })).toMatchObject({ code: 0 });

/** What it says on success. */
async function said(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await millrace(...args);
  expect([code, stderr], args.join(' ')).toEqual([0, '']);
  return stdout;
}

test(
  'rules are shown before they are applied, listed, shown, switched, and retired on request',
  async () => {
    expect(await said('list')).toContain('no rules; apply them with');

    const planned = await said('apply', '--dry-run');
    expect(planned).toContain('client-01/machines-all-stopped v1: created');
    expect(planned).not.toContain('applied');
    expect(await said('list')).toContain('no rules');
    expect(await said('apply')).toContain(`applied: ${rules.length} of these`);
    expect(await said('apply')).toBe('nothing to change\n');

    const listed = await said('list');
    for (const { id } of rules) expect(listed).toContain(`${id} v1`);
    expect(await said('list', '--project', 'client-02')).not.toContain('machines-all-stopped');

    expect(await said('disable', 'payments-failed')).toContain('shop/payments-failed v1: ');
    expect(await said('disable', 'payments-failed')).toBe('shop/payments-failed is disabled already\n');
    expect(await said('list', '--project', 'shop')).toMatch(/payments-failed v1\s+disabled/);
    expect(await said('enable', 'payments-failed')).toContain('enabled: false → true');
    const shown = await said('show', 'payments-failed');
    const rule = JSON.parse(shown.slice(0, shown.indexOf('\n\n')));
    expect(rule).toEqual(paymentsFailed);
    expect(shown.match(/created|disabled|enabled/g)?.slice(-3)).toEqual(['created', 'disabled', 'enabled']);

    const left = defineRule({
      id: 'left-over',
      name: 'Nobody has it in code any more',
      project: 'shop',
      source: { collections: ['pageviews'] },
      signal: { kind: 'match' },
      severity: 'info',
      notify: { routes: [] },
    });
    await putRules(left);
    expect(await said('apply')).toContain('shop/left-over v1: kept, though packages/pipeline has it no more');
    expect(await said('list')).toContain('left-over v1');
    expect(await said('apply', '--prune')).toContain('shop/left-over v1: retired');
    expect(await said('list')).not.toContain('left-over');

    const twin = { ...left, id: 'payments-failed', project: 'client-01' };
    await putRules(twin);
    const { code, stderr } = await millrace('show', 'payments-failed');
    expect([code, stderr]).toEqual([2, expect.stringContaining('say which with --project')]);
    expect(await said('show', 'payments-failed', '--project', 'client-01')).toContain('"project": "client-01"');
  },
  PATIENCE,
);

test(
  'rules are tested without a stage, and back-tested over the files in its bucket',
  async () => {
    const { code, stdout } = await run(['rules', 'test', 'payments-failed']);
    expect([code, stdout]).toEqual([
      0,
      'shop/payments-failed: 2 tests\n  ✓ three in five minutes are too many\n  ✓ two and one are not\n',
    ]);

    const period = ['--from', '2026-03-02T00:00Z', '--to', '2026-03-03T00:00Z'];
    const records = shopRecords().purchases.map(({ value }) => value);
    const until = Date.parse('2026-03-03T00:00Z');
    const wanted = evaluateRecords(paymentsFailed, records, { until }).episodes.map(({ raised }) => raised.startedAt);
    expect(wanted.length).toBeGreaterThan(0);
    const { episodes } = JSON.parse(await said('backtest', 'payments-failed', ...period, '--json'));
    expect(episodes.map(({ raised }: { raised: { startedAt: string } }) => raised.startedAt)).toEqual(wanted);
    const text = await said('backtest', 'payments-failed', ...period);
    for (const startedAt of wanted) expect(text).toContain(startedAt);
    expect(await said('backtest', 'machine-any-stopped', ...period)).toContain('it would have raised nothing');
  },
  PATIENCE,
);

test.each([
  [['show'], 'RULE is missing: millrace rules show RULE'],
  [['show', 'nothing'], 'there is no rule "nothing"; "millrace rules list" shows those in force'],
  [['disable', 'nothing'], 'there is no rule "nothing"'],
  [['test', 'nothing'], 'packages/pipeline has no rule nothing'],
  [['backtest', 'payments-failed'], '--from'],
  [['backtest', 'payments-failed', '--from', 'noon'], '--from "noon" is no time; write it as 2026-03-02T09:00Z'],
  [['tset'], 'there is no "rules tset"; did you mean test?'],
])(
  'rules %j is refused, and says what to write',
  async (args, message) => {
    const { code, stderr } = await millrace(...args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  },
  PATIENCE,
);

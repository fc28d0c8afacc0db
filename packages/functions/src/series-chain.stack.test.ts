/**
 * What a rule has measured goes into the records of later files: evaluator and enricher as they run, over a pipeline whose
 * enrichment asks for the series of a rule.
 */
import type { StreamFile } from '@millrace/core/event';
import { applyRules, parseRule } from '@millrace/core/rule';
import type { JsonObject } from '@millrace/core/stream';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { handler as enricher } from './enricher.ts';
import { handler as evaluator } from './evaluator.ts';
import { deliver, forget, into, put as putLines, records, startOf, type Workflow } from './test/deliver.ts';

// The declarations of another team; the handlers are the real ones.
vi.mock('@millrace/pipeline/enrichments', async () => {
  const { defineEnrichments } = await import('@millrace/core/enrich');
  const { ruleSeries } = await import('@millrace/core/rule/series');
  const { streams } = await import('@millrace/pipeline/streams');
  const from = ruleSeries(streams);
  const failures = { kind: 'series' as const, from, rule: 'failures', over: '1h' };
  return {
    enrichments: defineEnrichments([
      {
        name: 'checkout',
        from: { project: 'chain', collections: ['payments'] },
        steps: [
          { ...failures, into: 'card.failures_before' },
          { ...failures, rule: 'spent', over: '10m', into: 'card.spent_before' },
        ],
      },
    ]),
  };
});

const rule = (more: object = {}) =>
  parseRule({
    id: 'failures',
    name: 'Payments of a card fail',
    project: 'chain',
    source: { collections: ['payments'], where: { path: 'status', op: 'eq', value: 'failed' } },
    partitionBy: ['card.id'],
    window: { kind: 'tumbling', size: '5m' },
    signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 1000 } },
    severity: 'warning',
    notify: { routes: ['ops-slack'] },
    ...more,
  });
const spent = rule({
  id: 'spent',
  name: 'Much is paid by a card',
  source: { collections: ['payments'] },
  signal: { kind: 'aggregate', aggregate: { fn: 'sum', path: 'eur' }, compare: { op: 'gte', value: 1e6 } },
});

/** A payment in the interval `n`. */
const payment = (n: number, id: string | undefined, status: string, eur = 1): JsonObject => ({
  keen: { timestamp: new Date(startOf(n) + 1000).toISOString() },
  card: id === undefined ? {} : { id },
  status,
  eur,
});

const stream = { project: 'chain', collection: 'payments' };
const put = (n: number, payments: readonly JsonObject[]) =>
  putLines(
    n,
    payments.map((one) => JSON.stringify(one)),
    stream,
  );
const enriching: Workflow = {
  name: 'enricher',
  handler: enricher,
  output: into('chain', (name) => `${name}_enriched`),
};

/** The records of a file, enriched anew. */
async function enriched(file: StreamFile): Promise<JsonObject[]> {
  await forget(enriching, file);
  expect(await deliver(enricher, file)).toBe(true);
  return (await records(enriching, file)).map((line) => JSON.parse(line));
}
const cards = (all: readonly JsonObject[]) => all.map(({ card }) => card);
const evaluate = async (file: StreamFile) => expect(await deliver(evaluator, file)).toBe(true);

/** Of an hour and five minutes: ada's payment fails twice a file, bob's once in every third. */
let files: StreamFile[] = [];
beforeAll(async () => {
  await applyRules([rule(), spent]);
  files = await Promise.all(
    Array.from({ length: 13 }, (_, n) =>
      put(n, [
        payment(n, 'ada', 'failed', 2),
        payment(n, 'ada', 'failed', 3),
        payment(n, 'bob', n % 3 === 0 ? 'failed' : 'ok', 10),
      ]),
    ),
  );
  for (const file of files) await evaluate(file);
});

describe('the series of a rule, in the records of a later file', () => {
  const asked = [
    payment(13, 'ada', 'ok'),
    payment(13, 'bob', 'ok'),
    payment(13, 'eve', 'ok'),
    payment(13, undefined, 'ok'),
  ];
  it('is how many there were of its partition in the past hour', async () => {
    const file = await put(13, asked);
    expect(cards(await enriched(file))).toEqual([
      { id: 'ada', failures_before: 24, spent_before: 10 },
      { id: 'bob', failures_before: 4, spent_before: 20 },
      { id: 'eve', failures_before: 0 }, // a partition nobody knows counts as none, and has no sum
      {},
    ]);
  });

  it('is none for cards that only attackers have', async () => {
    const ids = ['__proto__', 'constructor', 'ada"]', 'x'.repeat(10_240), 'javascript:alert(1)', '2001:db8::1', ''];
    const file = await put(
      13,
      ids.map((id) => payment(13, id, 'ok')),
    );
    expect(cards(await enriched(file))).toEqual(ids.map((id) => ({ id, failures_before: 0 })));
  });

  it('does not count the file itself, nor what is later: enriched before or after the evaluator saw them, it is the same', async () => {
    const file = await put(13, [...asked, payment(13, 'ada', 'failed')]);
    const before = await enriched(file);
    await evaluate(file);
    await evaluate(await put(14, [payment(14, 'ada', 'failed')]));
    expect(await enriched(file)).toEqual(before);
    expect(cards(before)[0]).toEqual({ id: 'ada', failures_before: 24, spent_before: 10 });
  });

  it('is the same however often the evaluator saw a file', async () => {
    const file = await put(13, asked);
    const once = await enriched(file);
    await Promise.all(files.flatMap((one) => [one, one]).map((one) => evaluate(one)));
    expect(await enriched(file)).toEqual(once);
  });

  it('begins anew with a new version of the rule', async () => {
    await applyRules([
      rule({ signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 7 } } }),
      spent,
    ]);
    const file = await put(20, [payment(20, 'ada', 'ok')]);
    expect(cards(await enriched(file))).toEqual([{ id: 'ada', failures_before: 0 }]);
    await evaluate(await put(19, [payment(19, 'ada', 'failed', 5)]));
    expect(cards(await enriched(file))).toEqual([{ id: 'ada', failures_before: 1, spent_before: 5 }]);
  });
});

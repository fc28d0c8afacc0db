/**
 * `rules`: one pass of the evaluator over a file, with many rules on its collection, against the floor of the reader.
 */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { Collector, compile, defineRule, type Rule, type RuleInput } from '@millrace/core/rule';
import { keen, readRecords } from '@millrace/core/stream';
import type { Benchmark, Case, Group } from '../measure.ts';
import { pageviews } from '../records.ts';
import { chunks, floor } from './stream.ts';

const RECORDS = 100_000;
const INTERVAL = Date.UTC(2026, 2, 2, 9);

export const rules: Benchmark = { name: 'rules', groups: [group] };

function group(): Group {
  const file = gzipSync(pageviews(RECORDS, 'A product'));
  const body = () => Readable.from(chunks(file));
  return {
    input: '',
    floor: floor(body),
    cases: { '100 rules': evaluator(body, hundred()), '10000 rules': evaluator(body, tenThousand()) },
  };
}

/** What the evaluator does between S3 and the table. */
function evaluator(body: () => Readable, declared: readonly Rule[]): Case {
  const set = compile(
    declared.map((rule) => ({ rule, version: 1 })),
    keen(),
  );
  const candidates = set.candidates('pageviews');
  return async () => {
    const file = { id: 'file', interval: INTERVAL, receivedAt: INTERVAL + 24 * 3_600_000, collection: 'pageviews' };
    const collector = new Collector(candidates, file);
    const { accepted } = await readRecords(body(), {
      record: (record, line) => collector.add(record, line),
      rejected: () => undefined,
    });
    let contributions = 0;
    for (const { contributions: of } of collector.contributions()) contributions += of.length;
    if (contributions === 0) throw new Error('the rules match nothing');
    return accepted;
  };
}

type Given = Pick<RuleInput, 'signal'> & Partial<RuleInput>;

function rule(id: string, where: NonNullable<RuleInput['source']>['where'], given: Given): Rule {
  return defineRule({
    id,
    name: id,
    project: 'shop',
    source: { collections: ['pageviews'], where },
    window: { kind: 'tumbling', size: '4h' }, // the file lies in two windows, as one of five minutes does
    severity: 'info',
    notify: { routes: [] },
    ...given,
  });
}

const load = 'page.load_ms';
const above: { op: 'gt'; value: number } = { op: 'gt', value: 1000 };

const counted: Given = { signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: above } };
/** What teams measure. */
const measured: readonly Given[] = [
  counted,
  { signal: { kind: 'aggregate', aggregate: { fn: 'count' }, compare: above }, partitionBy: ['product_id'] },
  { signal: { kind: 'aggregate', aggregate: { fn: 'sum', path: load }, compare: above } },
  { signal: { kind: 'aggregate', aggregate: { fn: 'avg', path: load }, compare: above }, partitionBy: ['product_id'] },
  { signal: { kind: 'aggregate', aggregate: { fn: 'max', path: load }, compare: above } },
  { signal: { kind: 'aggregate', aggregate: { fn: 'percentile', path: load, p: 95 }, compare: above } },
  { signal: { kind: 'aggregate', aggregate: { fn: 'distinct', path: 'visitor.id' }, compare: above } },
  { signal: { kind: 'aggregate', aggregate: { fn: 'latest', path: 'referrer' }, compare: { op: 'eq', value: '' } } },
  { signal: { kind: 'schema', required: [{ path: 'visitor.id', type: 'string' }], as: 'rate', compare: above } },
  {
    signal: {
      kind: 'change',
      aggregate: { fn: 'count' },
      against: { movingAverage: 6 },
      as: 'percent',
      direction: 'decrease',
      by: 50,
    },
  },
];

/** A hundred rules, of which each record meets the conditions of ten: a tenth of the products each. */
function hundred(): Rule[] {
  return measured.flatMap((given, n) =>
    Array.from({ length: 10 }, (_, tenth) => {
      const values = Array.from({ length: 4 }, (_v, product) => `p-${tenth + 10 * product}`);
      return rule(`r-${n}-${tenth}`, { path: 'product_id', op: 'in', values }, given);
    }),
  );
}

const simple = measured
  .filter(({ partitionBy, signal }) => partitionBy === undefined && signal.kind === 'aggregate')
  .slice(0, 3);

/** Ten thousand rules, each for ten of five thousand visitors: twenty candidates a record, about half of which it passes. */
function tenThousand(): Rule[] {
  return Array.from({ length: 10_000 }, (_, n) => {
    const values = Array.from({ length: 10 }, (_v, visitor) => `v-${(n + visitor) % 5000}`);
    const where = {
      all: [
        { path: 'visitor.id', op: 'in' as const, values },
        { path: load, op: 'gte' as const, value: 450 },
      ],
    };
    return rule(`r-${n}`, where, simple[n % simple.length] ?? counted);
  });
}

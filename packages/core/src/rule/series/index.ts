/**
 * The series of rules for those who want to know where a rule stands: what it measured for a partition over some time that
 * has passed. Apart from the rest, so that only functions that use it carry the rules. Enrichments take it as
 * `{ kind: 'series', from: ruleSeries(streams), rule: 'payments-failed', over: '1h', into: 'failures_before' }`; the
 * enricher then needs the grant `state:query`.
 */
import { ConfigurationError, concurrently } from '../../runtime/index.ts';
import type { JsonObject, Layout } from '../../stream/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { type CompiledRule, compileRule } from '../collect/compile.ts';
import { partitionKey, WHOLE_RULE } from '../collect/group-name.ts';
import type { Signal } from '../definition/schema.ts';
import { listRules } from '../manage/repository.ts';
import { compileSignal } from '../measure/signal.ts';
import { mergeTallies, type Tally } from '../measure/tally.ts';
import { gatherContributions } from '../state/contribution.ts';
import { groupKey } from '../state/group-key.ts';

interface Query {
  readonly project: string;
  readonly rule: string;
  /** Windows that end in (from, until], ms. */
  readonly from: number;
  readonly until: number;
}

/** Queries at once: a partition is one, and a batch may have hundreds. */
const AT_ONCE = 16;

/**
 * Values are what the rule's aggregate is over the whole time; for a count or rate of a partition without records, 0.
 * @param streams the pipeline's, which say how long an interval is.
 */
export function ruleSeries({ layout }: { readonly layout: Layout }) {
  const defaults = { intervalLength: layout.intervalLength, timePath: layout.timePath };
  return {
    /** @throws ConfigurationError where the project has no such rule, or one that measures nothing by itself. */
    open: async (query: Query) => {
      const stored = (await listRules(query.project)).find(({ rule }) => rule.id === query.rule);
      if (stored === undefined)
        throw new ConfigurationError(`project ${query.project} has no rule ${query.rule}; apply it`);
      const { signal, window, dedupeBy } = stored.rule;
      if (dedupeBy !== undefined)
        throw new ConfigurationError(
          `rule ${query.rule} counts once a window (dedupeBy); use a rule that counts each record`,
        );
      if (window?.kind === 'count') {
        throw new ConfigurationError(`rule ${query.rule} counts records, not time; give it another window`);
      }
      if (signal.kind !== 'aggregate') {
        throw new ConfigurationError(
          `rule ${query.rule} compares (${signal.kind}); only an aggregate has a series of its own`,
        );
      }
      const rule = compileRule(stored, defaults);
      return {
        partitionOf: (record: JsonObject) => {
          const partition = rule.partitionOf(record);
          return partition === undefined ? undefined : JSON.stringify(partition.values);
        },
        read: async (partitions: ReadonlySet<string>) => await read(rule, signal, query, [...partitions]),
      };
    },
  };
}

type Aggregate = Extract<Signal, { kind: 'aggregate' }>;

async function read(
  rule: CompiledRule,
  signal: Aggregate,
  query: Query,
  partitions: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const values = new Map<string, string>();
  const worthOf = valueReader(signal, query);
  const add = (partition: string, tally: Tally | undefined) => {
    const json = worthOf(tally);
    if (json !== undefined) values.set(partition, json);
  };
  const keyOf = (partition: string) => partitionKey(JSON.parse(partition) as string[]); // as partitionOf wrote it
  if (rule.whole) {
    const all = await tallies(rule, WHOLE_RULE, query);
    for (const partition of partitions) add(partition, all.get(keyOf(partition)));
    return values;
  }
  await concurrently(partitions, AT_ONCE, async (partition) => {
    const key = keyOf(partition);
    add(partition, (await tallies(rule, key, query)).get(key));
  });
  return values;
}

/** By partition of a group, over all windows that end in (from, until]. */
async function tallies(rule: CompiledRule, group: KeyPart, { from, until }: Query): Promise<Map<KeyPart, Tally>> {
  const { size } = rule.grid;
  const { windows } = await gatherContributions(rule, groupKey(rule, group), from - size + 1, until - size + 1);
  const merged = new Map<KeyPart, Tally>();
  for (const [, partitions] of [...windows].sort(([a], [b]) => a - b)) {
    for (const [partition, tally] of partitions) {
      const known = merged.get(partition);
      merged.set(partition, known === undefined ? tally : mergeTallies(known, tally, rule.signal.extreme));
    }
  }
  return merged;
}

/** The value as JSON; undefined where nothing was measured. */
function valueReader(signal: Aggregate, { from, until }: Query): (tally: Tally | undefined) => string | undefined {
  const { minCount: _, ...whole } = signal;
  const measured = compileSignal({ signal: whole, recover: undefined }, until - from);
  const { fn } = signal.aggregate;
  const nothing = fn === 'count' || fn === 'rate' ? '0' : undefined;
  return (tally) => {
    if (tally === undefined) return nothing;
    const { status, value } = measured.judge(tally, [], from);
    if (status === 'nodata') return nothing;
    const isNumber = fn !== 'latest' && fn !== 'first' && Number.isFinite(Number(value));
    return isNumber ? JSON.stringify(Number(value)) : JSON.stringify(value);
  };
}

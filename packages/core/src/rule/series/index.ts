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
import { CENSUS, partitionKey, WHOLE_RULE } from '../collect/group-name.ts';
import type { Signal } from '../definition/schema.ts';
import { cutsOf } from '../judge/crowd.ts';
import { listRules } from '../manage/repository.ts';
import { EVERYONE, hashOfPartition } from '../measure/census.ts';
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
 * Values are what the rule's aggregate is over the whole time; for a count or rate of a partition without records, 0. A partition
 * beyond those the rule may have in one of the windows has none.
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
  const all = await tallies(rule, rule.whole ? WHOLE_RULE : CENSUS, query);
  await concurrently(partitions, AT_ONCE, async (partition) => {
    const key = partitionKey(JSON.parse(partition)); // as partitionOf wrote it
    if (hashOfPartition(key) >= all.cut) return; // not all of it is known
    const { merged } = rule.whole ? all : await tallies(rule, key, query);
    const json = worthOf(merged.get(key));
    if (json !== undefined) values.set(partition, json);
  });
  return values;
}

/** What a group says over all windows that end in (from, until]. */
interface Said {
  readonly merged: ReadonlyMap<KeyPart, Tally>;
  /** From this hash on, partitions were not all written in some window. */
  readonly cut: number;
}

async function tallies(rule: CompiledRule, group: KeyPart, { from, until }: Query): Promise<Said> {
  const { size } = rule.grid;
  const { windows } = await gatherContributions(rule, groupKey(rule, group), from - size + 1, until - size + 1);
  const merged = new Map<KeyPart, Tally>();
  for (const [, partitions] of [...windows].sort(([a], [b]) => a - b)) {
    for (const [partition, tally] of partitions) {
      const known = merged.get(partition);
      merged.set(partition, known === undefined ? tally : mergeTallies(known, tally, rule.signal.extreme));
    }
  }
  return { merged, cut: Math.min(EVERYONE, ...cutsOf(rule, windows).values()) };
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

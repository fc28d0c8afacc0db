/**
 * Contributions in the table: one item for what one file says about one window of one partition. A second delivery of the
 * file writes the same bytes over the same key.
 */
import { Entity, type EntityItem } from 'electrodb';
import { expiresAt } from '../../runtime/index.ts';
import {
  expiry,
  type KeyPart,
  keyPart,
  keyPartType,
  primary,
  putAll,
  SERVICE,
  table,
  timeKey,
} from '../../table/index.ts';
import { type CompiledRule, contributionLife } from '../collect/compile.ts';
import type { Tallies } from '../judge/frame.ts';
import { type Contribution, mergeTallies, readTally, type Tally, writeTally } from '../measure/tally.ts';

export const RuleContribution = new Entity({
  model: { entity: 'ruleContribution', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    group: { type: keyPartType, required: true },
    /** Start of the window, ms. */
    window: timeKey,
    partition: { type: keyPartType, required: true },
    file: { type: keyPartType, required: true },
    /** The values that name the partition. */
    values: { type: 'list', items: { type: 'string' }, required: true },
    /** As `writeTally` writes it. */
    tally: { type: 'string', required: true },
    /** ms; arrival of the file. */
    receivedAt: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'rule', 'version', 'group'] },
      sk: { ...primary.sk, composite: ['window', 'partition', 'file'] },
    },
  },
});
type RuleContribution = EntityItem<typeof RuleContribution>;

/** Names a version of a rule in the table. */
export interface RuleKey {
  readonly project: KeyPart;
  readonly rule: KeyPart;
  readonly version: number;
}

/** Where a group lies in the table; its state and its contributions share this partition key. */
export interface GroupKey extends RuleKey {
  readonly group: KeyPart;
}

/** Names a contribution of a file. */
export interface ContributionKey extends GroupKey {
  /** Start of the cell, ms. */
  readonly window: number;
  readonly partition: KeyPart;
}

export function contributionKeys(rule: CompiledRule, contributions: readonly Contribution[]): ContributionKey[] {
  return contributions.map(({ group, window, partition }) => ({ ...groupKey(rule, group), window, partition }));
}

/** The key by which a contribution of the file `id` is deleted. */
export function contributionDeletion(id: string): (key: ContributionKey) => { pk: string; sk: string } {
  const { table: name } = table();
  const file = keyPart(id);
  return (key) =>
    RuleContribution.delete({ ...key, file }).params<{ Key: { pk: string; sk: string } }>({ table: name }).Key;
}

export function groupKey({ rule, version }: CompiledRule, group: KeyPart): GroupKey {
  return { project: keyPart(rule.project), rule: keyPart(rule.id), version, group };
}

/** Writes what a file contributes to a rule. `file` is the file's id. */
export async function writeContributions(
  rule: CompiledRule,
  file: string,
  contributions: readonly Contribution[],
): Promise<void> {
  await putAll(itemsOf(rule, file, contributions), table());
}

function* itemsOf(rule: CompiledRule, file: string, contributions: readonly Contribution[]) {
  const life = contributionLife(rule);
  const { table: name } = table();
  for (const { group, partition, values, window, tally, receivedAt } of contributions) {
    yield RuleContribution.put({
      ...groupKey(rule, group),
      window,
      partition,
      file: keyPart(file),
      values: [...values],
      tally: writeTally(tally),
      receivedAt,
      expiresAt: expiresAt(Math.max(receivedAt, window) + life),
    }).params<{ Item: Record<string, unknown> }>({ table: name }).Item;
  }
}

/** What a group's files said about its windows. */
export interface Gathered {
  /** By start of window, ms. */
  readonly windows: Map<number, Tallies>;
  /** The values that name the group's partition, where it has just one. */
  readonly values: readonly string[] | undefined;
  /** Newest arrival among the files, ms; 0 where there is none. */
  readonly receivedAt: number;
  /** One line for each contribution, in order of key: tells two views of a group apart. */
  readonly lines: readonly { readonly window: number; readonly text: string }[];
}

/** Reads, strongly consistent, the contributions to windows that start in [from, to), ms. */
export async function gatherContributions(
  rule: CompiledRule,
  key: GroupKey,
  from: number,
  to: number,
): Promise<Gathered> {
  const { data } = await RuleContribution.query
    .byGroup(key)
    .between({ window: from }, { window: to })
    .go({ ...table(), pages: 'all', consistent: true });
  return gather(
    rule,
    data.filter(({ window }) => window < to),
  );
}

function gather(rule: CompiledRule, items: readonly RuleContribution[]): Gathered {
  const windows = new Map<number, Map<KeyPart, Tally>>();
  let receivedAt = 0;
  for (const item of items) {
    addTally(rule, windows, item.window, item.partition, readTally(item.tally));
    receivedAt = Math.max(receivedAt, item.receivedAt);
  }
  const lines = items.map(({ window, partition, file, tally }) => ({ window, text: `${partition} ${file} ${tally}` }));
  return { windows, values: items[0]?.values, receivedAt, lines };
}

/** Merges one more tally into a group's windows. */
export function addTally(
  rule: CompiledRule,
  windows: Map<number, Map<KeyPart, Tally>>,
  window: number,
  partition: KeyPart,
  tally: Tally,
): void {
  const partitions = windows.get(window) ?? new Map<KeyPart, Tally>();
  windows.set(window, partitions);
  const known = partitions.get(partition);
  partitions.set(partition, known === undefined ? tally : mergeTallies(known, tally, rule.signal.extreme));
}

/** Whether a contribution belongs to a window that is not over yet, grace and all, at `watermark` (ms). */
export function isInTime({ grid, frame, grace }: CompiledRule, { window }: Contribution, watermark: number): boolean {
  return window + grid.size + frame.reach + grace > watermark;
}

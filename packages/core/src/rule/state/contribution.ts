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
import type { Tallies } from '../judge/frame/frame.ts';
import { windowStart } from '../judge/window.ts';
import { type Contribution, mergeTallies, readTally, type Tally, writeTally } from '../measure/tally.ts';
import { type GroupKey, groupKey } from './group-key.ts';
import { hoursOf, isPacked, type PackedCell, type PackedHour, readHours } from './packed-hour.ts';

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
  /** How many contributions were read one by one, by start of hour, ms; of hours that may still be packed. */
  readonly loose: ReadonlyMap<number, number>;
}

/**
 * Reads, strongly consistent, the contributions to windows that start in [from, to), ms.
 * @param packedThrough ms; up to where packed hours may stand for them. Any value gives the same; 0 reads them one by one.
 */
export async function gatherContributions(
  rule: CompiledRule,
  key: GroupKey,
  from: number,
  to: number,
  packedThrough = 0,
): Promise<Gathered> {
  const hours = packedThrough > from ? await readHours(rule, key, from, Math.min(to, packedThrough)) : [];
  const items: RuleContribution[] = [];
  for (const range of unpackedRanges(hours, hoursOf(rule).size, from, to)) items.push(...(await readRange(key, range)));
  const windows = new Map<number, Map<KeyPart, Tally>>();
  let receivedAt = 0;
  for (const cell of hours.flatMap(({ cells = [] }) => cells)) {
    if (cell.window < from || cell.window >= to) continue;
    windows.set(cell.window, new Map(cell.tallies.map(([partition, tally]) => [partition, readTally(tally)])));
    receivedAt = Math.max(receivedAt, cell.receivedAt);
  }
  for (const item of items) {
    addTally(rule, windows, item.window, item.partition, readTally(item.tally));
    receivedAt = Math.max(receivedAt, item.receivedAt);
  }
  const values = items[0]?.values ?? hours.find(({ cells }) => cells !== undefined)?.values;
  return { windows, values, receivedAt, loose: countLoose(rule, items, hours) };
}

/** The parts of [from, to) that no packed hour stands for. */
function unpackedRanges(hours: readonly PackedHour[], size: number, from: number, to: number): [number, number][] {
  const ranges: [number, number][] = [];
  let next = from;
  for (const { hour, cells } of hours) {
    if (cells === undefined) continue;
    if (hour > next) ranges.push([next, hour]);
    next = Math.max(next, hour + size);
  }
  if (next < to) ranges.push([next, to]);
  return ranges;
}

async function readRange(key: GroupKey, [from, to]: [number, number]): Promise<RuleContribution[]> {
  const { data } = await RuleContribution.query
    .byGroup(key)
    .between({ window: from }, { window: to })
    .go({ ...table(), pages: 'all', consistent: true });
  return data.filter(({ window }) => window < to);
}

function countLoose(
  rule: CompiledRule,
  items: readonly RuleContribution[],
  hours: readonly PackedHour[],
): ReadonlyMap<number, number> {
  const loose = new Map<number, number>();
  if (!isPacked(rule)) return loose;
  const grid = hoursOf(rule);
  for (const { window } of items) {
    const hour = windowStart(grid, window);
    loose.set(hour, (loose.get(hour) ?? 0) + 1);
  }
  for (const { hour } of hours) loose.delete(hour);
  return loose;
}

/** Reads the contributions of [from, to), ms, as a packed hour holds them. */
export async function readCells(
  rule: CompiledRule,
  key: GroupKey,
  from: number,
  to: number,
): Promise<{ cells: readonly PackedCell[]; values: readonly string[] }> {
  const items = await readRange(key, [from, to]);
  const windows = new Map<number, Map<KeyPart, Tally>>();
  const arrivals = new Map<number, number>();
  for (const { window, partition, tally, receivedAt } of items) {
    addTally(rule, windows, window, partition, readTally(tally));
    arrivals.set(window, Math.max(arrivals.get(window) ?? 0, receivedAt));
  }
  const cells = [...windows].map(([window, partitions]) => ({
    window,
    receivedAt: arrivals.get(window) ?? 0,
    tallies: [...partitions].map(([partition, tally]) => [partition, writeTally(tally)] as const),
  }));
  return { cells, values: items[0]?.values ?? [] };
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

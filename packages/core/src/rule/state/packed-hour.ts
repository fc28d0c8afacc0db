/**
 * Hours of contributions packed into one item each, so that a long sliding window is not read file by file again and again.
 *
 * A packed hour is a pure function of the contributions it stands for. These stay where they are until they expire, so what
 * is packed may be missing, and may be made again. It must never be out of date: a writer first writes its contributions,
 * then asks how far the rule is packed, and spoils the hours it came too late for; who packs first says how far, then
 * reads, then writes where there is neither a packed hour nor a spoiled one. So one of the two sees the other, whatever
 * dies in between, and a spoiled hour is read file by file from then on.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { Entity, type EntityItem } from 'electrodb';
import { DAY, expiresAt, HOUR } from '../../runtime/index.ts';
import {
  expiry,
  isConditionFailure,
  type KeyPart,
  keyPartType,
  primary,
  putAll,
  SERVICE,
  table,
  timeKey,
} from '../../table/index.ts';
import { type CompiledRule, contributionLife } from '../collect/compile.ts';
import { CENSUS, WHOLE_RULE } from '../collect/group-name.ts';
import { type Grid, windowStart } from '../judge/window.ts';
import { type GroupKey, groupKey } from './group-key.ts';

/** An hour with fewer contributions is as cheap to read one by one. */
const WORTH_PACKING = 50;
/** Evaluations that read an hour again; with fewer, packing costs more than it saves: a write is the price of 20 KB read. */
const WORTH_READINGS = 8;
/** Longest text of an hour: DynamoDB takes 400 KB. What is longer is read one by one. */
const MAX_TEXT = 300_000;
/** A mark outlives the hours it speaks of, though DynamoDB deletes what has expired only some days later. */
const MARK_SLACK = 7 * DAY;

export const RulePackedHour = new Entity({
  model: { entity: 'rulePackedHour', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    group: { type: keyPartType, required: true },
    /** Start of the hour, ms. */
    hour: timeKey,
    /** `pack`ed cells; none where it is spoiled. */
    cells: { type: 'string' },
    /** The values that name the group's partition, where it has just one. */
    values: { type: 'list', items: { type: 'string' } },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'rule', 'version', 'group'] },
      sk: { ...primary.sk, composite: ['hour'] },
    },
  },
});

/** How far a rule version's hours may be packed. It only grows. */
export const RulePackMark = new Entity({
  model: { entity: 'rulePackMark', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    /** End of the last hour anybody may have packed, ms. */
    through: { type: 'number', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byRule: {
      pk: { ...primary.pk, composite: ['project', 'rule', 'version'] },
      sk: { ...primary.sk, composite: [] },
    },
  },
});

/** What the contributions to one cell say together; times in ms. */
export interface PackedCell {
  readonly window: number;
  /** Newest arrival among their files. */
  readonly receivedAt: number;
  /** By partition, in order: the merged tally, as `writeTally` writes it. */
  readonly tallies: readonly (readonly [KeyPart, string])[];
}

/** An hour as it was packed; `cells` is undefined where it is spoiled. */
export interface PackedHour {
  readonly hour: number;
  readonly cells: readonly PackedCell[] | undefined;
  readonly values: readonly string[];
}

/** Whether hours of the rule are packed: those of sliding windows, of which each is part of many. */
export function isPacked({ frame, grace, grid }: CompiledRule): boolean {
  return frame.reach > 0 && frame.reach + grace >= WORTH_READINGS * grid.size;
}

/** The hours of a rule: whole cells, an hour of them or, where a cell is longer, one. */
export function hoursOf({ grid: { size, offset } }: CompiledRule): Grid {
  return { size: Math.ceil(HOUR / size) * size, offset };
}

/** Up to where (ms) hours of the rule may be packed, strongly consistent; 0 for none. */
export async function packedThrough(rule: CompiledRule): Promise<number> {
  if (!isPacked(rule)) return 0;
  const { data } = await RulePackMark.get(markKey(rule)).go({ ...table(), consistent: true });
  return data?.through ?? 0;
}

function markKey(rule: CompiledRule) {
  const { project, rule: id, version } = groupKey(rule, WHOLE_RULE);
  return { project, rule: id, version };
}

/**
 * Spoils the hours that contributions came too late for. To be called once they are written or deleted, before their file
 * counts as taken in. Safe to repeat.
 */
export async function spoilHours(
  rule: CompiledRule,
  contributions: readonly { readonly group: KeyPart; readonly window: number }[],
): Promise<void> {
  if (contributions.length === 0) return;
  const through = await packedThrough(rule);
  const late = contributions.filter(({ group, window }) => group !== CENSUS && window < through); // which nobody packs
  await spoil(rule, late);
}

async function spoil(
  rule: CompiledRule,
  late: readonly { readonly group: KeyPart; readonly window: number }[],
): Promise<void> {
  const { table: name } = table();
  const hours = hoursOf(rule);
  const items = new Map<string, Record<string, unknown>>();
  for (const { group, window } of late) {
    const key = { ...groupKey(rule, group), hour: windowStart(hours, window) };
    const item = RulePackedHour.put({ ...key, expiresAt: hourExpiry(rule, key.hour) });
    items.set(`${key.hour} ${group}`, item.params<{ Item: Record<string, unknown> }>({ table: name }).Item);
  }
  await putAll([...items.values()], table());
}

function hourExpiry(rule: CompiledRule, hour: number): number {
  return expiresAt(hour + hoursOf(rule).size + contributionLife(rule));
}

/** Packed and spoiled hours that overlap [from, to), ms, in order; strongly consistent. */
export async function readHours(rule: CompiledRule, key: GroupKey, from: number, to: number): Promise<PackedHour[]> {
  const first = Math.max(0, windowStart(hoursOf(rule), from));
  const { data } = await RulePackedHour.query
    .byGroup(key)
    .between({ hour: first }, { hour: to })
    .go({ ...table(), pages: 'all', consistent: true });
  return data.filter(({ hour }) => hour < to).map(fromItem);
}

function fromItem({ hour, cells, values }: EntityItem<typeof RulePackedHour>): PackedHour {
  return { hour, cells: cells === undefined ? undefined : unpack(cells), values: values ?? [] };
}

/**
 * The hours worth packing: those that are over at `watermark` and of which so many contributions were read one by one.
 * @param counts contributions read, by start of hour, ms; without those of spoiled hours.
 */
export function crowdedHours(rule: CompiledRule, counts: ReadonlyMap<number, number>, watermark: number): number[] {
  const { size } = hoursOf(rule);
  return [...counts].flatMap(([hour, n]) => (n > WORTH_PACKING && hour + size <= watermark ? [hour] : []));
}

/**
 * Packs hours of a group. Safe to repeat, and by several at once.
 * @param read reads the contributions of [from, to), ms, strongly consistent, merged by cell.
 * @param now ms; what has nearly expired, as in the replay of an old file, is left as it is.
 */
export async function packHours(
  rule: CompiledRule,
  key: GroupKey,
  hours: readonly number[],
  now: number,
  read: (from: number, to: number) => Promise<{ cells: readonly PackedCell[]; values: readonly string[] }>,
): Promise<void> {
  const { size } = hoursOf(rule);
  const living = hours.filter((hour) => hour + contributionLife(rule) > now);
  if (living.length === 0) return;
  await raiseMark(rule, Math.max(...living) + size);
  for (const hour of living) {
    await putHour(rule, { ...key, hour }, await read(hour, hour + size));
  }
}

/** Writes an hour, unless it is packed or spoiled already. One too large for an item is spoiled. */
async function putHour(
  rule: CompiledRule,
  key: GroupKey & { readonly hour: number },
  { cells, values }: { readonly cells: readonly PackedCell[]; readonly values: readonly string[] },
): Promise<void> {
  const text = pack(cells);
  const says = text.length > MAX_TEXT ? {} : { cells: text, values: [...values] };
  try {
    await RulePackedHour.create({ ...key, ...says, expiresAt: hourExpiry(rule, key.hour) }).go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

async function raiseMark(rule: CompiledRule, through: number): Promise<void> {
  const expiry = expiresAt(through + contributionLife(rule) + MARK_SLACK);
  try {
    await RulePackMark.put({ ...markKey(rule), through, expiresAt: expiry })
      .where((mark, { notExists, lt }) => `${notExists(mark.through)} OR ${lt(mark.through, through)}`)
      .go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

type Parts = [window: number, receivedAt: number, tallies: PackedCell['tallies']][];

/** Cells as text; equal cells are equal texts. */
function pack(cells: readonly PackedCell[]): string {
  const parts: Parts = cells.map(({ window, receivedAt, tallies }) => [window, receivedAt, tallies]);
  return gzipSync(JSON.stringify(parts)).toString('base64');
}

/** What `pack` packed. */
function unpack(text: string): PackedCell[] {
  const parts: Parts = JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString()); // only pack writes it
  return parts.map(([window, receivedAt, tallies]) => ({ window, receivedAt, tallies }));
}

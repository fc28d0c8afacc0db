/**
 * Deadlines: what has to be evaluated though no further file may touch it. Each lies by event time under its rule, for
 * whoever moves a watermark past it, and by wall-clock time in one of 16 shards, for the ticker.
 */
import { Entity, type EntityItem } from 'electrodb';
import { DAY, expiresAt, hash } from '../../runtime/index.ts';
import {
  deleteAll,
  expiry,
  isConditionFailure,
  type KeyPart,
  keyPart,
  keyPartType,
  primary,
  putAll,
  SERVICE,
  secondary,
  table,
  timeKey,
} from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { type GroupKey, groupKey, type RuleKey } from './group-key.ts';

/** A deadline nobody could meet for this long (its stream never settles) is given up. */
const RETENTION = 30 * DAY;

export const RuleDeadline = new Entity({
  model: { entity: 'ruleDeadline', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    /** Watermark (ms) from which on the group is to be evaluated. */
    windowEnd: timeKey,
    group: { type: keyPartType, required: true },
    shard: { type: keyPartType, required: true },
    /** Wall-clock time (ms) from which the ticker looks at it. */
    due: timeKey,
    expiresAt: expiry,
  },
  indexes: {
    byRule: {
      pk: { ...primary.pk, composite: ['project', 'rule', 'version'] },
      sk: { ...primary.sk, composite: ['windowEnd', 'group'] },
    },
    byDue: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['shard'] },
      sk: { ...secondary.sk, composite: ['due'] },
    },
  },
});
export type RuleDeadline = EntityItem<typeof RuleDeadline>;

/** What a deadline says, beside the rule it belongs to. Times in ms. */
export interface Deadline {
  readonly group: KeyPart;
  readonly windowEnd: number;
  readonly due: number;
}

const SHARDS = 16;

/** Every shard; the ticker reads each. */
export const shards: readonly KeyPart[] = Array.from({ length: SHARDS }, (_, n) => keyPart(String(n)));

function shardOf({ project, rule, group }: GroupKey): KeyPart {
  const characters = [...hash(project, rule, group)];
  return keyPart(String(characters.reduce((sum, character) => sum + character.charCodeAt(0), 0) % SHARDS));
}

/** When the ticker has to look: the time a silent stream takes to settle past the window, after both it and the file. */
export function dueTime(windowEnd: number, receivedAt: number, idleTimeout: number): number {
  return Math.max(windowEnd, receivedAt) + idleTimeout;
}

export async function writeDeadlines(
  { project, rule, version }: RuleKey,
  deadlines: readonly Deadline[],
): Promise<void> {
  const { table: name } = table();
  const items = deadlines.map(({ group, windowEnd, due }) => {
    const key = { project, rule, version, group };
    const deadline = { ...key, windowEnd, shard: shardOf(key), due, expiresAt: expiresAt(due + RETENTION) };
    return RuleDeadline.put(deadline).params<{ Item: Record<string, unknown> }>({ table: name }).Item;
  });
  await putAll(items, table());
}

/** A rule's deadlines that a watermark has passed, strongly consistent. */
export async function passedDeadlines(rule: CompiledRule, watermark: number): Promise<RuleDeadline[]> {
  const { project, rule: id, version } = groupKey(rule, keyPart('*'));
  const { data } = await RuleDeadline.query
    .byRule({ project, rule: id, version })
    .lt({ windowEnd: watermark + 1 })
    .go({ ...table(), pages: 'all', consistent: true });
  return data;
}

/** The deadlines of a shard that are due, oldest first, at most `limit`. */
export async function dueDeadlines(shard: KeyPart, now: number, limit: number): Promise<RuleDeadline[]> {
  const { data } = await RuleDeadline.query
    .byDue({ shard })
    .lte({ due: now })
    .go({ ...table(), limit });
  return data;
}

/** What names a deadline. */
type DeadlineKey = GroupKey & { readonly windowEnd: number };

function keyOf({ project, rule, version, windowEnd, group }: DeadlineKey): DeadlineKey {
  return { project, rule, version, windowEnd, group };
}

/** Puts a deadline off to a later wall-clock time, unless it was met meanwhile. */
export async function postpone(deadline: RuleDeadline, due: number): Promise<void> {
  try {
    await RuleDeadline.patch(keyOf(deadline)).set({ due, shard: deadline.shard }).go(table());
  } catch (caught) {
    if (!isConditionFailure(caught)) throw caught;
  }
}

export async function deleteDeadlines(deadlines: readonly DeadlineKey[]): Promise<void> {
  const { table: name } = table();
  const keys = deadlines.map(
    (deadline) => RuleDeadline.delete(keyOf(deadline)).params<{ Key: { pk: string; sk: string } }>({ table: name }).Key,
  );
  await deleteAll(keys, table());
}

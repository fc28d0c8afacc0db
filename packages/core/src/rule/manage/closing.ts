/**
 * Rule versions that are no longer in force: their open episodes are resolved by the ticker, since no file will.
 */
import { Entity, type EntityItem } from 'electrodb';
import { DAY, expiresAt, MINUTE } from '../../runtime/index.ts';
import { expiry, keyPartType, primary, SERVICE, secondary, table, timeKey } from '../../table/index.ts';
import type { Kept } from '../judge/evaluate.ts';
import type { Transition } from '../judge/machine.ts';
import type { RuleKey } from '../state/group-key.ts';

/**
 * A function may still raise an episode of the old version: it goes by rules up to 30 s old for a run of up to 5 minutes,
 * and the index that finds open episodes lags behind. Longer than both.
 */
const WATCHED_FOR = 15 * MINUTE;
/** The ticker deletes closings itself; one that it never could is given up. */
const RETENTION = 30 * DAY;

export const RuleClosing = new Entity({
  model: { entity: 'ruleClosing', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true, padding: { length: 9, char: '0' } },
    /** All share it: there are few, and the ticker reads those that are due. */
    list: { type: ['closing'] as const, required: true },
    /** For people. */
    reason: { type: 'string', required: true },
    /** ms; when the version ceased to be in force. */
    at: { type: 'number', required: true },
    /** Wall-clock time (ms) from which the ticker looks at it. */
    due: timeKey,
    expiresAt: expiry,
  },
  indexes: {
    byRule: {
      pk: { ...primary.pk, composite: ['project', 'rule'] },
      sk: { ...primary.sk, composite: ['version'] },
    },
    byDue: {
      index: 'gsi1',
      pk: { ...secondary.pk, composite: ['list'] },
      sk: { ...secondary.sk, composite: ['due', 'project', 'rule', 'version'] },
    },
  },
});
export type RuleClosing = EntityItem<typeof RuleClosing>;

/** Remembers that a version is to be closed; written before it ceases to be in force. */
export async function recordClosing(key: RuleKey, reason: string, at: number): Promise<void> {
  await putClosing({ ...key, reason, at }, at);
}

export async function dueClosings(now: number): Promise<RuleClosing[]> {
  const { data } = await RuleClosing.query
    .byDue({ list: 'closing' })
    .lt({ due: now + 1 }) // with only the first of the key's components, lte leaves out what is equal
    .go({ ...table(), pages: 'all' });
  return data;
}

/** Looks again in a minute, until nobody can raise an episode of the version any more. */
export async function watchOn(closing: RuleClosing, now: number): Promise<void> {
  const { project, rule, version } = closing;
  if (now >= closing.at + WATCHED_FOR) await RuleClosing.delete({ project, rule, version }).go(table());
  else await putClosing(closing, now + MINUTE);
}

async function putClosing(closing: RuleKey & { reason: string; at: number }, due: number): Promise<void> {
  const { project, rule, version, reason, at } = closing;
  await RuleClosing.put({
    project,
    rule,
    version,
    list: 'closing',
    reason,
    at,
    due,
    expiresAt: expiresAt(at + RETENTION),
  }).go(table());
}

/** An episode that fires: start of the window that opened it (ms), and its rule's level. */
export interface OpenEpisode {
  readonly opened: number;
  readonly level?: number;
}

/** The episodes a group has firing, by start. Pure. */
export function openEpisodes({ base, announced }: Kept): OpenEpisode[] {
  const open = new Map<string, OpenEpisode>();
  const add = ({ opened, level }: OpenEpisode) =>
    open.set(`${opened} ${level ?? 0}`, level === undefined ? { opened } : { opened, level });
  for (const [level, { phase }] of base.memory.tracks.entries()) {
    if (phase.is === 'firing') add(level === 0 ? { opened: phase.opened } : { opened: phase.opened, level });
  }
  for (const one of announced) if (one.kind === 'raise' && !one.withdrawn) add(one);
  for (const { kind, opened, level, withdrawn } of announced) {
    if (kind === 'resolve' && !withdrawn) open.delete(`${opened} ${level ?? 0}`);
  }
  return [...open.values()].sort((a, b) => a.opened - b.opened || (a.level ?? 0) - (b.level ?? 0));
}

/** How the open episodes of a group end at `at` (ms). Pure. */
export function resolutions(kept: Kept, at: number, reason: string): Transition[] {
  return openEpisodes(kept).map((open) => {
    const end = Math.max(at, open.opened);
    return { kind: 'resolve', ...open, window: { start: end, end }, value: reason };
  });
}

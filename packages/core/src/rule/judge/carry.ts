/**
 * `latest` without a window: each partition's newest value stands until a newer one comes, or it is too old. Pure.
 */
import type { KeyPart } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { OTHER } from '../collect/group-name.ts';
import { hashOfPartition } from '../measure/census.ts';
import { isLater, type Latest, type Tally } from '../measure/tally.ts';
import type { Tallies } from './frame/frame.ts';
import type { Window } from './window.ts';

/** What partitions said last. */
export interface Carried {
  readonly latest: ReadonlyMap<KeyPart, Latest>;
  /** Time (ms) up to which partitions said something that is not known; absent where all is known that still stands. */
  readonly missed?: number;
}

/**
 * The newest values after a cell: those too old fall out, and of more than a rule may have, those whose hashes are least stay.
 * Returns the same object where nothing changed.
 */
export function carry(known: Carried, cell: Window, tallies: Tallies | undefined, rule: CompiledRule): Carried {
  const oldest = cell.end - (rule.carries ?? 0);
  let missed = known.missed ?? Number.NEGATIVE_INFINITY;
  let changed: Map<KeyPart, Latest> | undefined;
  const values = () => {
    changed ??= new Map(known.latest);
    return changed;
  };
  for (const [partition, { at }] of known.latest) if (at <= oldest) values().delete(partition);
  const other = tallies?.get(OTHER);
  if (other !== undefined) {
    missed = cell.end;
    const cut = other.census?.cut ?? 0;
    for (const partition of known.latest.keys()) if (hashOfPartition(partition) >= cut) values().delete(partition);
  }
  for (const [partition, { latest }] of tallies ?? []) {
    if (latest === undefined || latest.at <= oldest) continue;
    const before = (changed ?? known.latest).get(partition);
    if (before !== undefined && !isLater(latest, before)) continue;
    values().set(partition, latest);
    if (!rule.whole && latest.at >= missed) missed = Number.NEGATIVE_INFINITY; // the only one there is
  }
  for (const { at } of changed === undefined ? [] : withoutLast(changed, rule.maxPartitions))
    missed = Math.max(missed, at);
  const still = missed > oldest ? missed : undefined;
  if (changed === undefined && still === known.missed) return known;
  return { latest: changed ?? known.latest, ...(still === undefined ? {} : { missed: still }) };
}

/** Takes those out whose hashes are greatest, and returns them. */
function withoutLast(values: Map<KeyPart, Latest>, limit: number): Latest[] {
  if (values.size <= limit) return [];
  const inOrder = [...values].sort(([a], [b]) => hashOfPartition(a) - hashOfPartition(b) || (a < b ? -1 : 1));
  return inOrder.slice(limit).map(([partition, latest]) => {
    values.delete(partition);
    return latest;
  });
}

/** The values as what a window said; under `OTHER`, that there may be more. */
export function asTallies({ latest, missed }: Carried): Tallies {
  const tallies = new Map<KeyPart, Tally>();
  for (const [partition, value] of latest) tallies.set(partition, { n: 1, latest: value });
  if (missed !== undefined) tallies.set(OTHER, { n: 0 });
  return tallies;
}

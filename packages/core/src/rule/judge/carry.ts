/**
 * `latest` without a window: each partition's newest value stands until a newer one comes, or it is too old. Pure.
 */
import type { KeyPart } from '../../table/index.ts';
import { MAX_PARTITIONS } from '../collect/collect.ts';
import { OTHER } from '../collect/group-name.ts';
import { isLater, type Latest, type Tally } from '../measure/tally.ts';
import type { Tallies } from './frame.ts';

/** The newest values after a window: those too old (at or before `oldest`, ms) fall out, and no more than a rule may have come in. */
export function carry(
  known: ReadonlyMap<KeyPart, Latest>,
  tallies: Tallies | undefined,
  oldest: number,
): ReadonlyMap<KeyPart, Latest> {
  let next: Map<KeyPart, Latest> | undefined;
  for (const [partition, { at }] of known) {
    if (at > oldest) continue;
    next ??= new Map(known);
    next.delete(partition);
  }
  for (const [partition, { latest }] of tallies ?? []) {
    if (latest === undefined || latest.at <= oldest) continue;
    next ??= new Map(known);
    const before = next.get(partition);
    if (before === undefined ? next.size < MAX_PARTITIONS : isLater(latest, before)) next.set(partition, latest);
  }
  return next ?? known;
}

/** The values as what a window said. `other`: what was said of partitions beyond the limit. */
export function asTallies(latest: ReadonlyMap<KeyPart, Latest>, other: Tally | undefined): Tallies {
  const tallies = new Map<KeyPart, Tally>();
  for (const [partition, value] of latest) tallies.set(partition, { n: 1, latest: value });
  if (other !== undefined) tallies.set(OTHER, other);
  return tallies;
}

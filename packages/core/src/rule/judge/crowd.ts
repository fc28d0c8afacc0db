/**
 * A rule with more partitions in a window than it may have: those beyond are not judged, and what is left of them says so. Pure.
 */
import type { KeyPart } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { OTHER } from '../collect/group-name.ts';
import { cutOf, EVERYONE, hashOfPartition } from '../measure/census.ts';
import type { Tally } from '../measure/tally.ts';
import type { Windows } from './cells.ts';
import type { Tallies } from './frame/frame.ts';

/** By start of cell (ms), the hash from which on partitions are not judged; none where all of them are. */
export type Cuts = ReadonlyMap<number, number>;

/** Where cells have more partitions than the rule may have, by what their files say under `OTHER`. */
export function cutsOf({ maxPartitions }: CompiledRule, windows: Windows): Cuts {
  const cuts = new Map<number, number>();
  for (const [start, tallies] of windows) {
    const census = tallies.get(OTHER)?.census;
    const cut = census === undefined ? EVERYONE : cutOf(census, maxPartitions);
    if (cut < EVERYONE) cuts.set(start, cut);
  }
  return cuts;
}

/** Whether a group of the rule is one partition of several, so that it cannot know of the others by itself. */
export function isOneOfMany({ whole, rule }: CompiledRule): boolean {
  return !whole && rule.partitionBy !== undefined;
}

/**
 * A group's windows as they are to be judged: where there are partitions that must not be, without them and with `OTHER`.
 * @param cuts of the rule; needed for a group of one partition of several.
 */
export function withinCuts(rule: CompiledRule, group: KeyPart, windows: Windows, cuts: Cuts): Windows {
  if (!isOneOfMany(rule)) return ownCuts(rule, windows);
  const hash = hashOfPartition(group);
  const beyond = [...cuts].filter(([, cut]) => hash >= cut);
  if (beyond.length === 0) return windows;
  const judged = new Map(windows);
  for (const [start] of beyond) judged.set(start, unknown(rule, windows.get(start)));
  return judged;
}

/** Nothing of a partition of which something is missing; all there is, where the rule can raise by that alone. */
function unknown({ early }: CompiledRule, tallies: Tallies | undefined): Tallies {
  return new Map<KeyPart, Tally>([...(early ? (tallies ?? []) : []), [OTHER, { n: 0 }]]);
}

/** Of a group whose windows themselves tell which partitions there are: `OTHER` says where to cut, if it says anything. */
function ownCuts(rule: CompiledRule, windows: Windows): Windows {
  const told = [...windows].filter(([, tallies]) => tallies.has(OTHER));
  if (told.length === 0) return windows;
  const cuts = cutsOf(rule, windows);
  const judged = new Map(windows);
  for (const [start, tallies] of told) {
    const marked = new Map(tallies);
    const cut = cuts.get(start);
    if (cut === undefined) marked.delete(OTHER);
    else marked.set(OTHER, { n: 0, census: { cut, least: [] } });
    judged.set(start, marked);
  }
  return judged;
}

/** What a window says of partitions that are all there, and `OTHER`: of one beyond the cut of any cell, a part would be left. */
export function withoutParts(tallies: Tallies): Tallies {
  const cut = tallies.get(OTHER)?.census?.cut ?? EVERYONE;
  if (cut === EVERYONE) return tallies;
  return new Map([...tallies].filter(([partition]) => partition === OTHER || hashOfPartition(partition) < cut));
}

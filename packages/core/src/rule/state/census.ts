/**
 * Which partitions a rule has in its windows, as the table knows it: for those who write contributions, so that what will not be
 * judged is not written, and for those who judge.
 */
import { concurrently } from '../../runtime/index.ts';
import { type KeyPart, table } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';
import { CENSUS, OTHER } from '../collect/group-name.ts';
import { type Cuts, cutsOf, isOneOfMany } from '../judge/crowd.ts';
import { type Census, cutOf, EVERYONE, hashOfPartition, mergeCensuses } from '../measure/census.ts';
import { type Contribution, readTally } from '../measure/tally.ts';
import { gatherContributions, RuleContribution } from './contribution.ts';
import { groupKey } from './group-key.ts';

/** Windows asked for at once; a file has few, each a small query. */
const AT_ONCE = 16;

/**
 * What of a file's contributions to a rule is worth writing: not what belongs to partitions that are known by now to be beyond
 * those the rule may have. More files only lower that bound, so what is left out is never wanted; and where a file that crowded
 * a window is overwritten later, the mark of this one says what is missing. An early rule can use what there is of any partition.
 */
export async function withinLimit(rule: CompiledRule, contributions: readonly Contribution[]): Promise<Contribution[]> {
  const marks = contributions.flatMap(({ group, window, tally: { census } }) =>
    census === undefined ? [] : [{ group, window, census }],
  );
  if (rule.early || marks.length === 0) return [...contributions];
  const cuts = new Map<number, number>();
  await concurrently(marks, AT_ONCE, async ({ group, window, census }) => {
    const known = await readCensuses(rule, group, window);
    cuts.set(window, cutOf([census, ...known].reduce(mergeCensuses), rule.maxPartitions));
  });
  return contributions.flatMap((contribution) => {
    const { partition, window, tally } = contribution;
    const cut = cuts.get(window) ?? EVERYONE;
    if (tally.census !== undefined) {
      return [{ ...contribution, tally: { ...tally, census: mergeCensuses(tally.census, { cut, least: [] }) } }];
    }
    return cut === EVERYONE || hashOfPartition(partition) < cut ? [contribution] : [];
  });
}

/** Of the files of one window (ms), strongly consistent. */
async function readCensuses(rule: CompiledRule, group: KeyPart, window: number): Promise<Census[]> {
  const { data } = await RuleContribution.query
    .byGroup({ ...groupKey(rule, group), window, partition: OTHER })
    .go({ ...table(), pages: 'all', consistent: true, attributes: ['partition', 'tally'] });
  return data.flatMap(({ partition, tally }) => (partition === OTHER ? (readTally(tally).census ?? []) : []));
}

const NONE: Cuts = new Map();

/** Where a rule's windows are crowded, for one run of its groups: read once, strongly consistent. */
export class RuleCuts {
  readonly #rule: CompiledRule;
  #from: number;
  #cuts: Promise<Cuts> = Promise.resolve(NONE);

  /** @param to ms; cells that start at or after it are not asked for. */
  constructor(rule: CompiledRule, to: number) {
    this.#rule = rule;
    this.#from = to;
  }

  /** By start of cell, those from `from` (ms) on. */
  async since(from: number): Promise<Cuts> {
    if (!isOneOfMany(this.#rule)) return NONE; // they know it themselves
    if (from < this.#from) {
      const [known, to] = [this.#cuts, this.#from];
      this.#from = from;
      this.#cuts = readCuts(this.#rule, from, to).then(async (more) => new Map([...(await known), ...more]));
    }
    const cuts = await this.#cuts;
    return new Map([...cuts].filter(([start]) => start >= from)); // other groups may have asked for more
  }
}

async function readCuts(rule: CompiledRule, from: number, to: number): Promise<Cuts> {
  const { windows } = await gatherContributions(rule, groupKey(rule, CENSUS), from, to);
  return cutsOf(rule, windows);
}

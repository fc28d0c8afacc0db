/**
 * Which partitions a rule has in a window, as the table knows it, for those who write: what will not be judged is not written.
 *
 * Each file leaves a sample of its partitions as a contribution, and those who judge read them all. Who writes reads one item
 * for each window, in which the samples are merged as they come. It may know less than there is (then more is written than
 * will be judged, which costs but changes nothing), and where it is missing the samples make it anew.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Entity } from 'electrodb';
import { type Backoff, concurrently, expiresAt, fullJitter, log } from '../../runtime/index.ts';
import {
  deleteAll,
  expiry,
  isConditionFailure,
  keyPartType,
  primary,
  SERVICE,
  table,
  timeKey,
} from '../../table/index.ts';
import { type CompiledRule, contributionLife } from '../collect/compile.ts';
import { OTHER } from '../collect/group-name.ts';
import {
  type Census,
  cutOf,
  EVERYONE,
  hashOfPartition,
  mergeCensuses,
  readCensus,
  writeCensus,
} from '../measure/census.ts';
import { type Contribution, readTally } from '../measure/tally.ts';
import { type ContributionKey, RuleContribution } from './contribution.ts';
import { type GroupKey, groupKey } from './group-key.ts';

/** Windows asked for at once; a file has few, each a small request. */
const AT_ONCE = 16;
/** Functions that write the same window at once are some ten; who never gets through leaves out what it knows. */
const ATTEMPTS = 12;
const BACKOFF: Backoff = { base: 20, cap: 500 };

/** The samples of a window's files merged into one. */
export const RuleCensus = new Entity({
  model: { entity: 'ruleCensus', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    group: { type: keyPartType, required: true },
    /** Start of the window, ms. */
    window: timeKey,
    /** JSON of what `writeCensus` wrote; equal ones are equal texts. */
    census: { type: 'string', required: true },
    expiresAt: expiry,
  },
  indexes: {
    byGroup: {
      pk: { ...primary.pk, composite: ['project', 'rule', 'version', 'group'] },
      sk: { ...primary.sk, composite: ['window'] },
    },
  },
});

interface WindowKey extends GroupKey {
  /** Start, ms. */
  readonly window: number;
}

/**
 * What of a file's contributions to a rule is worth writing: not what belongs to partitions that are known by now to be beyond
 * those the rule may have. More files only lower that bound, so what is left out is never wanted; and where a file that crowded
 * a window is overwritten later, the mark of this one says what is missing. An early rule can use what there is of any partition.
 */
export async function withinLimit(rule: CompiledRule, contributions: readonly Contribution[]): Promise<Contribution[]> {
  const cuts = new Map<number, number>();
  await concurrently(samplesOf(rule, contributions), AT_ONCE, async ({ key, census }) => {
    const { census: known } = await readWindow(key);
    cuts.set(key.window, cutOf(known === undefined ? census : mergeCensuses(census, known), rule.maxPartitions));
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

/** Lets those who write later know of a file's partitions. To be called once its contributions are written. Safe to repeat, and at once. */
export async function joinCensuses(rule: CompiledRule, contributions: readonly Contribution[]): Promise<void> {
  await concurrently(samplesOf(rule, contributions), AT_ONCE, async ({ key, census }) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (attempt > 0) await sleep(fullJitter(attempt, BACKOFF));
      const { census: known, text } = await readWindow(key);
      const joined = JSON.stringify(writeCensus(known === undefined ? census : mergeCensuses(census, known)));
      if (joined === text || (await writeWindow(rule, key, joined, text))) return;
    }
    log.warn('a sample of partitions was not merged: more is written than will be judged', {
      rule: rule.rule.id,
      window: key.window,
      attempts: ATTEMPTS,
    });
  });
}

/** Forgets the windows of a file's samples (others among its keys are left alone): the file says something else by now. */
export async function forgetCensuses(keys: readonly ContributionKey[]): Promise<void> {
  const { table: name } = table();
  const samples = keys.filter(({ partition }) => partition === OTHER);
  const deletions = samples.map(
    ({ partition: _, ...key }) =>
      RuleCensus.delete(key).params<{ Key: { pk: string; sk: string } }>({ table: name }).Key,
  );
  await deleteAll(deletions, table());
}

/** Of a rule that leaves anything out. */
function samplesOf(rule: CompiledRule, contributions: readonly Contribution[]): { key: WindowKey; census: Census }[] {
  if (rule.early) return [];
  return contributions.flatMap(({ group, window, tally: { census } }) =>
    census === undefined ? [] : [{ key: { ...groupKey(rule, group), window }, census }],
  );
}

/** What is known of a window, strongly consistent; `text` is what a write has to find unchanged, undefined where nothing is there. */
async function readWindow(key: WindowKey): Promise<{ census: Census | undefined; text: string | undefined }> {
  const { data } = await RuleCensus.get(key).go({ ...table(), consistent: true });
  if (data !== null) return { census: readCensus(JSON.parse(data.census)), text: data.census };
  const samples = await readSamples(key);
  return { census: samples.length === 0 ? undefined : samples.reduce(mergeCensuses), text: undefined };
}

/** Of the files of one window, strongly consistent. */
async function readSamples(key: WindowKey): Promise<Census[]> {
  const { data } = await RuleContribution.query
    .byGroup({ ...key, partition: OTHER })
    .go({ ...table(), pages: 'all', consistent: true, attributes: ['partition', 'tally'] });
  return data.flatMap(({ partition, tally }) => (partition === OTHER ? (readTally(tally).census ?? []) : []));
}

/** Whether nobody else has written meanwhile. */
async function writeWindow(
  rule: CompiledRule,
  key: WindowKey,
  census: string,
  over: string | undefined,
): Promise<boolean> {
  try {
    await RuleCensus.put({ ...key, census, expiresAt: expiresAt(key.window + contributionLife(rule)) })
      .where((known, { eq, notExists }) => (over === undefined ? notExists(known.census) : eq(known.census, over)))
      .go(table());
    return true;
  } catch (caught) {
    if (isConditionFailure(caught)) return false;
    throw caught;
  }
}

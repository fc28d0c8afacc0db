/**
 * The rule evaluator's work on one stream file: contributions, intake, deadlines, and the groups whose windows are final.
 */
import type { EventOf, Metadata, StreamFile, StreamFileReceived } from '../../event/index.ts';
import { type Clock, concurrently, hash, log, MillraceError, messageOf } from '../../runtime/index.ts';
import { type FileCounts, isDone, markDone, readStreamFile, SupersededFile } from '../../stream/index.ts';
import { fromKeyPart, type KeyPart } from '../../table/index.ts';
import { Collector } from '../collect/collect.ts';
import type { CompiledRule, StreamDefaults } from '../collect/compile.ts';
import { CENSUS, WHOLE_RULE } from '../collect/group-name.ts';
import type { RuleSet } from '../collect/rule-set.ts';
import type { PartlyJudged } from '../judge/evaluate.ts';
import { loadRules } from '../manage/repository.ts';
import type { Contribution } from '../measure/tally.ts';
import { joinCensuses, withinLimit } from '../state/census.ts';
import { contributionKeys, isInTime, writeContributions } from '../state/contribution.ts';
import { RuleCuts } from '../state/cuts.ts';
import { deleteDeadlines, dueTime, passedDeadlines, writeDeadlines } from '../state/deadline.ts';
import { groupKey } from '../state/group-key.ts';
import { openManifest } from '../state/manifest.ts';
import { spoilHours } from '../state/packed-hour.ts';
import { takeIn, Watermarks } from '../state/watermark.ts';
import { evaluateGroup } from './evaluate-group.ts';
import { HEALTH, healthOf, isFaultOfRule, ruleOfGroup } from './health.ts';
import { reportCrowded, reportFault } from './report-fault.ts';

const WORKFLOW = 'evaluator';
/** Groups evaluated at once: each is a few small requests, and the table takes 3,000 reads a second from one key. */
const PARALLEL = 16;
/** Rules written at once: one by one, the most that a file may bring (400,000 items) would wait for the table as long as a run may take. */
const WRITING = 4;

/** What evaluation needs to know of the streams; `idleTimeout` in ms. */
export interface EvaluationOptions {
  readonly layout: StreamDefaults;
  readonly idleTimeout: number;
  readonly now: Clock;
}

/** The groups of one rule, or of its health, that a file touches. */
interface Touched {
  readonly rule: CompiledRule;
  readonly contributions: readonly Pick<Contribution, 'group' | 'window'>[];
}

/**
 * Evaluates the rules of a file's project over it. Safe to repeat, in any order, at once.
 * A rule that fails raises an alert of its own and touches no other. Where the table or the network fails, the others go
 * on, and then the file is tried again.
 */
export async function evaluateFile(
  event: EventOf<typeof StreamFileReceived>,
  options: EvaluationOptions,
): Promise<void> {
  const { properties: file, metadata } = event;
  if (await isDone(WORKFLOW, file)) return;
  const now = options.now();
  const rules = await loadRules(file.project, options.layout, now);
  const relevant = rules.ofCollection(file.collection);
  const { counts, touched, close } = await contribute(file, metadata, rules, relevant, options);
  await settle(file, relevant, touched, options);
  await close();
  await markDone(WORKFLOW, file, { counts, outputs: [] });
}

/** What taking a file in came to. */
interface Taken {
  readonly counts: FileCounts;
  readonly touched: readonly Touched[];
  /** To be called once all that is touched is evaluated. */
  readonly close: () => Promise<void>;
}

/** Reads the file, writes what it contributes, and marks it as taken in. */
async function contribute(
  file: StreamFile,
  cause: Metadata,
  rules: RuleSet,
  relevant: readonly CompiledRule[],
  options: EvaluationOptions,
): Promise<Taken> {
  if (relevant.length === 0) {
    await takeIn(file, 0);
    const counts = { read: 0, accepted: 0, quarantined: 0, contributions: 0, late: 0, overflowed: 0 };
    return { counts, touched: [], close: async () => undefined };
  }
  const collector = new Collector(rules.candidates(file.collection), {
    id: fileId(file),
    interval: Date.parse(file.interval),
    receivedAt: Date.parse(file.receivedAt),
    collection: file.collection,
  });
  const counts = await read(file, cause, collector);
  const watermarks = new Watermarks(settling(options));
  const made: Made[] = [];
  let late = 0;
  let written = 0;
  for (const { rule, contributions } of collector.contributions()) {
    const timely = inTime(rule, contributions, await watermarks.ofRule(rule));
    late += contributions.length - timely.length;
    written += timely.length;
    made.push({ rule, contributions: timely, wanted: await withinLimit(rule, timely) });
  }
  const { touched, close } = await write(file, made, rules);
  const standing = await takeIn(file, late);
  return {
    counts: { ...counts, contributions: written + late - standing, late: standing, overflowed: collector.overflowed },
    touched,
    close,
  };
}

/** What a file says of a rule, or of its health. */
interface Made {
  readonly rule: CompiledRule;
  readonly contributions: readonly Contribution[];
  /** Those of them that can be of use; an earlier delivery may have written the others. */
  readonly wanted: readonly Contribution[];
}

/** Writes what a file contributes, and takes back what an overwritten version of it did. */
async function write(file: StreamFile, made: readonly Made[], rules: RuleSet): Promise<Omit<Taken, 'counts'>> {
  const id = fileId(file);
  const keys = made.flatMap(({ rule, contributions }) => contributionKeys(rule, contributions));
  const manifest = await openManifest(file, id, keys);
  await concurrently(made, WRITING, async ({ rule, wanted }) => await writeContributions(rule, id, wanted));
  await manifest.takeBack();
  await concurrently(made, WRITING, async ({ rule, wanted }) => await joinCensuses(rule, wanted));
  const takenBack = manifest.stale.flatMap((key): Touched[] => {
    const rule = rules.find(fromKeyPart(key.rule) ?? '', key.version);
    return rule === undefined ? [] : [{ rule: ruleOfGroup(rule, key.group), contributions: [key] }];
  });
  const touched = [...made.map(({ rule, wanted }): Touched => ({ rule, contributions: wanted })), ...takenBack];
  for (const { rule, contributions } of touched) await spoilHours(rule, contributions);
  return { touched, close: manifest.close };
}

function fileId({ bucket, key }: StreamFile): string {
  return hash(bucket, key);
}

function settling({ now, layout, idleTimeout }: EvaluationOptions) {
  return { now: now(), intervalLength: layout.intervalLength, idleTimeout };
}

async function read(file: StreamFile, cause: Metadata, collector: Collector): Promise<FileCounts> {
  try {
    return await readStreamFile(
      { file, workflow: WORKFLOW, cause },
      { record: (record, line) => collector.add(record, line) },
    );
  } catch (caught) {
    // No retry will read it: it must not hold up its stream until patience ends. Of an overwritten file only the newer version
    // counts, which may be taken in by now.
    const lost = caught instanceof MillraceError && !caught.retryable && !(caught instanceof SupersededFile);
    if (lost) await takeIn(file, 0);
    throw caught;
  }
}

/** Without what belongs to windows that are over, grace and all. */
function inTime(
  rule: CompiledRule,
  contributions: readonly Contribution[],
  watermark: number | undefined,
): Contribution[] {
  if (watermark === undefined) return [...contributions];
  return contributions.filter((contribution) => isInTime(rule, contribution, watermark));
}

/**
 * Evaluates every group of the relevant rules that can move: those the file touches and those with a deadline the
 * watermark has passed. What is not final yet gets a deadline; then the watermark is read once more, since another
 * file may have moved it before our deadlines could be seen.
 */
async function settle(
  file: StreamFile,
  relevant: readonly CompiledRule[],
  touched: readonly Touched[],
  options: EvaluationOptions,
): Promise<void> {
  const receivedAt = Date.parse(file.receivedAt);
  const watermarks = new Watermarks(settling(options));
  let waiting = false;
  await concurrently(touched, WRITING, async ({ rule, contributions }) => {
    const open = openWindows(rule, contributions, await watermarks.ofRule(rule));
    if (open.length === 0) return;
    waiting = true;
    const deadline = ({ group, windowEnd }: { group: KeyPart; windowEnd: number }) => ({
      group,
      windowEnd,
      due: dueTime(windowEnd, receivedAt, options.idleTimeout),
    });
    await writeDeadlines(groupKey(rule, WHOLE_RULE), open.map(deadline));
  });
  const latest = waiting ? new Watermarks(settling(options)) : watermarks;
  const failures: unknown[] = [];
  for (const rule of relevant) {
    try {
      const own = touched.filter((of) => of.rule === rule || of.rule === healthOf(rule));
      await settleRule(rule, own, latest, options);
    } catch (caught) {
      log.error('a rule could not be evaluated', {
        rule: rule.rule.id,
        version: rule.version,
        error: messageOf(caught),
      });
      if (isFaultOfRule(caught))
        await reportFault(rule, caught, { ...options, watermarks: latest, file: fileId(file), receivedAt });
      else failures.push(caught);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** The (group, watermark) pairs at which groups are to be looked at again: where their windows end and, early, begin. */
function openWindows(rule: CompiledRule, contributions: Touched['contributions'], watermark: number | undefined) {
  const open = new Map<string, { group: KeyPart; windowEnd: number }>();
  for (const { group, window } of contributions) {
    for (const windowEnd of rule.early ? [window, window + rule.grid.size] : [window + rule.grid.size]) {
      if (windowEnd > (watermark ?? Number.NEGATIVE_INFINITY)) open.set(`${windowEnd} ${group}`, { group, windowEnd });
    }
  }
  return [...open.values()];
}

async function settleRule(
  rule: CompiledRule,
  touched: readonly Touched[],
  watermarks: Watermarks,
  { now, idleTimeout }: EvaluationOptions,
): Promise<void> {
  const watermark = await watermarks.ofRule(rule);
  if (watermark === undefined) return;
  const passed = await passedDeadlines(rule, watermark);
  const ready = touched.flatMap(({ rule: { grid, early }, contributions }) =>
    contributions.filter(({ window }) => (early ? window : window + grid.size) <= watermark),
  );
  const groups = new Set([...ready, ...passed].map(({ group }) => group));
  const ended = passed.map(({ group, windowEnd }) => ({ group, window: windowEnd - rule.grid.size }));
  const time = { watermark, now: now(), idleTimeout, since: firstOf(CENSUS, [...ready, ...ended]) };
  const cuts = new RuleCuts(rule, watermark + 1);
  const partly: PartlyJudged[] = [];
  const isAiling = groups.delete(HEALTH);
  await concurrently(groups, PARALLEL, async (group) => {
    partly.push(...(await evaluateGroup(rule, group, time, cuts)));
  });
  await reportCrowded(rule, partly, time);
  // last, so that it knows what the others found
  if (isAiling && partly.length === 0) await evaluateGroup(healthOf(rule), HEALTH, time);
  await deleteDeadlines(passed);
}

/** Start of the first window of a group; Infinity where it has none. */
function firstOf(group: KeyPart, windows: Touched['contributions']): number {
  return windows.reduce(
    (first, one) => (one.group === group ? Math.min(first, one.window) : first),
    Number.POSITIVE_INFINITY,
  );
}

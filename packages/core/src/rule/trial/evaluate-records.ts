/**
 * A rule over records in memory, with no table: the same collecting, merging and stepping as over files.
 */
import type { AlertEpisodeSnapshot, Event, EventOf, RuleAlertRevised } from '../../event/index.ts';
import { MINUTE } from '../../runtime/index.ts';
import { type JsonObject, parsePath } from '../../stream/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { Candidates } from '../collect/candidates.ts';
import { Collector } from '../collect/collect.ts';
import { type CompiledRule, compileRule, type StreamDefaults } from '../collect/compile.ts';
import { CENSUS } from '../collect/group-name.ts';
import type { Rule } from '../definition/schema.ts';
import type { Windows } from '../judge/cells.ts';
import { cutsOf, withinCuts } from '../judge/crowd.ts';
import { eventOf, snapshot } from '../judge/episode.ts';
import { evaluate, type Kept, NEW_GROUP, raisedAhead, run, UNBEGUN } from '../judge/evaluate.ts';
import type { Outcome } from '../judge/machine.ts';
import type { Window } from '../judge/window.ts';
import type { Contribution, Tally } from '../measure/tally.ts';
import { addTally, isInTime } from '../state/contribution.ts';

/** Records as they lie in one file; times in ms. */
export interface RecordFile {
  readonly records: readonly JsonObject[];
  /** Start of the interval it holds: where records tell no time, they are of this one. */
  readonly interval?: number;
  readonly receivedAt?: number;
  /** The rule's first where absent. */
  readonly collection?: string;
}

export interface RecordOptions extends Partial<StreamDefaults> {
  /** Watermark, ms; the end of the last window with a record where absent. */
  readonly until?: number;
  /**
   * For each record, the start (ms) of the interval whose file it came in. With it they come as they do live: file after file
   * in order of interval, each moving the watermark to its end, so that late records revise or are dropped. Without it all of
   * them are there in time.
   */
  readonly intervals?: readonly number[];
}

/** What late records changed of an episode that was announced. */
export type EpisodeRevision = EventOf<typeof RuleAlertRevised>['properties'];

/** An episode as it was raised; as it was resolved, where it ended; and what was revised, in order. */
export interface Episode {
  readonly raised: AlertEpisodeSnapshot;
  readonly resolved?: AlertEpisodeSnapshot;
  readonly revised?: readonly EpisodeRevision[];
}

/** What one window said of one group. */
export interface Point extends Outcome {
  readonly window: Window;
}

/** What came of the records: episodes in order of their start, and for each group the windows that were looked at. */
export interface RecordEvaluation {
  readonly episodes: readonly Episode[];
  readonly series: readonly {
    readonly group: string;
    readonly values: readonly string[];
    readonly points: readonly Point[];
  }[];
}

/** Event times of Keen streams, in 5-minute intervals. */
const DEFAULTS: StreamDefaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };

/** Evaluates a rule over records, as if they had come in one file or, with `intervals`, one file after the other. */
export function evaluateRecords(
  rule: Rule,
  records: readonly JsonObject[],
  { intervals, ...options }: RecordOptions = {},
): RecordEvaluation {
  if (intervals === undefined) return evaluateRecordFiles(rule, [{ records }], options);
  const files = new Map<number, JsonObject[]>();
  for (const [n, record] of records.entries()) {
    const interval = intervals[n] ?? 0;
    const held = files.get(interval) ?? [];
    held.push(record);
    files.set(interval, held);
  }
  const inOrder = [...files].sort(([a], [b]) => a - b).map(([interval, held]) => ({ interval, records: held }));
  const compiled = compileRule({ rule, version: 1 }, { ...DEFAULTS, ...options });
  return evaluateLive(compiled, inOrder, options.until);
}

/** File after file. */
function evaluateLive(
  rule: CompiledRule,
  files: readonly (RecordFile & { readonly interval: number })[],
  until: number | undefined,
): RecordEvaluation {
  const groups: Groups = new Map();
  const kept = new Map<KeyPart, Kept>();
  const episodes = new Map<string, Episode>();
  const advanceTo = (watermark: number) => {
    for (const [name, group] of judgedGroups(rule, groups)) {
      const next = evaluate(rule, kept.get(name) ?? NEW_GROUP, group.windows, watermark);
      kept.set(name, next);
      for (const news of next.news) tell(episodes, eventOf({ rule, group: name, values: group.values }, news));
    }
  };
  let watermark = Number.NEGATIVE_INFINITY;
  for (const [n, file] of files.entries()) {
    for (const contribution of contributionsOf(rule, file, String(n))) {
      if (isInTime(rule, contribution, watermark)) addContribution(rule, groups, contribution);
    }
    watermark = Math.max(watermark, file.interval + rule.intervalLength - rule.allowedLateness);
    advanceTo(watermark);
  }
  const end = until ?? lastEnd(rule, groups);
  if (end > watermark) advanceTo(end);
  const { series } = evaluateGroups(rule, groups, Math.max(end, watermark));
  return { episodes: [...episodes.values()].sort(byStart), series };
}

/** Puts what an event says to its episode. */
function tell(episodes: Map<string, Episode>, event: Event): void {
  const said = event.properties as EpisodeRevision; // eventOf makes no others
  const known = episodes.get(said.episode);
  if (event.type === 'rule.alert_raised' || known === undefined) episodes.set(said.episode, { ...known, raised: said });
  else if (event.type === 'rule.alert_resolved') episodes.set(said.episode, { ...known, resolved: said });
  else episodes.set(said.episode, { ...known, revised: [...(known.revised ?? []), said] });
}

/**
 * Evaluates a rule over records as they lie in files; in what order they come changes nothing, nor how they are cut while no window
 * has more partitions than the rule may have.
 */
export function evaluateRecordFiles(
  rule: Rule,
  files: readonly RecordFile[],
  options: RecordOptions = {},
): RecordEvaluation {
  const compiled = compileRule({ rule, version: 1 }, { ...DEFAULTS, ...options });
  const groups: Groups = new Map();
  for (const [n, file] of files.entries()) {
    for (const contribution of contributionsOf(compiled, file, String(n)))
      addContribution(compiled, groups, contribution);
  }
  return evaluateGroups(compiled, groups, options.until ?? lastEnd(compiled, groups));
}

/** End of the last cell with a record, ms. */
function lastEnd({ grid }: CompiledRule, groups: Groups): number {
  let last = 0;
  for (const { windows } of groups.values()) for (const start of windows.keys()) last = Math.max(last, start);
  return last + grid.size;
}

/** Evaluates all groups of a rule up to the watermark `until` (ms). */
export function evaluateGroups(compiled: CompiledRule, groups: Groups, until: number): RecordEvaluation {
  const judged = [...judgedGroups(compiled, groups)].sort(([a], [b]) => (a < b ? -1 : 1));
  const evaluated = judged.map(([name, group]) => evaluateOne(compiled, name, group, until));
  return {
    episodes: evaluated.flatMap(({ episodes }) => episodes).sort(byStart),
    series: evaluated.map(({ series }) => series),
  };
}

/** The groups as they are to be judged: without partitions beyond those the rule may have. */
function* judgedGroups(rule: CompiledRule, groups: Groups): Generator<[KeyPart, Judged]> {
  const cuts = cutsOf(rule, groups.get(CENSUS)?.windows ?? new Map());
  for (const [name, { values, windows }] of groups) {
    if (name !== CENSUS) yield [name, { values, windows: withinCuts(rule, name, windows, cuts) }];
  }
}

interface Judged {
  readonly values: readonly string[];
  readonly windows: Windows;
}

interface Group extends Judged {
  readonly windows: Map<number, Map<KeyPart, Tally>>;
}
/** What all files said, by group. */
export type Groups = Map<KeyPart, Group>;

/** What a file says of a rule. */
export function contributionsOf(
  rule: CompiledRule,
  { records, interval = 0, receivedAt, collection = rule.rule.source.collections[0] ?? '' }: RecordFile,
  id: string,
): Contribution[] {
  const source = { id, interval, receivedAt: receivedAt ?? Number.MAX_SAFE_INTEGER / 2, collection };
  const collector = new Collector(new Candidates([rule]), source);
  for (const [row, record] of records.entries()) collector.add(record, row);
  return [...collector.contributions()].filter((of) => of.rule === rule).flatMap(({ contributions }) => contributions);
}

/** Adds what one file said. */
export function addContribution(
  rule: CompiledRule,
  groups: Groups,
  { group, values, window, partition, tally }: Contribution,
) {
  const known: Group = groups.get(group) ?? { values: rule.whole ? [] : values, windows: new Map() };
  groups.set(group, known);
  addTally(rule, known.windows, window, partition, tally);
}

function evaluateOne(rule: CompiledRule, group: KeyPart, { values, windows }: Judged, until: number) {
  const points: Point[] = [];
  const { standing, transitions } = run(rule, UNBEGUN, windows, until, ({ window, outcome }) =>
    points.push({ window, ...outcome }),
  );
  const episodes = new Map<string, Episode>();
  for (const transition of [...transitions, ...raisedAhead(rule, standing, windows, until)]) {
    const said = snapshot({ rule, group, values }, transition);
    const raised = episodes.get(said.episode)?.raised;
    episodes.set(said.episode, raised === undefined ? { raised: said } : { raised, resolved: said });
  }
  return { episodes: [...episodes.values()], series: { group, values, points } };
}

function byStart(a: Episode, b: Episode): number {
  const [left, right] = [a, b].map(({ raised }) => `${raised.startedAt} ${raised.episode}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

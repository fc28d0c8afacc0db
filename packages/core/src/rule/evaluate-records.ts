/**
 * A rule over records in memory, with no table: the same collecting, merging and stepping as over files.
 */
import type { AlertEpisodeSnapshot } from '../event/index.ts';
import { MINUTE } from '../runtime/index.ts';
import { type JsonObject, parsePath } from '../stream/index.ts';
import type { KeyPart } from '../table/index.ts';
import { Candidates } from './candidates.ts';
import { Collector } from './collect.ts';
import { type CompiledRule, compileRule, type StreamDefaults } from './compile.ts';
import { addTally } from './contribution.ts';
import { snapshot } from './episode.ts';
import { run, UNBEGUN } from './evaluate.ts';
import type { Outcome } from './machine.ts';
import type { Rule } from './schema.ts';
import type { Contribution, Tally } from './tally.ts';
import type { Window } from './window.ts';

/** Records as they lie in one file; times in ms. */
export interface RecordFile {
  readonly records: readonly JsonObject[];
  /** Start of the interval it holds: where records tell no time, they are of this one. */
  readonly interval?: number;
  readonly receivedAt?: number;
}

export interface RecordOptions extends Partial<StreamDefaults> {
  /** Watermark, ms; the end of the last window with a record where absent. */
  readonly until?: number;
}

/** An episode as it was raised and, where it ended, as it was resolved. */
export interface Episode {
  readonly raised: AlertEpisodeSnapshot;
  readonly resolved?: AlertEpisodeSnapshot;
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

/** Evaluates a rule over records, as if they had come in one file. */
export function evaluateRecords(
  rule: Rule,
  records: readonly JsonObject[],
  options: RecordOptions = {},
): RecordEvaluation {
  return evaluateRecordFiles(rule, [{ records }], options);
}

/** Evaluates a rule over records as they lie in files; how they are cut and in what order they come changes nothing. */
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
  let last = 0;
  for (const { windows } of groups.values()) for (const start of windows.keys()) last = Math.max(last, start);
  return evaluateGroups(compiled, groups, options.until ?? last + compiled.grid.size);
}

/** Evaluates all groups of a rule up to the watermark `until` (ms). */
export function evaluateGroups(compiled: CompiledRule, groups: Groups, until: number): RecordEvaluation {
  const names = [...groups.keys()].sort();
  const evaluated = names.map((name) => evaluateOne(compiled, name, groups.get(name) ?? EMPTY, until));
  return {
    episodes: evaluated.flatMap(({ episodes }) => episodes).sort(byStart),
    series: evaluated.map(({ series }) => series),
  };
}

interface Group {
  readonly values: readonly string[];
  readonly windows: Map<number, Map<KeyPart, Tally>>;
}
/** What all files said, by group. */
export type Groups = Map<KeyPart, Group>;
const EMPTY: Group = { values: [], windows: new Map() };

function contributionsOf(
  rule: CompiledRule,
  { records, interval = 0, receivedAt }: RecordFile,
  id: string,
): Contribution[] {
  const source = { id, interval, receivedAt: receivedAt ?? Number.MAX_SAFE_INTEGER / 2 };
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

function evaluateOne(rule: CompiledRule, group: KeyPart, { values, windows }: Group, until: number) {
  const points: Point[] = [];
  const { transitions } = run(rule, UNBEGUN, windows, until, (window, { outcome }) =>
    points.push({ window, ...outcome }),
  );
  const episodes = new Map<number, Episode>();
  for (const transition of transitions) {
    const episode = snapshot({ rule, group, values }, transition);
    const raised = episodes.get(transition.opened)?.raised;
    episodes.set(transition.opened, raised === undefined ? { raised: episode } : { raised, resolved: episode });
  }
  return { episodes: [...episodes.values()], series: { group, values, points } };
}

function byStart(a: Episode, b: Episode): number {
  const [left, right] = [a, b].map(({ raised }) => `${raised.startedAt} ${raised.episode}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

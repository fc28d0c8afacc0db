/**
 * What a rule's keys ask of one another: each contradiction by the path it is found at, with its remedy.
 */
import { milliseconds } from '../../runtime/index.ts';
import { MAX_KEYS } from '../measure/kept.ts';
import { undoneBy } from './certain.ts';
import type { Level, Shape } from './shape.ts';
import { MAX_BASELINE, type Signal } from './signal-schema.ts';
import { isKnownPlaceholder, placeholdersOf } from './template.ts';

type Path = (string | number)[];
export type Issue = (path: Path, message: string) => void;

/** Panes of a sliding window: contributions a single reading may have to merge. */
const MAX_PANES = 288;
const ordering = new Set<string>(['lt', 'lte', 'gt', 'gte']);

/** Tells `issue` of each contradiction. */
export function contradictions(rule: Shape, issue: Issue): void {
  windowIssues(rule, issue);
  signalIssues(rule, issue);
  quantifierIssues(rule, issue);
  timingIssues(rule, issue);
  notifyIssues(rule, issue);
  earlyIssues(rule, issue);
  dedupeIssues(rule, issue);
  testIssues(rule, issue);
  for (const name of placeholdersOf(rule.template)) {
    if (!isKnownPlaceholder(name, rule))
      issue(['template'], `{${name}} is not known; see the placeholders in the schema`);
  }
}

/** What every alert can be grouped by, beside its labels and the paths of its partition. */
const ALWAYS = ['project', 'rule', 'severity', 'partition'];

function notifyIssues({ notify, labels, partitionBy = [] }: Shape, issue: Issue): void {
  const known = [...ALWAYS, ...partitionBy, ...Object.keys(labels)];
  for (const [n, name] of (notify.groupBy ?? []).entries()) {
    if (!known.includes(name))
      issue(['notify', 'groupBy', n], `alerts of this rule have no label of that name; they have ${known.join(', ')}`);
  }
}

/** A value that is compared with any literal, not a number. */
function isLiteral({ signal }: Shape): boolean {
  return signal.kind === 'aggregate' && (signal.aggregate.fn === 'latest' || signal.aggregate.fn === 'first');
}

/** The kinds of window a signal can be measured in; the first is what an error proposes. Empty: none at all. */
function windowsOf(signal: Signal): readonly string[] {
  switch (signal.kind) {
    case 'change':
      return ['tumbling'];
    case 'absence':
      return ['tumbling', 'sliding'];
    case 'match':
      return ['tumbling', 'sliding', 'session'];
    case 'sequence':
      return [];
    default: {
      const literal = signal.kind === 'aggregate' && ['first', 'latest'].includes(signal.aggregate.fn);
      return literal ? ['tumbling', 'sliding', 'session'] : ['tumbling', 'sliding', 'session', 'count'];
    }
  }
}

function windowIssues({ signal, window }: Shape, issue: Issue): void {
  const able = windowsOf(signal);
  if (window === undefined) {
    const optional =
      signal.kind === 'match' ||
      signal.kind === 'sequence' ||
      (signal.kind === 'aggregate' && signal.aggregate.fn === 'latest');
    if (!optional)
      issue(
        ['window'],
        'only "match", "sequence" and "latest" work without a window; add {"kind": "tumbling", "size": "5m"}',
      );
    return;
  }
  if (able.length === 0) issue(['window'], 'a sequence has its "within"; leave the window out');
  else if (!able.includes(window.kind))
    issue(['window', 'kind'], `${signal.kind} is not measured in a ${window.kind} window; use ${able.join(' or ')}`);
  switch (window.kind) {
    case 'tumbling':
      if (window.offset !== undefined && milliseconds(window.offset) >= milliseconds(window.size))
        issue(['window', 'offset'], 'an offset is shorter than the window');
      return;
    case 'sliding': {
      const panes = milliseconds(window.size) / milliseconds(window.hop);
      if (!Number.isInteger(panes) || panes < 2)
        issue(['window', 'hop'], 'the size is a multiple of the hop, and not the same; try a fifth of it');
      if (panes > MAX_PANES) issue(['window', 'hop'], `at most ${MAX_PANES} hops make a window; use a longer hop`);
      return;
    }
    case 'session':
      rateIssue(signal, issue);
      if (milliseconds(window.max) < milliseconds(window.gap))
        issue(['window', 'max'], 'a session may be at least as long as its gap');
      return;
    case 'count':
      rateIssue(signal, issue);
  }
}

function rateIssue(signal: Signal, issue: Issue): void {
  if (signal.kind === 'aggregate' && signal.aggregate.fn === 'rate')
    issue(['signal', 'aggregate', 'fn'], 'a rate is over windows of one length; use a tumbling or a sliding one');
}

function signalIssues(rule: Shape, issue: Issue): void {
  const { signal, window } = rule;
  switch (signal.kind) {
    case 'aggregate':
      literalIssues(rule, signal, issue);
      return;
    case 'change':
      if (window?.kind === 'tumbling') changeIssues(signal, milliseconds(window.size), issue);
      return;
    case 'absence':
      absenceIssues(rule, signal.expect, issue);
      return;
    case 'sequence':
      sequenceIssues(rule, signal, issue);
  }
}

function literalIssues(
  rule: Shape,
  { aggregate, compare }: Extract<Signal, { kind: 'aggregate' }>,
  issue: Issue,
): void {
  const at = ['signal', 'compare', 'value'];
  if (!isLiteral(rule)) {
    if (typeof compare.value !== 'number') issue(at, `${aggregate.fn} is a number; compare it with one`);
  } else if (ordering.has(compare.op) && !['number', 'string'].includes(typeof compare.value)) {
    issue(at, `${compare.op} orders numbers or strings; use eq or neq`);
  }
}

function changeIssues({ against, as }: Extract<Signal, { kind: 'change' }>, size: number, issue: Issue): void {
  const at = ['signal', 'against'];
  if (as === 'zscore' && (typeof against === 'string' || 'offset' in against || against.movingAverage < 2)) {
    issue(at, 'standard deviations need the spread of several windows; use {"movingAverage": 12}');
  }
  if (typeof against === 'string' || !('offset' in against)) return;
  const windows = milliseconds(against.offset) / size;
  if (!Number.isInteger(windows)) issue(at, 'an offset is a multiple of the window');
  if (windows > MAX_BASELINE) issue(at, `an offset is at most ${MAX_BASELINE} windows; use longer windows`);
}

function absenceIssues(
  { partitionBy = [], window, noData }: Shape,
  expect: Extract<Signal, { kind: 'absence' }>['expect'],
  issue: Issue,
): void {
  if (noData !== 'ok') issue(['noData'], 'an absence is about windows without data; leave it out');
  if (expect === 'any') {
    if (partitionBy.length > 0)
      issue(['partitionBy'], 'partitions come and go; expect {"seenWithin": "1d"}, or {"values": […]}');
  } else if ('values' in expect) {
    if (partitionBy.length !== 1) issue(['partitionBy'], 'expected values are those of one path; write ["machineId"]');
  } else {
    if (partitionBy.length === 0) issue(['partitionBy'], 'what was seen is a partition; write its paths');
    const size = window?.kind === 'tumbling' || window?.kind === 'sliding' ? milliseconds(window.size) : 0;
    if (milliseconds(expect.seenWithin) <= size)
      issue(['signal', 'expect', 'seenWithin'], 'longer than the window, or nothing could be missed');
  }
}

function sequenceIssues(
  { source, noData }: Shape,
  { steps, ordered }: Extract<Signal, { kind: 'sequence' }>,
  issue: Issue,
): void {
  const at = ['signal', 'steps'];
  if (noData !== 'ok') issue(['noData'], 'a sequence is matched or is not; leave it out');
  if (new Set(steps.map(({ id }) => id)).size < steps.length) issue(at, 'two steps have the same id');
  const present = steps.filter(({ absent }) => absent === undefined);
  if (present.length === 0) issue(at, 'all steps are absent; use the signal "absence"');
  if (ordered && steps[0]?.absent === true)
    issue([...at, 0], 'a sequence begins with what is there; put the absent step behind it');
  for (const [n, step] of steps.entries()) {
    if (step.absent === true && step.count !== undefined) issue([...at, n, 'count'], 'of an absent step there is none');
    const unread = step.source.collections?.find((collection) => !source.collections.includes(collection));
    if (unread !== undefined)
      issue([...at, n, 'source', 'collections'], `the rule does not read ${unread}; add it to source.collections`);
  }
}

function quantifierIssues(rule: Shape, issue: Issue): void {
  const { quantifier, signal, window, partitionBy } = rule;
  if (quantifier === 'each') return;
  if (rule.recover !== undefined)
    issue(['recover'], 'partitions judged together recover together; use "each", or keepFiringFor');
  if (signal.kind === 'change')
    issue(['quantifier'], 'a change is judged for each partition by its own history; use "each"');
  if (signal.kind === 'absence' || signal.kind === 'sequence')
    issue(['quantifier'], `${signal.kind} is judged for each partition; use "each"`);
  if (window?.kind === 'session' || window?.kind === 'count')
    issue(['quantifier'], `a ${window.kind} window is each partition's own; use "each"`);
  if (partitionBy === undefined)
    issue(['partitionBy'], 'a quantifier over partitions needs the paths that tell them apart');
}

function timingIssues(rule: Shape, issue: Issue): void {
  const { signal, window, mOfN, levels } = rule;
  const threshold = 'compare' in signal && !isLiteral(rule);
  if (rule.recover !== undefined && !threshold)
    issue(['recover'], 'recovery is a threshold of a number; use keepFiringFor');
  if (levels !== undefined) {
    if (!threshold) issue(['levels'], 'levels are thresholds of a number; write a rule for each severity');
    if (new Set([rule.severity, ...levels.map(({ severity }) => severity)]).size <= levels.length)
      issue(['levels'], 'each severity has one level');
    if (rule.quantifier !== 'each' && levels.some(({ recover }) => recover !== undefined))
      issue(['levels'], 'partitions judged together recover together; use "each", or keepFiringFor');
  }
  if (mOfN !== undefined && mOfN.m > mOfN.n) issue(['mOfN', 'm'], 'm of n windows: m is at most n');
  if (mOfN !== undefined && rule.for !== undefined)
    issue(['for'], 'mOfN says how many windows have to breach; use one of the two');
  if (window?.kind === 'session' && (mOfN ?? rule.for) !== undefined)
    issue([mOfN === undefined ? 'for' : 'mOfN'], 'sessions do not follow one another in time; leave it out');
}

function earlyIssues(rule: Shape, issue: Issue): void {
  if (rule.early === undefined) return;
  const at = ['early'];
  const { window, quantifier, mOfN, for: held, signal, levels = [] } = rule;
  const undoing = [rule, ...levels.map((level) => withCompare(rule, level.compare))].map(undoneBy);
  const why = undoing.find((text) => text !== undefined);
  if (why !== undefined) issue(at, `${why}; or leave early out`);
  if (quantifier !== 'each') issue(at, 'partitions judged together are judged when their window is over; use "each"');
  if (mOfN !== undefined || held !== undefined)
    issue(at, `${held === undefined ? 'mOfN' : 'for'} waits for windows to be over; leave one of the two out`);
  if (window?.kind === 'session' || window?.kind === 'count')
    issue(at, `a ${window.kind} window has no threshold before it is over; use a tumbling or a sliding one`);
  if (signal.kind !== 'match' && window === undefined)
    issue(at, 'without a window nothing is waited for; leave it out');
}

/** Panes of a sliding window whose keys are merged for every one of its ends. */
const MAX_PANES_OF_KEYS = 24;

function dedupeIssues({ dedupeBy, signal, window }: Shape, issue: Issue): void {
  if (dedupeBy === undefined) return;
  const at = ['dedupeBy'];
  if (signal.kind === 'match' || signal.kind === 'absence')
    issue(at, `"${signal.kind}" is the same however often a record comes; leave it out`);
  else if (signal.kind === 'sequence') issue(at, 'a sequence takes its records one by one; leave it out');
  else if (signal.kind === 'aggregate' && (signal.aggregate.fn === 'first' || signal.aggregate.fn === 'latest'))
    issue(at, `"${signal.aggregate.fn}" is one record however often it comes; leave it out`);
  else if (window !== undefined && window.kind !== 'tumbling' && window.kind !== 'sliding')
    issue(at, `a ${window.kind} window keeps no keys; use a tumbling or a sliding one`);
  if (window?.kind === 'sliding' && milliseconds(window.size) / milliseconds(window.hop) > MAX_PANES_OF_KEYS)
    issue(['window', 'hop'], `with dedupeBy at most ${MAX_PANES_OF_KEYS} hops make a window; use a longer hop`);
  const counted = signal.kind === 'aggregate' && signal.aggregate.fn === 'count' ? signal.compare.value : 0;
  if (typeof counted === 'number' && counted > MAX_KEYS)
    issue(['signal', 'compare', 'value'], `dedupeBy tells ${MAX_KEYS} records apart; use "distinct" for more`);
}

function withCompare(rule: Shape, compare: Level['compare']): Pick<Shape, 'signal' | 'source' | 'dedupeBy'> {
  const { signal } = rule;
  return signal.kind === 'aggregate' || signal.kind === 'schema' ? { ...rule, signal: { ...signal, compare } } : rule;
}

function testIssues({ source, tests }: Shape, issue: Issue): void {
  for (const [n, { records }] of tests.entries()) {
    if (Array.isArray(records)) continue;
    const unread = Object.keys(records).find((collection) => !source.collections.includes(collection));
    if (unread !== undefined)
      issue(
        ['tests', n, 'records'],
        `the rule does not read ${unread}; its tests name collections of source.collections`,
      );
  }
}

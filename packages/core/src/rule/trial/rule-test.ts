/**
 * The tests a rule carries: records in, episodes out. Pure.
 */

import type { Rule, RuleTest } from '../definition/schema.ts';
import { type Episode, evaluateRecordFiles, type RecordFile, type RecordOptions } from './evaluate-records.ts';

/** What came of one test; `problems` is empty where it passed, and says in words what differs where not. */
export interface RuleTestResult {
  readonly name: string;
  readonly problems: readonly string[];
}

/** Runs the tests of a rule. `defaults` are those of the streams it reads. */
export function testRule(rule: Rule, defaults: Omit<RecordOptions, 'until'> = {}): RuleTestResult[] {
  return rule.tests.map((test) => ({ name: test.name, problems: problemsOf(rule, test, defaults) }));
}

function problemsOf(rule: Rule, test: RuleTest, defaults: Omit<RecordOptions, 'until'>): string[] {
  const until = test.until === undefined ? {} : { until: Date.parse(test.until) };
  const { episodes } = evaluateRecordFiles(rule, filesOf(test), { ...defaults, ...until });
  const problems = test.episodes.flatMap((expected, n) => {
    const found = episodes[n];
    if (found === undefined) return [`episode ${n + 1} from ${expected.startedAt} is missing`];
    return differencesOf(expected, found).map((text) => `episode ${n + 1}: ${text}`);
  });
  const more = episodes
    .slice(test.episodes.length)
    .map(({ raised }) => `nobody expected the episode from ${raised.startedAt}: ${raised.summary}`);
  return [...problems, ...more];
}

/** One file a collection. */
function filesOf({ records }: RuleTest): RecordFile[] {
  if (Array.isArray(records)) return [{ records }];
  return Object.entries(records).map(([collection, held]) => ({ collection, records: held }));
}

function differencesOf(expected: RuleTest['episodes'][number], { raised, resolved }: Episode): string[] {
  const time = (text: string | null | undefined) => (typeof text === 'string' ? Date.parse(text) : text);
  const pairs: [string, unknown, unknown][] = [
    ['startedAt', time(expected.startedAt), time(raised.startedAt)],
    ['resolvedAt', time(expected.resolvedAt), time(resolved?.resolvedAt ?? null)],
    ['severity', expected.severity, raised.severity],
    ['value', expected.value, raised.value],
    ['summary', expected.summary, raised.summary],
    ...Object.entries(expected.partition ?? {}).map(([path, value]): [string, unknown, unknown] => [
      `partition ${path}`,
      value,
      raised.partition[path],
    ]),
  ];
  return pairs
    .filter(([, wanted, found]) => wanted !== undefined && wanted !== found)
    .map(([what, wanted, found]) => `${what} is ${shown(what, found)}, not ${shown(what, wanted)}`);
}

function shown(what: string, value: unknown): string {
  if (what.endsWith('At') && typeof value === 'number') return new Date(value).toISOString();
  return value === null ? 'not there' : (JSON.stringify(value) ?? 'not there');
}

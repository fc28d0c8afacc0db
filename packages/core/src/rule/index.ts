/**
 * The rule engine: rules as data, evaluated in event time over stream files.
 *
 * definition/ what a rule is, and how it is read. measure/ what records add up to, and what a signal says of that. collect/
 * rules compiled, and one pass over a file's records. judge/ windows one after the other, and what they do to a state; pure.
 * state/ what is kept in the table. run/ the evaluator's and the ticker's work. manage/ rules in the table, by version.
 * trial/ a rule over records or files, with nothing written. series/ where a rule stands, for enrichments.
 */

export { Collector } from './collect/collect.ts';
export { type CompiledRule, compileRule, type StreamDefaults, type VersionedRule } from './collect/compile.ts';
export { compile, RuleSet } from './collect/rule-set.ts';
export { ruleJsonSchema } from './definition/json-schema.ts';
export { defineRule, defineRules, InvalidRule, parseRule } from './definition/parse.ts';
export { Rule, type RuleInput } from './definition/schema.ts';
export { RuleClosing } from './manage/closing.ts';
export type { Difference, RuleChange } from './manage/plan.ts';
export {
  type Applied,
  type ApplyOptions,
  applyRules,
  enableRule,
  listRules,
  planRules,
  RuleChanged,
  StoredRule,
  UnknownRule,
} from './manage/repository.ts';
export { RuleRevision, ruleHistory } from './manage/revision.ts';
export { type EvaluationOptions, evaluateFile } from './run/evaluate-file.ts';
export { type Ticked, type TickOptions, tick } from './run/tick.ts';
export { RuleCensus } from './state/census.ts';
export { RuleContribution } from './state/contribution.ts';
export { RuleDeadline } from './state/deadline.ts';
export { RuleManifest } from './state/manifest.ts';
export { RulePackedHour, RulePackMark } from './state/packed-hour.ts';
export { RulePartition } from './state/partition.ts';
export { RuleIntake, RuleMark } from './state/watermark.ts';
export { type Backtest, type BacktestOptions, backtest, InvalidPeriod } from './trial/backtest.ts';
export {
  type Episode,
  type EpisodeRevision,
  evaluateRecordFiles,
  evaluateRecords,
  type Point,
  type RecordEvaluation,
  type RecordFile,
  type RecordOptions,
} from './trial/evaluate-records.ts';
export { type RuleTestResult, testRule } from './trial/rule-test.ts';

/**
 * The rule engine: rules as data, evaluated in event time over stream files.
 */

export { type Backtest, type BacktestOptions, backtest, InvalidPeriod } from './backtest.ts';
export { RuleClosing } from './closing.ts';
export { Collector } from './collect.ts';
export { type CompiledRule, compileRule, type StreamDefaults, type VersionedRule } from './compile.ts';
export { RuleContribution } from './contribution.ts';
export { RuleDeadline } from './deadline.ts';
export { type EvaluationOptions, evaluateFile } from './evaluate-file.ts';
export {
  type Episode,
  type EpisodeRevision,
  evaluateRecordFiles,
  evaluateRecords,
  type Point,
  type RecordEvaluation,
  type RecordFile,
  type RecordOptions,
} from './evaluate-records.ts';
export { ruleJsonSchema } from './json-schema.ts';
export { RuleManifest } from './manifest.ts';
export { defineRule, defineRules, InvalidRule, parseRule } from './parse.ts';
export { RulePartition } from './partition.ts';
export type { Difference, RuleChange } from './plan.ts';
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
} from './repository.ts';
export { RuleRevision, ruleHistory } from './revision.ts';
export { compile, RuleSet } from './rule-set.ts';
export { type RuleTestResult, testRule } from './rule-test.ts';
export { Rule, type RuleInput } from './schema.ts';
export { type Ticked, type TickOptions, tick } from './tick.ts';
export { RuleIntake, RuleMark } from './watermark.ts';

/**
 * The rule engine: rules as data, evaluated in event time over stream files.
 */
export { type CompiledRule, compileRule, RuleSet, type StreamDefaults, type VersionedRule } from './compile.ts';
export { RuleContribution } from './contribution.ts';
export { RuleDeadline } from './deadline.ts';
export { type EvaluationOptions, evaluateFile } from './evaluate-file.ts';
export {
  type Episode,
  evaluateRecordFiles,
  evaluateRecords,
  type Point,
  type RecordEvaluation,
  type RecordFile,
  type RecordOptions,
} from './evaluate-records.ts';
export { defineRules, InvalidRule, parseRule } from './parse.ts';
export { RulePartition } from './partition.ts';
export { type Applied, applyRules, listRules, StoredRule } from './repository.ts';
export { Rule, type RuleInput } from './schema.ts';
export { type Ticked, type TickOptions, tick } from './tick.ts';
export { RuleIntake, RuleMark } from './watermark.ts';

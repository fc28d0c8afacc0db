/**
 * How rule versions and their groups are named in the table.
 */
import { type KeyPart, keyPart } from '../../table/index.ts';
import type { CompiledRule } from '../collect/compile.ts';

/** Names a version of a rule in the table. */
export interface RuleKey {
  readonly project: KeyPart;
  readonly rule: KeyPart;
  readonly version: number;
}

/** Where a group lies in the table; its state and its contributions share this partition key. */
export interface GroupKey extends RuleKey {
  readonly group: KeyPart;
}

export function groupKey({ rule, version }: CompiledRule, group: KeyPart): GroupKey {
  return { project: keyPart(rule.project), rule: keyPart(rule.id), version, group };
}

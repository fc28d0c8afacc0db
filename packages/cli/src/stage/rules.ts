/**
 * The rules of packages/pipeline and those of a stage's table.
 */
import {
  type Applied,
  applyRules,
  listRules,
  planRules,
  type Rule,
  type RuleChange,
  type VersionedRule,
} from '@millrace/core/rule';
import { rules } from '@millrace/pipeline/rules';
import { UsageError } from '../arguments.ts';

/** Makes the table say what packages/pipeline says; what it no longer says is retired on request. Takes effect within 30 s. */
export async function applyPipelineRules({ prune = true }: { readonly prune?: boolean } = {}): Promise<Applied> {
  return await applyRules(rules, { prune });
}

/** What applying them would do, retirements included. */
export async function planPipelineRules(): Promise<RuleChange[]> {
  return await planRules(rules, { prune: true });
}

/** The rules in force in the projects that packages/pipeline has rules for, or in one project. */
export async function rulesInForce(project: string | undefined): Promise<VersionedRule[]> {
  const projects = project === undefined ? [...new Set(rules.map((rule) => rule.project))].toSorted() : [project];
  return (await Promise.all(projects.map(listRules))).flat();
}

/** One rule of the table. @throws UsageError where its id names none, or one in several projects. */
export async function storedRule(id: string, project: string | undefined): Promise<VersionedRule> {
  return only(
    (await rulesInForce(project)).filter(({ rule }) => rule.id === id),
    id,
    ({ rule }) => rule,
  );
}

/** The rules of packages/pipeline of that id and project; all where neither is given. */
export function pipelineRules(id: string | undefined, project: string | undefined): readonly Rule[] {
  return rules.filter(
    (rule) => (id === undefined || rule.id === id) && (project === undefined || rule.project === project),
  );
}

/** The one of them there is. @throws UsageError where there are none, or several. */
export function only<T>(found: readonly T[], id: string, ruleOf: (one: T) => Rule): T {
  const [first, second] = found;
  if (first === undefined) throw new UsageError(`there is no rule "${id}"; "millrace rules list" shows those in force`);
  if (second === undefined) return first;
  const projects = found.map((one) => ruleOf(one).project).join(', ');
  throw new UsageError(`"${id}" is a rule of ${projects}; say which with --project`);
}

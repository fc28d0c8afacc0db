/**
 * The rules of packages/pipeline, put into a stage's table.
 */
import { type Applied, applyRules, listRules, type VersionedRule } from '@millrace/core/rule';
import { rules } from '@millrace/pipeline/rules';

/** Makes the table say what packages/pipeline says; what it no longer says is retired. Takes effect within 30 s. */
export async function applyPipelineRules(): Promise<Applied> {
  return await applyRules(rules, { prune: true });
}

/** The rules in force in the projects that packages/pipeline has rules for, or in one project. */
export async function rulesInForce(project: string | undefined): Promise<VersionedRule[]> {
  const projects = project === undefined ? [...new Set(rules.map((rule) => rule.project))].toSorted() : [project];
  return (await Promise.all(projects.map(listRules))).flat();
}

/**
 * The rules of a project, by id, as they are stored.
 */
import { StoredRule } from '@millrace/core/rule';
import { fromKeyPart, keyPart } from '@millrace/core/table';
import { type Page, type PageQuery, pageOf } from './page.ts';

export interface RuleView {
  readonly id: string;
  readonly version: number;
  /** No longer applied; kept for its version. */
  readonly retired: boolean;
  /** The rule's JSON, defaults filled in. */
  readonly json: string;
}

export async function listRules(project: string, query: PageQuery): Promise<Page<RuleView>> {
  return await pageOf(
    ['rules', project],
    query,
    (options) => StoredRule.query.byProject({ project: keyPart(project) }).go(options),
    ({ id, version, retired, json }) => ({ id: fromKeyPart(id) ?? id, version, retired, json }),
  );
}

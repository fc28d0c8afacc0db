/**
 * The history of a rule: every form it had, who it replaced, and when. What is in force is in repository.ts.
 */
import { Entity, type EntityItem } from 'electrodb';
import { type KeyPart, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';

export const changes = ['created', 'changed', 'enabled', 'disabled', 'retired'] as const;
export type ChangeKind = (typeof changes)[number];

/** Configuration, so it does not expire. */
export const RuleRevision = new Entity({
  model: { entity: 'ruleRevision', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    rule: { type: keyPartType, required: true },
    /** 1 for the first form of a rule, one more at each change; several may be of one version. */
    revision: { type: 'number', required: true, padding: { length: 9, char: '0' } },
    version: { type: 'number', required: true },
    change: { type: changes, required: true },
    /** The rule as JSON, defaults filled in. */
    json: { type: 'string', required: true },
    /** ms; when it was changed. */
    at: { type: 'number', required: true },
  },
  indexes: {
    byRule: {
      pk: { ...primary.pk, composite: ['project', 'rule'] },
      sk: { ...primary.sk, composite: ['revision'] },
    },
  },
});
export type RuleRevision = EntityItem<typeof RuleRevision>;

/** Every form a rule had, oldest first. */
export async function ruleHistory(project: string, id: string): Promise<RuleRevision[]> {
  return await revisions({ project: keyPart(project), rule: keyPart(id) });
}

/** The last form a version of a rule had, as JSON; undefined where there is no such version. */
export async function lastFormOf(
  key: { readonly project: KeyPart; readonly rule: KeyPart },
  version: number,
): Promise<string | undefined> {
  const known = await revisions(key);
  return known.findLast((revision) => revision.version === version)?.json;
}

async function revisions({ project, rule }: { project: KeyPart; rule: KeyPart }): Promise<RuleRevision[]> {
  const { data } = await RuleRevision.query
    .byRule({ project, rule })
    .go({ ...table(), pages: 'all', consistent: true });
  return data;
}

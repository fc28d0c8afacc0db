/**
 * Rules in the table: applied from code or console, versioned by what they do, read through a short cache.
 */
import { Entity, type EntityItem } from 'electrodb';
import { hash, log, messageOf, SECOND } from '../runtime/index.ts';
import { type KeyPart, keyPart, keyPartType, primary, SERVICE, table } from '../table/index.ts';
import { RuleSet, type StreamDefaults, type VersionedRule } from './compile.ts';
import { parseRule } from './parse.ts';
import type { Rule } from './schema.ts';

/** Configuration, so it does not expire; a rule no longer wanted stays as `retired`, lest its versions begin again at 1. */
export const StoredRule = new Entity({
  model: { entity: 'rule', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    id: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    /** The rule as JSON, defaults filled in. */
    json: { type: 'string', required: true },
    /** Hash of what it does; what makes a version. */
    behaviour: { type: 'string', required: true },
    retired: { type: 'boolean', required: true },
  },
  indexes: {
    byProject: {
      pk: { ...primary.pk, composite: ['project'] },
      sk: { ...primary.sk, composite: ['id'] },
    },
  },
});

type StoredRule = EntityItem<typeof StoredRule>;

/** What came of applying rules: their ids, by what happened. */
export interface Applied {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly retired: readonly string[];
}

/**
 * Makes the table say what `rules` say. Idempotent. A change of what a rule does raises its version, and that version
 * starts from inactive; a change of how it speaks (name, severity, notify, labels, template, enabled) does not.
 * @param options.prune retire the other rules of the same projects.
 */
export async function applyRules(rules: readonly Rule[], options: { readonly prune?: boolean } = {}): Promise<Applied> {
  const applied = {
    created: [] as string[],
    changed: [] as string[],
    unchanged: [] as string[],
    retired: [] as string[],
  };
  for (const project of new Set(rules.map((rule) => rule.project))) {
    const wanted = rules.filter((rule) => rule.project === project);
    const stored = new Map((await readRules(project)).map((item) => [item.id, item]));
    for (const rule of wanted) applied[await applyRule(rule, stored.get(keyPart(rule.id)))].push(rule.id);
    if (!options.prune) continue;
    const ids = new Set<KeyPart>(wanted.map(({ id }) => keyPart(id)));
    for (const item of stored.values()) {
      if (item.retired || ids.has(item.id)) continue;
      await StoredRule.put({ ...item, retired: true }).go(table());
      applied.retired.push(item.id);
    }
  }
  cache.clear();
  return applied;
}

/** The rules of a project, in order of id. One that this version cannot read is logged and left out. */
export async function listRules(project: string): Promise<VersionedRule[]> {
  return (await readRules(project)).filter(({ retired }) => !retired).flatMap(parseStored);
}

function parseStored({ id, version, json }: StoredRule): VersionedRule[] {
  try {
    return [{ rule: parseRule(json), version }];
  } catch (caught) {
    log.error('a stored rule cannot be read; apply it again', { rule: id, version, error: messageOf(caught) });
    return [];
  }
}

async function readRules(project: string): Promise<StoredRule[]> {
  const { data } = await StoredRule.query
    .byProject({ project: keyPart(project) })
    .go({ ...table(), pages: 'all', consistent: true });
  return data;
}

async function applyRule(rule: Rule, stored: StoredRule | undefined): Promise<'created' | 'changed' | 'unchanged'> {
  const json = JSON.stringify(rule);
  if (stored?.json === json && !stored.retired) return 'unchanged';
  const does = behaviour(rule);
  const version = stored === undefined ? 1 : stored.version + (stored.behaviour === does ? 0 : 1);
  const key = { project: keyPart(rule.project), id: keyPart(rule.id) };
  await StoredRule.put({ ...key, version, json, behaviour: does, retired: false }).go(table());
  return stored === undefined ? 'created' : 'changed';
}

/** A hash of what a rule does. */
function behaviour({ source, partitionBy, window, signal, quantifier, noData, time, ...rule }: Rule): string {
  const { for: pending, keepFiringFor } = rule;
  return hash(JSON.stringify([source, partitionBy, window, signal, quantifier, pending, keepFiringFor, noData, time]));
}

/** How long (ms) a function may go on with the rules it knows: a change takes effect within this. */
const CACHED_FOR = 30 * SECOND;

const cache = new Map<string, { readonly until: number; readonly rules: Promise<RuleSet> }>();

/** The compiled rules of a project, at most 30 s old. */
export function loadRules(project: string, defaults: StreamDefaults, now: number): Promise<RuleSet> {
  const name = JSON.stringify([project, defaults]);
  const cached = cache.get(name);
  if (cached !== undefined && now < cached.until) return cached.rules;
  const rules = listRules(project).then((stored) => new RuleSet(stored, defaults));
  cache.set(name, { until: now + CACHED_FOR, rules });
  rules.catch(() => cache.delete(name));
  return rules;
}

/**
 * Rules in the table: applied from code or console, versioned by what they do, read through a short cache.
 */
import { Entity, type EntityItem } from 'electrodb';
import { type Clock, log, MillraceError, messageOf, SECOND, systemClock } from '../../runtime/index.ts';
import { isConditionFailure, keyPart, keyPartType, primary, SERVICE, table } from '../../table/index.ts';
import type { StreamDefaults, VersionedRule } from '../collect/compile.ts';
import { compile, type RuleSet } from '../collect/rule-set.ts';
import { parseRule } from '../definition/parse.ts';
import type { Rule } from '../definition/schema.ts';
import type { RuleKey } from '../state/group-key.ts';
import { recordClosing } from './closing.ts';
import { changeOf, isInForce, type RuleChange, retirementOf, type Stored } from './plan.ts';
import { RuleRevision } from './revision.ts';

/** Configuration, so it does not expire; a rule no longer wanted stays as `retired`, lest its versions begin again at 1. */
export const StoredRule = new Entity({
  model: { entity: 'rule', version: '1', service: SERVICE },
  attributes: {
    project: { type: keyPartType, required: true },
    id: { type: keyPartType, required: true },
    version: { type: 'number', required: true },
    /** Of its history (`RuleRevision`); what a change compares with. */
    revision: { type: 'number', required: true },
    /** The rule as JSON, defaults filled in. */
    json: { type: 'string', required: true },
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

/** Somebody else changed the rule at the same time. */
export class RuleChanged extends MillraceError {
  constructor({ project, id }: { readonly project: string; readonly id: string }) {
    super(
      'rule_changed',
      `rule ${id} of ${project} was changed by somebody else meanwhile; look at it and apply again`,
    );
  }
}

/** No rule of that name is stored. */
export class UnknownRule extends MillraceError {
  constructor(project: string, id: string) {
    super('unknown_rule', `project ${project} has no rule ${id}; "millrace rules list" shows those there are`, {
      retryable: false,
    });
  }
}

/** What came of applying rules: their ids, by what happened. */
export interface Applied {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly unchanged: readonly string[];
  readonly retired: readonly string[];
}

export interface ApplyOptions {
  /** Retire the other rules of the same projects. */
  readonly prune?: boolean;
  readonly now?: Clock;
}

interface Planned {
  readonly change: RuleChange;
  readonly stored: StoredRule | undefined;
}

/** What `applyRules` would do, in its order; what stays as it is included. */
export async function planRules(rules: readonly Rule[], options: ApplyOptions = {}): Promise<RuleChange[]> {
  return (await plan(rules, options)).map(({ change }) => change);
}

/**
 * Makes the table say what `rules` say. Idempotent. A change of what a rule does raises its version, and that version
 * starts from inactive while the open episodes of the one before it resolve; a change of how it speaks (name, severity,
 * notify, labels, template, tests) does not.
 * @throws RuleChanged where somebody else applies the same rule.
 */
export async function applyRules(rules: readonly Rule[], options: ApplyOptions = {}): Promise<Applied> {
  const at = (options.now ?? systemClock)();
  const ids: Record<keyof Applied, string[]> = { created: [], changed: [], unchanged: [], retired: [] };
  for (const { change, stored } of await plan(rules, options)) {
    await store(change, stored, at);
    const kind = change.change === 'enabled' || change.change === 'disabled' ? 'changed' : change.change;
    ids[kind].push(change.id);
  }
  return ids;
}

/**
 * Switches a rule on or off. Off, its open episodes resolve; on again, it starts from inactive.
 * @throws UnknownRule, RuleChanged
 */
export async function enableRule(
  project: string,
  id: string,
  enabled: boolean,
  options: { readonly now?: Clock } = {},
): Promise<RuleChange> {
  const { data: stored } = await StoredRule.get({ project: keyPart(project), id: keyPart(id) }).go({
    ...table(),
    consistent: true,
  });
  if (stored === null || stored.retired) throw new UnknownRule(project, id);
  const change = changeOf(parsed(stored), { ...parseRule(stored.json), enabled });
  await store(change, stored, (options.now ?? systemClock)());
  return change;
}

async function plan(rules: readonly Rule[], { prune = false }: ApplyOptions): Promise<Planned[]> {
  const planned: Planned[] = [];
  for (const project of new Set(rules.map((rule) => rule.project))) {
    const wanted = new Map(rules.filter((rule) => rule.project === project).map((rule) => [keyPart(rule.id), rule]));
    const known = new Map((await readRules(project)).map((item) => [item.id, item]));
    for (const [id, rule] of wanted) {
      const stored = known.get(id);
      planned.push({ change: changeOf(stored && parsed(stored), rule), stored });
    }
    if (!prune) continue;
    for (const stored of known.values()) {
      if (!stored.retired && !wanted.has(stored.id)) planned.push({ change: retirementOf(parsed(stored)), stored });
    }
  }
  return planned;
}

/** History first, then what ends, then the rule itself: a crash leaves the old rule in force and nothing of it lost. */
async function store(change: RuleChange, stored: StoredRule | undefined, at: number): Promise<void> {
  if (change.change === 'unchanged') return;
  const { project, id, version, rule, ends } = change;
  const key = { project: keyPart(project), rule: keyPart(id) };
  const revision = (stored?.revision ?? 0) + 1;
  const json = JSON.stringify(rule);
  await RuleRevision.put({ ...key, revision, version, change: change.change, json, at }).go(table());
  if (ends !== undefined) await recordClosing({ ...key, version: ends }, reasonOf(change), at);
  const item = { project: key.project, id: key.rule, version, revision, json, retired: change.change === 'retired' };
  try {
    await StoredRule.put(item)
      .where((known, { eq, notExists }) =>
        stored === undefined ? notExists(known.revision) : eq(known.revision, stored.revision),
      )
      .go(table());
  } catch (caught) {
    throw isConditionFailure(caught) ? new RuleChanged(change) : caught;
  }
  cache.clear();
}

/** Whether a rule is evaluated in exactly this version. */
export async function isVersionInForce({ project, rule, version }: RuleKey): Promise<boolean> {
  const { data } = await StoredRule.get({ project, id: rule }).go({ ...table(), consistent: true });
  return data !== null && data.version === version && isInForce(parsed(data));
}

function reasonOf({ change, version, rule }: RuleChange): string {
  if (change === 'retired') return 'the rule was retired';
  return rule.enabled ? `the rule was replaced by its version ${version}` : 'the rule was disabled';
}

/** A stored rule as it was, even where this version of Millrace would no longer take it. */
function parsed({ json, version, retired }: StoredRule): Stored {
  return { rule: JSON.parse(json), version, retired }; // only `store` writes it
}

/** The rules of a project, in order of id. One that this version cannot read is logged and left out. */
export async function listRules(project: string): Promise<VersionedRule[]> {
  return (await readRules(project)).filter(({ retired }) => !retired).flatMap(readable);
}

function readable({ id, version, json }: StoredRule): VersionedRule[] {
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

/** How long (ms) a function may go on with the rules it knows: a change takes effect within this. */
const CACHED_FOR = 30 * SECOND;

interface Loaded {
  readonly until: number;
  readonly rules: Promise<RuleSet>;
  /** What was read, by its JSON: a rule that says the same as before is read and compiled no second time. */
  readonly read: Map<string, VersionedRule[]>;
}

const cache = new Map<string, Loaded>();

/** The compiled rules of a project, at most 30 s old. Of those that were known, only what changed is read and compiled anew. */
export function loadRules(project: string, defaults: StreamDefaults, now: number): Promise<RuleSet> {
  const name = JSON.stringify([project, defaults]);
  const cached = cache.get(name);
  if (cached !== undefined && now < cached.until) return cached.rules;
  const read = new Map<string, VersionedRule[]>();
  const rules = reload(project, defaults, read, cached);
  cache.set(name, { until: now + CACHED_FOR, rules, read });
  rules.catch(() => cache.delete(name));
  return rules;
}

async function reload(
  project: string,
  defaults: StreamDefaults,
  read: Map<string, VersionedRule[]>,
  before: Loaded | undefined,
): Promise<RuleSet> {
  const known = await before?.rules.catch(() => undefined);
  const rules = (await readRules(project)).flatMap((stored) => {
    if (stored.retired) return [];
    const form = `${stored.version} ${stored.json}`;
    const said = before?.read.get(form) ?? readable(stored);
    read.set(form, said);
    return said;
  });
  return compile(rules, defaults, known);
}

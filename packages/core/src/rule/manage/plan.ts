/**
 * What applying rules would do, told before it is done. Pure.
 */
import { hash } from '../../runtime/index.ts';
import type { Rule } from '../definition/schema.ts';
import type { ChangeKind } from './revision.ts';

/** A rule as it is stored. */
export interface Stored {
  readonly rule: Rule;
  readonly version: number;
  readonly retired: boolean;
}

/** One property that differs; absent where there is none on that side. */
export interface Difference {
  /** `signal.compare.value` */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export interface RuleChange {
  readonly project: string;
  readonly id: string;
  readonly change: ChangeKind | 'unchanged';
  /** What it is after the change. */
  readonly rule: Rule;
  readonly version: number;
  /** The version whose open episodes end with this change; absent where none was in force. */
  readonly ends?: number;
  readonly differences: readonly Difference[];
}

/** Whether it is evaluated. */
export function isInForce(stored: Stored | undefined): stored is Stored {
  return stored !== undefined && !stored.retired && stored.rule.enabled;
}

/**
 * What making `stored` into `rule` does. A change of behaviour raises the version, and so does coming back into force:
 * each version starts from inactive.
 */
export function changeOf(stored: Stored | undefined, rule: Rule): RuleChange {
  const differences = differencesOf(stored?.rule, rule);
  const same = stored !== undefined && behaviour(stored.rule) === behaviour(rule);
  const stays = isInForce(stored) ? rule.enabled : !rule.enabled;
  const version = stored === undefined ? 1 : stored.version + (same && (stays || isInForce(stored)) ? 0 : 1);
  const ends = isInForce(stored) && (version !== stored.version || !rule.enabled) ? stored.version : undefined;
  return {
    project: rule.project,
    id: rule.id,
    change: kindOf(stored, rule, differences),
    rule,
    version,
    ...(ends === undefined ? {} : { ends }),
    differences,
  };
}

/** What taking a rule out of force for good does. */
export function retirementOf(stored: Stored): RuleChange {
  const { rule, version } = stored;
  const ends = isInForce(stored) ? { ends: version } : {};
  return { project: rule.project, id: rule.id, change: 'retired', rule, version, ...ends, differences: [] };
}

function kindOf(stored: Stored | undefined, rule: Rule, differences: readonly Difference[]): RuleChange['change'] {
  if (stored === undefined) return 'created';
  if (differences.length === 0) return stored.retired ? 'enabled' : 'unchanged';
  const toggled = differences.length === 1 && stored.rule.enabled !== rule.enabled;
  if (toggled) return rule.enabled ? 'enabled' : 'disabled';
  return 'changed';
}

/** A hash of what a rule does, beside how it speaks. */
function behaviour(rule: Rule): string {
  const { id, project, name, enabled, severity, notify, labels, template, tests, $schema, ...does } = rule;
  return hash(JSON.stringify(does));
}

/** Properties that differ, by path, in the order of the newer rule; arrays are compared as a whole. */
export function differencesOf(before: unknown, after: unknown, path = ''): Difference[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(after), ...Object.keys(before)])];
    return names.flatMap((name) =>
      differencesOf(own(before, name), own(after, name), path === '' ? name : `${path}.${name}`),
    );
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** Labels have the names people give them, those of `Object.prototype` among them. */
function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

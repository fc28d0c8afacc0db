/**
 * Reading rules, with errors that name the path, the value found there and the remedy.
 */
import type { z } from 'zod';
import { MillraceError } from '../../runtime/index.ts';
import { Rule, type RuleInput } from './schema.ts';

/** A rule that is not one. `problems` has a line for each. */
export class InvalidRule extends MillraceError {
  readonly problems: readonly string[];

  constructor(rule: string, problems: readonly string[]) {
    super('invalid_rule', `rule ${rule}: ${problems.join('; ')}`, { retryable: false });
    this.problems = problems;
  }
}

/** JSON deeper than any rule can be is not looked into. */
const MAX_DEPTH = 40;

/**
 * A rule from its JSON (text or already parsed), defaults filled in.
 * @throws InvalidRule
 */
export function parseRule(json: unknown): Rule {
  const input = typeof json === 'string' ? fromText(json) : json;
  if (isDeeper(input, MAX_DEPTH))
    throw new InvalidRule(nameOf(input), [`nested more than ${MAX_DEPTH} deep; flatten it`]);
  const result = Rule.safeParse(input);
  if (result.success) return result.data;
  throw new InvalidRule(
    nameOf(input),
    result.error.issues.flatMap((issue) => explain(issue, input)),
  );
}

/** A rule written in TypeScript. @throws InvalidRule */
export function defineRule(rule: RuleInput): Rule {
  return parseRule(rule);
}

/**
 * The rules a team declares, each checked, no id twice in a project.
 * @throws InvalidRule
 */
export function defineRules(declarations: readonly unknown[]): readonly Rule[] {
  const rules = declarations.map(parseRule);
  const seen = new Set<string>();
  for (const { project, id } of rules) {
    const name = JSON.stringify([project, id]);
    if (seen.has(name)) throw new InvalidRule(`"${id}"`, [`project ${project} has this id twice; give one another id`]);
    seen.add(name);
  }
  return rules;
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidRule('(text)', [`not JSON: ${cause instanceof Error ? cause.message : ''}`]);
  }
}

function isDeeper(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object') return false;
  return depth === 0 || Object.values(value).some((child) => isDeeper(child, depth - 1));
}

function nameOf(input: unknown): string {
  const id = at(input, ['id']);
  return typeof id === 'string' ? `"${id.slice(0, 64)}"` : '(no id)';
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const step of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** Zod's message for a union that has none of its own. */
const UNEXPLAINED = 'Invalid input';

/** An issue as lines; of a union that nothing fitted, those of the branch that came closest. */
function explain(issue: z.core.$ZodIssue, input: unknown, above: readonly PropertyKey[] = []): string[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union' && issue.message === UNEXPLAINED) {
    const closest = closestBranch(issue.errors);
    if (closest !== undefined) return closest.flatMap((nested) => explain(nested, input, path));
  }
  const where = path.map(String).join('.') || 'the rule';
  const found = at(input, path);
  const text = found === undefined ? 'missing' : JSON.stringify(found).slice(0, 80);
  if (issue.code === 'unrecognized_keys')
    return [`${where}: does not know ${issue.keys.join(', ')}; remove or rename it`];
  return [`${where} is ${text}: ${issue.message}`];
}

/** The branch whose complaint lies deepest, then the shortest list; none where all fail at the union itself. */
function closestBranch(branches: readonly z.core.$ZodIssue[][]): readonly z.core.$ZodIssue[] | undefined {
  const rank = (issues: readonly z.core.$ZodIssue[]) => {
    const unknown = issues.reduce(
      (sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0),
      0,
    );
    return issues.length + 4 * unknown - Math.max(...issues.map((issue) => issue.path.length));
  };
  const structured = branches.filter((issues) =>
    issues.some((issue) => issue.path.length > 0 || issue.code !== 'invalid_type'),
  );
  return structured.toSorted((a, b) => rank(a) - rank(b))[0];
}

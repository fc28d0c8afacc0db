/**
 * Event patterns: from JSON to branches that `matchesEvent` can try. A pattern is an AND of fields, and `$or` multiplies
 * it out, so what is compiled is a list of branches, each a map from a dotted path to what its value must be.
 *
 * Semantics after github.com/aws/event-ruler (README.md), the engine of EventBridge; paths are dotted and `$or` is told
 * from a field of that name as it does.
 */
import { InvalidPattern } from './invalid.ts';
import type { Test } from './leaf.ts';
import { compileOperator, operators } from './operator.ts';

/** What one field must be: any of `tests` on a value, or, with `absent`, no value at all. */
export interface Requirement {
  readonly tests: readonly Test[];
  readonly absent: boolean;
}

/** A conjunction: dotted path → requirement, in the order of the paths. */
export type Branch = readonly (readonly [path: string, requirement: Requirement])[];

export interface CompiledPattern {
  readonly branches: readonly Branch[];
}

/** EventBridge's limits: combinations that `$or` may make, and characters of a pattern. */
const MAX_BRANCHES = 1000;
const MAX_LENGTH = 4096;

type Draft = Map<string, Requirement>;

/**
 * @param source the pattern as JSON text.
 * @throws InvalidPattern
 */
export function compilePattern(source: string): CompiledPattern {
  if (source.length > MAX_LENGTH) throw new InvalidPattern([], `over ${MAX_LENGTH} characters`);
  let pattern: unknown;
  try {
    pattern = JSON.parse(source);
  } catch {
    throw new InvalidPattern([], 'not JSON');
  }
  if (!isObject(pattern)) throw new InvalidPattern([], 'Filter is not an object');
  const drafts = compileObject(pattern, [], [new Map()]);
  const branches = drafts.map((draft) => [...draft].sort(([a], [b]) => (a < b ? -1 : 1)));
  return { branches };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function compileObject(pattern: object, path: readonly string[], drafts: Draft[]): Draft[] {
  const fields: [string, unknown][] = Object.entries(pattern);
  if (fields.length === 0) throw new InvalidPattern(path, 'Empty objects are not allowed');
  let all = drafts;
  for (const [name, value] of fields) {
    const here = [...path, name];
    if (name === '$or' && isAlternatives(value)) all = compileAlternatives(value, path, all);
    else if (Array.isArray(value)) all = demand(all, here, compileRequirement(value, here));
    else if (isObject(value)) all = compileObject(value, here, all);
    else throw new InvalidPattern(path, `"${name}" must be an object or an array`);
  }
  return all;
}

function demand(drafts: Draft[], path: readonly string[], requirement: Requirement): Draft[] {
  for (const draft of drafts) draft.set(path.join('.'), requirement);
  return drafts;
}

/** `$or` is the operator only with two or more objects, none of them an operator; else it is a field of that name. */
function isAlternatives(value: unknown): value is readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(value) || value.length < 2) return false;
  return value.every((one) => isObject(one) && !Object.keys(one).some((name) => operators.has(name)));
}

function compileAlternatives(alternatives: readonly object[], path: readonly string[], drafts: Draft[]): Draft[] {
  if (drafts.length * alternatives.length > MAX_BRANCHES) {
    throw new InvalidPattern(path, `$or makes over ${MAX_BRANCHES} combinations`);
  }
  return alternatives.flatMap((one) =>
    compileObject(
      one,
      path,
      drafts.map((draft) => new Map(draft)),
    ),
  );
}

function compileRequirement(values: readonly unknown[], path: readonly string[]): Requirement {
  if (values.length === 0) throw new InvalidPattern(path, 'Empty arrays are not allowed');
  const tests: Test[] = [];
  let absent = false;
  for (const value of values) {
    if (Array.isArray(value)) {
      throw new InvalidPattern(path, 'Match value must be String, number, true, false, or null');
    }
    if (!isObject(value)) {
      tests.push((found) => found === value);
      continue;
    }
    const compiled = compileOperator(value, path);
    if (compiled === 'absent') absent = true;
    else tests.push(compiled);
  }
  return { tests, absent };
}

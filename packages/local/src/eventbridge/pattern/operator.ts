/**
 * The content filters of event patterns, one compiler each: from `{"prefix": "a"}` to a test of a leaf value.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
import { BlockList, isIP } from 'node:net';
import { InvalidPattern } from './invalid.ts';
import type { Test } from './leaf.ts';
import { compileNumeric } from './numeric.ts';
import { compileWildcard } from './wildcard.ts';

type Path = readonly string[];

const compilers = new Map<string, (operand: unknown, path: Path) => Test | 'absent'>([
  ['exactly', (operand, path) => equals(text(operand, 'exactly', path))],
  ['prefix', (operand, path) => affix('prefix', operand, path)],
  ['suffix', (operand, path) => affix('suffix', operand, path)],
  ['equals-ignore-case', (operand, path) => equalsIgnoreCase(text(operand, 'equals-ignore-case', path))],
  ['wildcard', (operand, path) => compileWildcard(text(operand, 'wildcard', path), path)],
  ['anything-but', anythingBut],
  ['numeric', compileNumeric],
  ['cidr', cidr],
  ['exists', exists],
]);

/** Names that make an object inside `[]` an operator, and inside `$or` a mistake. */
export const operators: ReadonlySet<string> = new Set(compilers.keys());

/**
 * @returns 'absent' for `{"exists": false}`, which is about the field and not about a value.
 * @throws InvalidPattern
 */
export function compileOperator(expression: Readonly<Record<string, unknown>>, path: Path): Test | 'absent' {
  const [entry, ...more] = Object.entries(expression);
  if (entry === undefined) throw new InvalidPattern(path, 'Match expression name not found');
  if (more.length > 0) throw new InvalidPattern(path, 'Only one key allowed in match expression');
  const [name, operand] = entry;
  const compiler = compilers.get(name);
  if (compiler === undefined) throw new InvalidPattern(path, `Unrecognized match type ${name}`);
  return compiler(operand, path);
}

function text(operand: unknown, operator: string, path: Path): string {
  if (typeof operand !== 'string') throw new InvalidPattern(path, `${operator} match pattern must be a string`);
  return operand;
}

const equals = (wanted: string | number): Test => {
  return (value) => value === wanted;
};

const equalsIgnoreCase = (wanted: string): Test => {
  const lower = wanted.toLowerCase();
  return (value) => typeof value === 'string' && value.toLowerCase() === lower;
};

const hasAffix = {
  prefix: (value: string, wanted: string) => value.startsWith(wanted),
  suffix: (value: string, wanted: string) => value.endsWith(wanted),
};

function affix(side: 'prefix' | 'suffix', operand: unknown, path: Path): Test {
  const has = hasAffix[side];
  if (typeof operand === 'string') return (value) => typeof value === 'string' && has(value, operand);
  const inner: [string, unknown][] = operand !== null && typeof operand === 'object' ? Object.entries(operand) : [];
  const [name, wanted] = inner[0] ?? [];
  if (inner.length !== 1 || name !== 'equals-ignore-case' || typeof wanted !== 'string') {
    throw new InvalidPattern(path, `${side} match pattern must be a string or {"equals-ignore-case": string}`);
  }
  const lower = wanted.toLowerCase();
  return (value) => typeof value === 'string' && has(value.toLowerCase(), lower);
}

/** What `anything-but` may wrap, each with one string or a list of them. */
const negatable = new Map<string, (wanted: string, path: Path) => Test>([
  ['prefix', (wanted, path) => affix('prefix', wanted, path)],
  ['suffix', (wanted, path) => affix('suffix', wanted, path)],
  ['equals-ignore-case', (wanted) => equalsIgnoreCase(wanted)],
  ['wildcard', compileWildcard],
]);

/** Holds for a value that is there and that none of the operand's tests hold for. */
function anythingBut(operand: unknown, path: Path): Test {
  const tests = negated(operand, path);
  return (value) => !tests.some((test) => test(value));
}

function negated(operand: unknown, path: Path): Test[] {
  if (typeof operand !== 'object' || operand === null || Array.isArray(operand)) {
    return list(operand, 'anything-but', path).map(equals);
  }
  const [entry, ...more] = Object.entries(operand);
  const compiler = entry === undefined ? undefined : negatable.get(entry[0]);
  if (entry === undefined || compiler === undefined || more.length > 0) {
    throw new InvalidPattern(path, `anything-but takes values or one of ${[...negatable.keys()].join(', ')}`);
  }
  return list(entry[1], `anything-but ${entry[0]}`, path).map((wanted) => {
    if (typeof wanted !== 'string' || wanted === '') {
      throw new InvalidPattern(path, `anything-but ${entry[0]} takes strings that are not empty`);
    }
    return compiler(wanted, path);
  });
}

/** One value or a list: all strings or all numbers. */
function list(operand: unknown, operator: string, path: Path): (string | number)[] {
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new InvalidPattern(path, `${operator}: Empty arrays are not allowed`);
  const strings = values.filter((value) => typeof value === 'string');
  if (strings.length === values.length) return strings;
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) return numbers;
  throw new InvalidPattern(path, `${operator} list must be all strings or all numbers`);
}

function cidr(operand: unknown, path: Path): Test {
  const [address = '', bits = '', ...rest] = text(operand, 'cidr', path).split('/');
  const version = isIP(address);
  const prefix = Number(bits);
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits) || prefix > (version === 4 ? 32 : 128)) {
    throw new InvalidPattern(path, `Malformed CIDR, "${operand}"`);
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const range = new BlockList();
  range.addSubnet(address, prefix, family);
  return (value) => typeof value === 'string' && isIP(value) === version && range.check(value, family);
}

function exists(operand: unknown, path: Path): Test | 'absent' {
  if (typeof operand !== 'boolean') throw new InvalidPattern(path, 'exists match pattern must be either true or false');
  return operand ? () => true : 'absent';
}

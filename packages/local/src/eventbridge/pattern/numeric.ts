/**
 * `{"numeric": ["=", 5]}`, `["<", 10]`, `[">", 0, "<=", 5]`: one comparison, or a lower bound and then an upper one.
 */
import { InvalidPattern } from './invalid.ts';
import type { Test } from './leaf.ts';

/** EventBridge compares numbers in ±5e9 with 6 digits after the point; others match no range. */
const LIMIT = 5e9;
const SCALE = 1e6;

const lower: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
};
const upper: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
};

/** @throws InvalidPattern */
export function compileNumeric(operand: unknown, path: readonly string[]): Test {
  const fail = (reason: string) => new InvalidPattern(path, reason);
  if (!Array.isArray(operand)) throw fail('numeric match pattern must be an array');
  const terms: readonly unknown[] = operand;
  const [first, second] = [terms[0], terms[2]].map((operator) => (typeof operator === 'string' ? operator : ''));
  if (terms.length !== 2 && terms.length !== 4) throw fail('numeric takes an operator and a number, once or twice');
  const bound = scaled(terms[1]);
  if (bound === undefined) throw fail(`Value must be a number between -${LIMIT} and ${LIMIT}`);

  if (terms.length === 2) {
    const holds = first === '=' ? (value: number, wanted: number) => value === wanted : comparison(first);
    if (holds === undefined) throw fail(`Unrecognized numeric range operator: ${String(terms[0])}`);
    return comparing((value) => holds(value, bound));
  }
  const above = own(lower, first);
  const below = own(upper, second);
  const top = scaled(terms[3]);
  if (above === undefined || below === undefined) throw fail('a numeric range is a lower bound, then an upper one');
  if (top === undefined) throw fail(`Value must be a number between -${LIMIT} and ${LIMIT}`);
  if (bound >= top) throw fail('Bottom must be less than top');
  return comparing((value) => above(value, bound) && below(value, top));
}

const own = <T>(from: Readonly<Record<string, T>>, name = ''): T | undefined =>
  Object.hasOwn(from, name) ? from[name] : undefined;

const comparison = (operator = '') => own(lower, operator) ?? own(upper, operator);

function scaled(value: unknown): number | undefined {
  if (typeof value !== 'number' || Math.abs(value) > LIMIT) return undefined;
  return Math.round(value * SCALE);
}

function comparing(holds: (value: number) => boolean): Test {
  return (value) => {
    const number = scaled(value);
    return number !== undefined && holds(number);
  };
}

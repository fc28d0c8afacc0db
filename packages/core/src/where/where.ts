/**
 * The condition language of rules, copies and enrichments: its schema, and its compiler into closures over a record.
 *
 * Semantics: own properties only. No coercion: a comparison between a number and a string is false. `neq` and `nin` are
 * the exact negations of `eq` and `in`, so they hold where the property is missing. `null` is a value: it `exists`.
 * Strings order by code unit. `ieq` compares without regard to case.
 */
import * as z from 'zod';
import { onFirstUse } from '../runtime/index.ts';
import type { JsonValue } from '../stream/index.ts';
import { type Reader, readerOf, testOf } from './reading.ts';

export type Literal = string | number | boolean | null;
export const comparisons = ['eq', 'neq', 'lt', 'lte', 'gt', 'gte'] as const;
export type Comparison = (typeof comparisons)[number];
const types = ['string', 'number', 'boolean', 'null', 'object', 'array'] as const;
export type ValueType = (typeof types)[number];

export type Where =
  | { all: Where[] }
  | { any: Where[] }
  | { not: Where }
  | { path: string; op: Comparison; value: Literal | { path: string } }
  | { path: string; op: 'in' | 'nin'; values: Literal[] }
  | { path: string; op: 'prefix' | 'suffix' | 'contains' | 'ieq'; value: string }
  | { path: string; op: 'exists' | 'missing' | 'null' }
  | { path: string; op: 'type'; value: ValueType }
  | { path: string; op: 'anyItem'; where: Where };

const MAX_DEPTH = 6;
const MAX_NODES = 64;
const MAX_VALUES = 200;
const MAX_SEGMENTS = 8;

/** A path as rules write it: `page.load_ms`, at most 8 segments. */
export const PathText = z
  .string()
  .max(256)
  .refine(
    (text) => text.split('.').every((step) => step !== ''),
    'write property names joined by dots, as in page.load_ms',
  )
  .refine((text) => text.split('.').length <= MAX_SEGMENTS, `a path has at most ${MAX_SEGMENTS} segments`);

export const LiteralValue = z.union([z.string().max(1024), z.number(), z.boolean(), z.null()], {
  error: 'write a string, a number, true, false or null',
});

export const ValueTypeName = z.enum(types);

const conditions = z.lazy(() => z.array(tree()).min(1));
const subtree = z.lazy(() => tree());

const condition = onFirstUse(() =>
  z.discriminatedUnion('op', [
    z.strictObject({
      path: PathText,
      op: z.enum(comparisons),
      value: z.union([LiteralValue, z.strictObject({ path: PathText })], {
        error: 'write a string, a number, true, false, null or {"path": "…"}',
      }),
    }),
    z.strictObject({ path: PathText, op: z.enum(['in', 'nin']), values: z.array(LiteralValue).min(1).max(MAX_VALUES) }),
    z.strictObject({
      path: PathText,
      op: z.enum(['prefix', 'suffix', 'contains', 'ieq']),
      value: z.string().max(1024),
    }),
    z.strictObject({ path: PathText, op: z.enum(['exists', 'missing', 'null']) }),
    z.strictObject({ path: PathText, op: z.literal('type'), value: ValueTypeName }),
    z.strictObject({ path: PathText, op: z.literal('anyItem'), where: subtree }),
  ]),
);

const tree = onFirstUse(
  (): z.ZodType<Where, Where> =>
    z.union([
      z.strictObject({ all: conditions }),
      z.strictObject({ any: conditions }),
      z.strictObject({ not: subtree }),
      condition(),
    ]),
);

/** A condition within its bounds: 6 deep, 64 nodes. */
export const WhereTree: z.ZodType<Where, Where> = z.lazy(() => bounded());

const bounded = onFirstUse(() =>
  tree().superRefine((where, context) => {
    const { depth, nodes } = measure(where);
    if (depth > MAX_DEPTH) context.addIssue(`nested ${depth} deep; at most ${MAX_DEPTH}, so flatten it`);
    if (nodes > MAX_NODES) context.addIssue(`${nodes} conditions; at most ${MAX_NODES}, so use "in" or split the rule`);
  }),
);

function children(where: Where): readonly Where[] {
  if ('all' in where) return where.all;
  if ('any' in where) return where.any;
  if ('not' in where) return [where.not];
  return where.op === 'anyItem' ? [where.where] : [];
}

function measure(where: Where): { depth: number; nodes: number } {
  let depth = 0;
  let nodes = 1;
  for (const child of children(where)) {
    const below = measure(child);
    depth = Math.max(depth, below.depth);
    nodes += below.nodes;
  }
  return { depth: depth + 1, nodes };
}

/** A compiled condition. */
export type Test = (record: JsonValue) => boolean;

export function compileWhere(where: Where): Test {
  if ('all' in where) {
    const tests = where.all.map(compileWhere);
    return (record) => tests.every((test) => test(record));
  }
  if ('any' in where) {
    const tests = where.any.map(compileWhere);
    return (record) => tests.some((test) => test(record));
  }
  if ('not' in where) {
    const test = compileWhere(where.not);
    return (record) => !test(record);
  }
  return testOf(JSON.stringify(where), () => compileCondition(where));
}

type Condition = Extract<Where, { op: unknown }>;

function compileCondition(condition: Condition): Test {
  const read = readerOf(condition.path);
  switch (condition.op) {
    case 'in':
    case 'nin': {
      const values: ReadonlySet<unknown> = new Set(condition.values);
      const wanted = condition.op === 'in';
      return (record) => values.has(read(record)) === wanted;
    }
    case 'prefix':
    case 'suffix':
    case 'contains':
    case 'ieq':
      return textTest(read, condition.op, condition.value);
    case 'exists':
      return (record) => read(record) !== undefined;
    case 'missing':
      return (record) => read(record) === undefined;
    case 'null':
      return (record) => read(record) === null;
    case 'type':
      return (record) => typeOf(read(record)) === condition.value;
    case 'anyItem': {
      const test = compileWhere(condition.where);
      return (record) => {
        const items = read(record);
        return Array.isArray(items) && items.some(test);
      };
    }
    default:
      return comparisonTest(read, condition.op, condition.value);
  }
}

function comparisonTest(read: Reader, op: Comparison, value: Literal | { path: string }): Test {
  if (value !== null && typeof value === 'object') {
    const other = readerOf(value.path);
    return (record) => holds(op, read(record), other(record));
  }
  if (op === 'eq') return (record) => read(record) === value;
  if (op === 'neq') return (record) => read(record) !== value;
  return (record) => holds(op, read(record), value);
}

function textTest(read: Reader, op: 'prefix' | 'suffix' | 'contains' | 'ieq', value: string): Test {
  const folded = value.toLowerCase();
  const tests = {
    prefix: (text: string) => text.startsWith(value),
    suffix: (text: string) => text.endsWith(value),
    contains: (text: string) => text.includes(value),
    ieq: (text: string) => text.toLowerCase() === folded,
  };
  const test = tests[op];
  return (record) => {
    const text = read(record);
    return typeof text === 'string' && test(text);
  };
}

/** Whether `a op b` holds. A missing value or an object equals nothing, not even itself, and has no order. */
export function holds(op: Comparison, a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  const equal = a === b && a !== undefined && (a === null || typeof a !== 'object');
  if (op === 'eq') return equal;
  if (op === 'neq') return !equal;
  const ordered = (typeof a === 'number' && typeof b === 'number') || (typeof a === 'string' && typeof b === 'string');
  return ordered && inOrder(op, a < b ? -1 : a > b ? 1 : 0);
}

/** Whether a three-way comparison (negative, zero, positive) satisfies `op`. */
export function inOrder(op: Comparison, sign: number): boolean {
  switch (op) {
    case 'eq':
      return sign === 0;
    case 'neq':
      return sign !== 0;
    case 'lt':
      return sign < 0;
    case 'lte':
      return sign <= 0;
    case 'gt':
      return sign > 0;
    case 'gte':
      return sign >= 0;
  }
}

/** The type a JSON value has by name; undefined where it is missing. */
export function typeOf(value: JsonValue | undefined): ValueType | undefined {
  if (value === undefined) return undefined;
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object';
}

/** A test every wanted record passes, of a form that can be looked up: the value at `path` is one of `values`. */
export interface Discriminator {
  readonly path: string;
  readonly values: readonly Literal[];
}

/** A condition in two: what can be looked up, and what is left to test of a record that passes it. */
export interface Discrimination {
  readonly by?: Discriminator;
  readonly rest?: Where;
}

/** Takes the discriminator out of a condition: an `eq` or `in`, alone or within `all`. */
export function discriminate(where: Where | undefined): Discrimination {
  if (where === undefined) return {};
  if ('all' in where) {
    for (const [n, part] of where.all.entries()) {
      const { by, rest } = discriminate(part);
      if (by === undefined) continue;
      const others = where.all.toSpliced(n, 1, ...(rest === undefined ? [] : [rest]));
      const [only] = others;
      if (only === undefined) return { by };
      return { by, rest: others.length === 1 ? only : { all: others } };
    }
    return { rest: where };
  }
  if (!('op' in where)) return { rest: where };
  if (where.op === 'in') return { by: { path: where.path, values: where.values } };
  if (where.op !== 'eq' || (where.value !== null && typeof where.value === 'object')) return { rest: where };
  return { by: { path: where.path, values: [where.value] } };
}

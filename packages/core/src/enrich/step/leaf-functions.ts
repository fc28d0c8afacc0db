/**
 * The functions a transform may name. Each gets a leaf and returns what takes its place; a leaf of a kind that it is not
 * about comes back as it went in.
 */
import type { JsonValue, Path } from '../../stream/index.ts';
import { unsuitable } from './step.ts';

export type Leaf = string | number | boolean | null;

/** The transforming function of a team's own; `path` is valid during the call only. Throwing notes `function_failed`. */
export type LeafFunction = (path: Path, value: Leaf) => JsonValue;

const onText =
  (change: (text: string) => string): LeafFunction =>
  (_path, value) =>
    typeof value === 'string' ? change(value) : value;

const booleans = new Map<string | number, boolean>([
  ['true', true],
  ['yes', true],
  ['1', true],
  [1, true],
  ['false', false],
  ['no', false],
  ['0', false],
  [0, false],
]);

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export const leafFunctions = {
  trim: onText((text) => text.trim()),
  lowercase: onText((text) => text.toLowerCase()),
  uppercase: onText((text) => text.toUpperCase()),
  /** Decimal text to a number; an integer that a double cannot hold exactly is refused. */
  toNumber: (_path, value) => {
    if (typeof value !== 'string') return value;
    const number = NUMBER.test(value.trim()) ? Number(value) : Number.NaN;
    if (!Number.isFinite(number) || Math.abs(number) > Number.MAX_SAFE_INTEGER) throw unsuitable('not_a_number');
    return number;
  },
  /** `true`, `yes`, `1` and `false`, `no`, `0`, in any case. */
  toBoolean: (_path, value) => {
    if (value === null || typeof value === 'boolean') return value;
    const known = booleans.get(typeof value === 'string' ? value.trim().toLowerCase() : value);
    if (known === undefined) throw unsuitable('not_a_boolean');
    return known;
  },
} as const satisfies Record<string, LeafFunction>;

export type LeafFunctionName = keyof typeof leafFunctions;

/**
 * The functions a transform may name. Each gets a leaf and returns what takes its place; a leaf of a kind that it is not
 * about comes back as it went in.
 */
import type { JsonValue, Path } from '../stream/index.ts';
import type { Leaf } from './object.ts';
import { UnfitValue } from './unfit.ts';

/** The transforming function of a team's own; `path` is valid during the call only. It has to be pure. */
export type LeafFunction = (path: Path, value: Leaf) => JsonValue;

const onText =
  (change: (text: string) => string): LeafFunction =>
  (_path, value) =>
    typeof value === 'string' ? change(value) : value;

const booleans = new Map<string, boolean>([
  ...['true', 'yes', '1'].map((text): [string, boolean] => [text, true]),
  ...['false', 'no', '0'].map((text): [string, boolean] => [text, false]),
]);

/** `true`, `yes`, `1` and `false`, `no`, `0`, in any case; undefined for all else. */
export function booleanOf(value: string | number | boolean): boolean | undefined {
  return booleans.get(String(value).trim().toLowerCase());
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

/** Of decimal text; undefined for all else, and for what a double does not hold exactly: a long id would become another one. */
export function numberOf(text: string): number | undefined {
  const number = NUMBER.test(text.trim()) ? Number(text) : Number.NaN;
  return Number.isFinite(number) && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : undefined;
}

export const leafFunctions = {
  trim: onText((text) => text.trim()),
  lowercase: onText((text) => text.toLowerCase()),
  uppercase: onText((text) => text.toUpperCase()),
  toNumber: (_path, value) => {
    if (typeof value !== 'string') return value;
    const number = numberOf(value);
    if (number === undefined) throw UnfitValue.of('not_a_number');
    return number;
  },
  toBoolean: (_path, value) => {
    if (value === null || typeof value === 'boolean') return value;
    const known = booleanOf(value);
    if (known === undefined) throw UnfitValue.of('not_a_boolean');
    return known;
  },
} as const satisfies Record<string, LeafFunction>;

export type LeafFunctionName = keyof typeof leafFunctions;

/**
 * Exact decimals: a sum of prices is the same in whatever order the files came, to the last cent. A number counts as the
 * decimal it is written as (0.1 is one tenth), a string as the decimal it spells.
 */

/** `units × 10^-scale`. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

export const ZERO: Decimal = { units: 0n, scale: 0 };

/** Longer spellings are no measurement, and would let a record cost more than its bytes. */
const MAX_TEXT = 64;
/** Past the range of a double nothing sensible is counted. */
const MAX_EXPONENT = 400;

const spelling = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/;

export function fromSafeInteger(value: number): Decimal {
  return { units: BigInt(value), scale: 0 };
}

/** The decimal a JSON value is: a finite number or a string that spells one; undefined for anything else. */
export function decimalOf(value: unknown): Decimal | undefined {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return fromSafeInteger(value);
    return Number.isFinite(value) ? parse(String(value)) : undefined;
  }
  return typeof value === 'string' && value.length <= MAX_TEXT ? parse(value) : undefined;
}

function parse(text: string): Decimal | undefined {
  const match = spelling.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const power = Number(exponent);
  if (Math.abs(power) > MAX_EXPONENT) return undefined;
  const digits = BigInt(`${whole}${fraction}`);
  const units = sign === '-' ? -digits : digits;
  const scale = fraction.length - power;
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

/** @throws RangeError where `text` spells no decimal. */
export function parseDecimal(text: string): Decimal {
  const decimal = parse(text);
  if (decimal === undefined) throw new RangeError(`"${text}" is not a decimal`);
  return decimal;
}

/** `units` of a decimal at a larger scale. */
function unitsAt({ units, scale }: Decimal, larger: number): bigint {
  return scale === larger ? units : units * 10n ** BigInt(larger - scale);
}

export function add(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  return add(a, { units: -b.units, scale: b.scale });
}

/** `a` taken `n` times; `n` is a whole number. */
export function times(a: Decimal, n: number): Decimal {
  return { units: a.units * BigInt(n), scale: a.scale };
}

/** Negative, zero or positive as `a` is below, at or above `b`. */
export function compare(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The one spelling of a value: no exponent, no trailing zeros, so that equal decimals are equal texts. */
export function format({ units, scale }: Decimal): string {
  const negative = units < 0n;
  const digits = String(negative ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

/** The nearest double. */
export function toNumber(decimal: Decimal): number {
  return Number(format(decimal));
}

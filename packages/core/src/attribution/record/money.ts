/**
 * Amounts as records carry them, `"49.98"` or `49.98`, to integer minor units, without a float in between.
 */
import type { JsonValue, Rejection } from '../../stream/index.ts';
import { currencyExponent } from './currency.ts';

export interface Money {
  /** Minor units (cents of EUR, whole JPY), an integer of at most ±(2^53 - 1); negative for a refund. */
  readonly value: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
}

/** Why an amount is not one. */
export type MoneyReason =
  | 'no_value'
  | 'no_currency'
  | 'unknown_currency'
  | 'invalid_value'
  | 'too_many_decimals'
  | 'value_out_of_range';

/**
 * A JSON number tells amounts of this many digits apart, decimals of the currency included (IEEE 754 double); beyond,
 * 90071992547409.91 is read as ….90, and the producer has to write text.
 */
const EXACT_DIGITS = 15;
/** Longer text is no amount, whatever it says. */
const MAX_LENGTH = 40;
const AMOUNT = /^(-?)(\d+)(?:\.(\d+))?$/;

/**
 * @param value text or number, `-?digits[.digits]`; zeros beyond the currency's decimals are none (`"500.00"` in JPY).
 * @param currency an ISO 4217 code in any case.
 * @returns the reason where it is not exactly an amount of that currency.
 */
export function parseMoney(value: JsonValue | undefined, currency: JsonValue | undefined): Money | Rejection {
  if (value === undefined || value === null) return rejection('no_value', 'no value');
  if (currency === undefined || currency === null) return rejection('no_currency', 'no currency');
  const code = typeof currency === 'string' && /^[A-Za-z]{3}$/.test(currency) ? currency.toUpperCase() : '';
  const exponent = currencyExponent(code);
  if (exponent === undefined) return rejection('unknown_currency', `the currency is not one of ISO 4217, as in "EUR"`);
  const amount = typeof value === 'string' || typeof value === 'number' ? minorUnits(value, exponent) : undefined;
  if (typeof amount === 'number') return { value: amount, currency: code };
  return amount ?? rejection('invalid_value', `the value is not a decimal number, as in "49.98"`);
}

/** Undefined where `value` is not decimal. */
function minorUnits(value: string | number, exponent: number): number | Rejection | undefined {
  const text = String(value);
  const match = text.length <= MAX_LENGTH ? AMOUNT.exec(text) : null;
  if (match === null) return undefined;
  const [, sign, whole = '', decimals = ''] = match;
  const fraction = decimals.replace(/0+$/, '');
  if (fraction.length > exponent) {
    return rejection('too_many_decimals', `${fraction.length} decimals, the currency has ${exponent}; round it first`);
  }
  if (typeof value === 'number' && whole.length + exponent > EXACT_DIGITS) {
    return rejection('value_out_of_range', `a JSON number is exact to ${EXACT_DIGITS} digits; write the value as text`);
  }
  const minor = BigInt(whole + fraction.padEnd(exponent, '0'));
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) {
    return rejection('value_out_of_range', `more than ${Number.MAX_SAFE_INTEGER} minor units`);
  }
  return Number(sign === '-' ? -minor : minor);
}

function rejection(reason: MoneyReason, message: string): Rejection {
  return { reason, message };
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../stream/index.ts';
import { currencyExponent } from './currency.ts';
import { parseMoney } from './money.ts';

describe('currencyExponent', () => {
  it.each([
    ['EUR', 2],
    ['USD', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['BHD', 3],
    ['KWD', 3],
    ['CLF', 4],
    ['VED', 2], // not among Intl's
    ['UYW', 4],
    ['HUF', 2], // CLDR, and so Intl.NumberFormat, says 0
    ['IDR', 2],
    ['IQD', 3],
    ['XAU', undefined],
    ['XXX', undefined],
    ['ZZZ', undefined],
    ['eur', undefined],
  ])('%s has %s decimals', (code, expected) => expect(currencyExponent(code)).toBe(expected));
});

describe('parseMoney', () => {
  it.each<[JsonValue, string, number]>([
    ['49.98', 'EUR', 4998],
    [49.98, 'EUR', 4998],
    [0.29, 'EUR', 29], // 0.29 * 100 is 28.999999999999996
    [1.005, 'BHD', 1005],
    ['49.9', 'eur', 4990],
    ['49', 'EUR', 4900],
    ['-5.01', 'EUR', -501],
    ['0', 'EUR', 0],
    ['-0.00', 'EUR', 0],
    [-0, 'EUR', 0],
    ['500', 'JPY', 500],
    ['500.00', 'JPY', 500],
    ['24.9900', 'EUR', 2499],
    ['007.50', 'EUR', 750],
    ['1.2345', 'CLF', 12345],
    ['90071992547409.91', 'EUR', Number.MAX_SAFE_INTEGER],
    ['-90071992547409.91', 'EUR', -Number.MAX_SAFE_INTEGER],
    [9999999999999.99, 'EUR', 999999999999999],
  ])('%j %s is %i minor units', (value, currency, expected) =>
    expect(parseMoney(value, currency)).toEqual({ value: expected, currency: currency.toUpperCase() }),
  );

  it.each<[JsonValue | undefined, JsonValue | undefined, string]>([
    [undefined, 'EUR', 'no_value'],
    [null, 'EUR', 'no_value'],
    ['1', undefined, 'no_currency'],
    ['1', null, 'no_currency'],
    ['1', 'EURO', 'unknown_currency'],
    ['1', '', 'unknown_currency'],
    ['1', 978, 'unknown_currency'],
    ['1', '__proto__', 'unknown_currency'],
    ['', 'EUR', 'invalid_value'],
    ['1,50', 'EUR', 'invalid_value'],
    ['1.', 'EUR', 'invalid_value'],
    ['.5', 'EUR', 'invalid_value'],
    ['+1', 'EUR', 'invalid_value'],
    [' 1', 'EUR', 'invalid_value'],
    ['1e3', 'EUR', 'invalid_value'],
    ['0x10', 'EUR', 'invalid_value'],
    ['١', 'EUR', 'invalid_value'],
    [1e21, 'EUR', 'invalid_value'],
    [true, 'EUR', 'invalid_value'],
    [['1'], 'EUR', 'invalid_value'],
    [{ value: 1 }, 'EUR', 'invalid_value'],
    ['9'.repeat(41), 'EUR', 'invalid_value'],
    ['49.985', 'EUR', 'too_many_decimals'],
    [0.1 + 0.2, 'EUR', 'too_many_decimals'],
    ['1.5', 'JPY', 'too_many_decimals'],
    ['90071992547409.92', 'EUR', 'value_out_of_range'],
    [90071992547409.91, 'EUR', 'value_out_of_range'], // a double cannot tell it from its neighbours
  ])('%j %j is refused: %s', (value, currency, reason) =>
    expect(parseMoney(value, currency)).toMatchObject({ reason, message: expect.any(String) }),
  );

  it('reads back what it would be written as, in any currency', () =>
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('JPY', 'EUR', 'BHD', 'CLF'), (minor, currency) => {
        const exponent = currencyExponent(currency) ?? 0;
        const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
        const whole = digits.slice(0, digits.length - exponent);
        const text = `${minor < 0 ? '-' : ''}${whole}${exponent === 0 ? '' : `.${digits.slice(-exponent)}`}`;
        expect(parseMoney(text, currency)).toEqual({ value: minor === 0 ? 0 : minor, currency });
      }),
    ));
});

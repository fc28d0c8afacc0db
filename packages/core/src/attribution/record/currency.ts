/**
 * How many decimals an amount in a currency has: the minor unit of ISO 4217.
 *
 * `Intl.NumberFormat` will not do: it follows CLDR, which drops decimals nobody uses in cash (IDR, HUF, PKR, COP, IQD and
 * others), and a payment of 0.50 HUF would be refused. Its list of codes is taken, with what it lacks of ISO 4217 added;
 * held against the npm package currency-codes 2 (the list of 2024-06-25), they agree on all 166 that have a minor unit.
 */

/** Every currency of ISO 4217 list one whose minor unit is not 2, or that is missing elsewhere (https://www.six-group.com/en/products-services/financial-information/data-standards.html). */
const EXCEPTIONS: readonly (readonly [exponent: number, codes: string])[] = [
  [2, 'BOV CHE CHW COU MXV USN VED XCG'], // what `Intl` does not know
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];
/** Metals, baskets and codes for tests: ISO 4217 gives them no minor unit. */
const WITHOUT_UNIT = 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' ');

const exponents = new Map<string, number>(Intl.supportedValuesOf('currency').map((code) => [code, 2]));
for (const [exponent, codes] of EXCEPTIONS) for (const code of codes.split(' ')) exponents.set(code, exponent);
for (const code of WITHOUT_UNIT) exponents.delete(code);

/** Decimals of a currency, by its code in upper case; undefined where there is no such currency. */
export function currencyExponent(code: string): number | undefined {
  return exponents.get(code);
}

/**
 * Currency conversion from a table of rates. It holds how many units of a currency one unit of the base is worth, as the
 * European Central Bank publishes them: `USD` 1.08 for the base EUR; or so for each day, `2026-03-02/USD`.
 */
import * as z from 'zod';
import { onFirstUse } from '../../runtime/index.ts';
import { type JsonObject, type JsonValue, parsePath, valueAt } from '../../stream/index.ts';
import { timeOf } from '../step/date-time.ts';
import { derivation, samePlaces } from '../step/derive.ts';
import { elementPath, placeAt, sitesOf } from '../step/element-path.ts';
import { type AskingStep, common, type FailureReason, type Found, Unsuitable, unsuitable } from '../step/step.ts';
import { asked, oneSource, sourceOf } from './source.ts';

const code = z.string().regex(/^[A-Z]{3}$/, 'is a currency by its three letters, as in EUR');
const inRecord = elementPath.refine((path) => !path.includes('*'), 'name a property without *');

export const CurrencyStep = onFirstUse(() =>
  z
    .strictObject({
      kind: z.literal('currency'),
      ...asked,
      /** Where the amounts are (numbers, or text that reads as one), and where those in the other currency go. */
      ...derivation,
      /** Where the record says which currency they are in. */
      currency: inRecord,
      to: code,
      /** The currency that the rates are of one unit of. */
      base: code.default('EUR'),
      /** Where the record says when: the rate of that day (UTC) is taken. Without it, rates have no days. */
      day: inRecord.optional(),
      ...common,
    })
    .refine(...oneSource)
    .refine(...samePlaces),
);
export type CurrencyStep = z.output<ReturnType<typeof CurrencyStep>>;

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
/** Currencies without one that Intl knows have two decimals, as most. */
const TWO = 2;

/** Amounts are rounded to the decimals of their currency. A path that is missing or null is no failure. */
export function compileCurrency(step: CurrencyStep, project: string): AskingStep {
  const sites = sitesOf(step.at);
  const place = placeAt(step.into);
  const source = sourceOf(step, project);
  const digits = new Intl.NumberFormat('en', { style: 'currency', currency: step.to }).resolvedOptions()
    .maximumFractionDigits;
  const ratesWanted = ratesOf(step);
  return {
    kind: 'asking',
    open: async (scope) => ({
      find: await source.open(scope),
      wanted: (record, note) => {
        const amounts = sites(record).filter(({ value }) => value !== null);
        if (amounts.length === 0) return [];
        const rates = ratesWanted(record);
        if (rates instanceof Unsuitable) {
          note(amounts[0]?.path ?? step.at, rates.reason);
          return [];
        }
        return amounts.flatMap((site) => {
          const amount = amountOf(site.value);
          if (amount === undefined) {
            note(site.path, 'not_a_number');
            return [];
          }
          const settle = (found: readonly Found[], noting: (path: string, reason: FailureReason) => void) => {
            const rate = rates.rate(found);
            if (rate instanceof Unsuitable) noting(site.path, rate.reason);
            else if (!place(site, Number((amount * rate).toFixed(digits ?? TWO)))) noting(site.path, 'path_blocked');
          };
          return [{ ids: rates.ids, settle }];
        });
      },
    }),
  };
}

interface Rates {
  readonly ids: readonly string[];
  /** From what is known of the ids, the factor of an amount. */
  rate(found: readonly Found[]): number | Unsuitable;
}

/** Which rates a record needs: of its currency and of the one it is converted to, those of the base aside. */
function ratesOf({ currency, day, to, base }: CurrencyStep): (record: JsonObject) => Rates | Unsuitable {
  const currencyPath = parsePath(currency);
  const dayPath = day === undefined ? undefined : parsePath(day);
  return (record) => {
    const from = valueAt(record, currencyPath);
    const known = typeof from === 'string' ? from.trim().toUpperCase() : '';
    if (!/^[A-Z]{3}$/.test(known)) return unsuitable('not_a_currency');
    if (known === to) return { ids: [], rate: () => 1 };
    const time = dayPath === undefined ? undefined : timeOf(valueAt(record, dayPath) ?? null);
    if (dayPath !== undefined && time === undefined) return unsuitable('not_a_time');
    const date = time === undefined ? '' : `${new Date(time).toISOString().slice(0, 10)}/`;
    const codes = [known, to].filter((one) => one !== base);
    return {
      ids: codes.map((one) => `${date}${one}`),
      rate: (found) => {
        const worth = new Map(codes.map((one, index) => [one, found[index] ?? 'not_found']));
        const [perFrom, perTo] = [rateOf(worth.get(known)), rateOf(worth.get(to))];
        if (perFrom instanceof Unsuitable) return perFrom;
        return perTo instanceof Unsuitable ? perTo : perTo / perFrom;
      },
    };
  };
}

/** Of the base, which is not asked for, 1. */
function rateOf(found: Found | undefined): number | Unsuitable {
  if (found === undefined) return 1;
  if (found === 'lookup_failed') return unsuitable('lookup_failed');
  const rate = found === 'not_found' ? undefined : amountOf(found.value);
  return rate === undefined || rate <= 0 ? unsuitable('no_rate') : rate;
}

function amountOf(value: JsonValue): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value.trim()) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

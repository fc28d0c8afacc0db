import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Channel, channels } from '../record/channel.ts';
import { type ModelInput, parseModels } from '../share/model.ts';
import { Tally } from './tally.ts';

const models: ModelInput[] = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'];
const lookback = { click: 1000, view: 1000 };

/** A visitor who came by channels, and what was bought after. */
type Visitor = readonly [came: readonly Channel[], bought: readonly number[], currency?: string];

function report(visitors: readonly Visitor[]) {
  const tally = new Tally(parseModels(models));
  for (const [n, [came, bought, currency = 'EUR']] of visitors.entries()) {
    const place = { visitor: `v${n}`, time: 1 };
    tally.add({
      touches: came.map((channel, row) => ({
        ...{ ...place, id: `t${row}`, kind: 'click', row, channel, source: null, medium: null, campaign: null },
      })),
      conversions: bought.map((value, row) => ({ ...place, id: `c${n}-${row}`, row, value, currency })),
      ...{ nameOf: (visitor) => visitor, sessions: undefined, lookback },
    });
  }
  return tally.report();
}

const sums = (visitors: readonly Visitor[]) => {
  const by = new Map<string, bigint>();
  for (const { model, currency, value } of report(visitors).rows)
    by.set(`${model} ${currency}`, (by.get(`${model} ${currency}`) ?? 0n) + value);
  return by;
};

describe('each model adds up to what conversions are worth', () => {
  it('also beyond 2^53 minor units', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const found = sums([
      [
        ['email', 'social'],
        [most, 7],
      ],
      [['email'], [most]],
      [['paid_search', 'direct'], [most]],
    ]);
    const worth = 3n * BigInt(most) + 7n;
    expect([...found]).toEqual([...models, 'markov', 'shapley'].map((model) => [`${model} EUR`, worth]));
  });

  it('also in several currencies, where refunds outweigh sales, and where nothing led to any', () => {
    const path = fc.array(fc.constantFrom(...channels), { maxLength: 4 });
    const bought = fc.array(fc.maxSafeInteger(), { maxLength: 2 });
    const visitor = fc.tuple(path, bought, fc.constantFrom('EUR', 'JPY', 'BHD'));
    fc.assert(
      fc.property(fc.array(visitor, { maxLength: 6 }), (visitors) => {
        const worth = new Map<string, bigint>();
        for (const [, values, currency] of visitors)
          for (const value of values) worth.set(currency, (worth.get(currency) ?? 0n) + BigInt(value));
        const found = sums(visitors);
        for (const [currency, value] of worth) {
          for (const model of [...models, 'markov', 'shapley'])
            expect(found.get(`${model} ${currency}`) ?? 0n, `${model} ${currency}`).toBe(value);
        }
      }),
      { numRuns: 300 },
    );
  });
});

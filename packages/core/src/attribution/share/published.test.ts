/**
 * Worked examples that others have published, each named.
 */
import { describe, expect, it } from 'vitest';
import { DAY } from '../../runtime/index.ts';
import { Transitions } from '../offline/markov.ts';
import { shapley, sumOverSubsets } from '../offline/shapley.ts';
import type { Channel } from '../record/channel.ts';
import { attribute } from './attribute.ts';
import type { ModelInput } from './model.ts';

const END = Date.parse('2026-03-02T09:00:00.000Z');

/** Shares of a conversion among touches of channels, so many days before it. */
function shares(model: ModelInput, path: readonly (readonly [Channel, number])[], value: number) {
  const [only] = attribute({
    conversions: [{ id: 'c', time: END, row: 0, visitor: 'v', value, currency: 'USD' }],
    touches: path.map(([channel, days], row) => ({
      ...{ id: `t${row}`, kind: 'click', time: END - days * DAY, row, visitor: 'v' },
      ...{ channel, source: null, medium: null, campaign: null },
    })),
    models: [model],
    lookback: 90 * DAY,
  });
  return path.map((_, row) => only?.credits.find(({ touch }) => touch.id === `t${row}`)?.share ?? 0);
}

describe('one journey, six models', () => {
  // "Attribution models — The Math, Worked": a deal of 12,000 dollars over 38 days
  // (github.com/coreyhaines31/marketingskills, skills/attribution/references/attribution-models.md)
  const path = [
    ['paid_social', 38],
    ['organic_search', 33],
    ['paid_social', 26],
    ['paid_search', 8],
    ['direct', 0],
  ] as const;
  it.each<[ModelInput, number[]]>([
    ['first', [12_000, 0, 0, 0, 0]],
    ['last', [0, 0, 0, 0, 12_000]],
    ['last_non_direct', [0, 0, 0, 12_000, 0]],
    ['linear', [2400, 2400, 2400, 2400, 2400]],
    ['time_decay', [175, 287, 575, 3417, 7546]], // there, by rounded weights: 175, 290, 575, 3415, 7545
    ['position', [4800, 800, 800, 800, 4800]],
  ])('%s', (model, expected) => expect(shares(model, path, 12_000)).toEqual(expected));
});

describe('Google', () => {
  // Google Ads Help, "About attribution models": 40 % to first and last, 20 % to the others
  // (https://support.google.com/google-ads/answer/6259715; AttributionModelEnum of the Google Ads API says the same)
  it.each<[string, number, number[]]>([
    ['one touch', 1, [100]],
    ['two', 2, [50, 50]],
    ['three', 3, [40, 20, 40]],
    ['four', 4, [40, 10, 10, 40]],
    ['six', 6, [40, 5, 5, 5, 5, 40]],
  ])('position based, %s', (_, touches, expected) => {
    const path = Array.from({ length: touches }, (_, n) => ['email', touches - n] as const);
    expect(shares('position', path, 100)).toEqual(expected);
  });

  it('time decay: a click 8 days before a conversion gets half of what one a day before gets', () => {
    const path = [22, 15, 8, 1].map((days) => ['email', days] as const);
    expect(shares('time_decay', path, 1500)).toEqual([100, 200, 400, 800]);
  });

  it('last non-direct click: direct has it where there is nothing else', () => {
    expect(
      shares(
        'last_non_direct',
        [
          ['direct', 2],
          ['direct', 1],
        ],
        10,
      ),
    ).toEqual([0, 10]);
    expect(
      shares(
        'last_non_direct',
        [
          ['display', 3],
          ['social', 2],
          ['paid_search', 1],
          ['direct', 0],
        ],
        10,
      ),
    ).toEqual([0, 0, 10, 0]);
  });
});

describe('Matomo', () => {
  // "Multi Channel Conversion Attribution supports the following attribution models": of five visits each gets 20 %; the
  // ends 40 % each, the rest shared by those between (https://matomo.org/faq/multi-channel-conversion-attribution/faq_25500)
  const path = [5, 4, 3, 2, 1].map((days) => ['email', days] as const);
  it.each<[ModelInput, number[]]>([
    ['first', [300, 0, 0, 0, 0]],
    ['last', [0, 0, 0, 0, 300]],
    ['linear', [60, 60, 60, 60, 60]],
    ['position', [120, 20, 20, 20, 120]],
  ])('%s', (model, expected) => expect(shares(model, path, 300)).toEqual(expected));
});

describe('Adobe Analytics', () => {
  // "Attribution models and lookback windows": J shaped 20/20/60, inverse J 60/20/20, custom weights
  // (https://experienceleague.adobe.com/en/docs/analytics/analyze/analysis-workspace/attribution/models)
  const path = [4, 3, 2, 1].map((days) => ['email', days] as const);
  it.each<[string, ModelInput, number[]]>([
    ['U shaped', 'position', [40, 10, 10, 40]],
    ['J shaped', { kind: 'position', name: 'j_shaped', first: 20, last: 60 }, [20, 10, 10, 60]],
    ['inverse J', { kind: 'position', name: 'inverse_j', first: 60, last: 20 }, [60, 10, 10, 20]],
    ['custom 30/40/30', { kind: 'position', name: 'custom', first: 30, middle: 40, last: 30 }, [30, 20, 20, 30]],
  ])('%s', (_, model, expected) => expect(shares(model, path, 100)).toEqual(expected));
});

it('a custom model weighs channels, and leaves what none of them is given unattributed', () => {
  const model = { kind: 'custom', name: 'no direct', channels: { direct: 0, email: 3 } } as const;
  expect(
    shares(
      model,
      [
        ['email', 2],
        ['social', 1],
        ['direct', 0],
      ],
      100,
    ),
  ).toEqual([75, 25, 0]);
  expect(shares(model, [['direct', 1]], 100)).toEqual([0]);
});

describe('Markov removal effects', () => {
  it('of S. Bryl, "Attribution model with R, part 1: Markov chains concept", with the package ChannelAttribution', () => {
    // https://analyzecore.com/2016/08/03/attribution-model-r-part-1/
    const chain = new Transitions(['C1', 'C2', 'C3']);
    chain.add([0, 1, 2], true);
    chain.add([0], false);
    chain.add([1, 2], false);
    expect(chain.conversionProbability()).toBeCloseTo(1 / 3, 12);
    const effects = chain.removalEffects();
    expect(effects.map((effect) => effect.toFixed(3))).toEqual(['0.500', '1.000', '1.000']);
    const total = effects.reduce((sum, effect) => sum + effect, 0);
    expect(effects.map((effect) => (effect / total).toFixed(1))).toEqual(['0.2', '0.4', '0.4']);
  });

  it('of S. Puzyrov, "Markov chain attribution – simple explanation of removal effect": ads and mailing', () => {
    // https://serhiipuzyrov.com/2019/07/markov-chain-attribution-simple-explanation-of-removal-effect/
    const chain = new Transitions(['google ads', 'mailing']);
    chain.add([0], true, 2);
    chain.add([1], true);
    chain.add([0, 1], true);
    chain.add([0], false);
    expect(chain.conversionProbability()).toBeCloseTo(0.8, 12);
    const [ads, mailing] = chain.removalEffects();
    expect([ads, mailing]).toEqual([expect.closeTo(0.75, 12), expect.closeTo(0.5, 12)]);
  });

  it('do not change where a channel follows itself, and are 0 where nobody converts', () => {
    const chain = (loops: number) => {
      const transitions = new Transitions(['a', 'b']);
      transitions.add([0, ...Array<number>(loops).fill(0), 1], true);
      transitions.add([0, ...Array<number>(loops).fill(0)], false);
      return transitions.removalEffects().map((effect) => effect.toFixed(9));
    };
    expect(chain(3)).toEqual(chain(0));
    const nobody = new Transitions(['a']);
    nobody.add([0], false);
    expect(nobody.removalEffects()).toEqual([0]);
    expect(new Transitions(['a']).removalEffects()).toEqual([0]);
  });
});

describe('Shapley values', () => {
  it('of the glove game: two left gloves, one right (Wikipedia, "Shapley value")', () => {
    const values = shapley(3, (coalition) => (coalition & 4 && coalition & 3 ? 1 : 0));
    expect(values.map((value) => value.toFixed(4))).toEqual(['0.1667', '0.1667', '0.6667']);
  });

  it('of "Data-driven marketing attribution": Facebook, organic, LinkedIn', () => {
    // https://towardsdatascience.com/data-driven-marketing-attribution-1a28d2e613a0
    const own = [0, 0.2, 0.1, 0.17, 0.17, 0.3, 0, 0.06]; // by coalition: F = 1, O = 2, L = 4
    const worth = sumOverSubsets(3, own);
    expect(worth.map((value) => value.toFixed(2))).toEqual('0.00 0.20 0.10 0.47 0.17 0.67 0.27 1.00'.split(' '));
    expect(shapley(3, (coalition) => worth[coalition] ?? 0).map((value) => value.toFixed(3))).toEqual([
      '0.455',
      '0.205',
      '0.340',
    ]);
  });

  it('add up for twelve players, and are refused for more', () => {
    const values = shapley(12, (coalition) => Math.sqrt(coalition));
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(Math.sqrt(4095), 9);
    expect(() => shapley(13, () => 0)).toThrow(/at most 12/);
  });
});

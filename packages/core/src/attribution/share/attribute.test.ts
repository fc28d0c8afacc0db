import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conversion } from '../record/conversion.ts';
import { parseMoney } from '../record/money.ts';
import { lessRefunds } from '../record/refund-record.ts';
import type { Touch } from '../record/touch.ts';
import { attribute } from './attribute.ts';

const MINUTE = 60_000;
const everyModel = [
  ...(['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] as const),
  { kind: 'custom', first: 3, middle: 0, last: 1, channels: { direct: 2 } } as const,
];
const origin = { channel: 'direct', source: null, medium: null, campaign: null } as const;
const touch = (id: string, time: number, row = 1, visitor = 'v'): Touch => ({
  id,
  kind: 'click',
  time,
  row,
  visitor,
  ...origin,
});
const conversion = (time: number, value = 100, visitor = 'v', row = 1): Conversion => ({
  id: `c${time}-${row}`,
  time,
  row,
  visitor,
  value,
  currency: 'EUR',
});
/** `[touch, share]` of one conversion under one model. */
const credited = (options: Parameters<typeof attribute>[0]) =>
  [...attribute(options)].map(({ credits }) => credits.map(({ touch, share }) => [touch.id, share]));

describe('models', () => {
  const touches = [touch('a', 1), touch('b', 2), touch('c', 3)];
  it.each([
    ['first', [['a', 100]]],
    ['last', [['c', 100]]],
    [
      'linear',
      [
        ['a', 34],
        ['b', 33],
        ['c', 33],
      ],
    ],
  ] as const)('%s', (model, expected) =>
    expect(credited({ conversions: [conversion(4)], touches, models: [model], lookback: MINUTE })).toEqual([expected]),
  );

  it('are all worked in one pass, in the order asked for, conversion by conversion', () => {
    const conversions = [conversion(9), conversion(5)];
    const all = [...attribute({ conversions, touches, models: ['linear', 'last'], lookback: MINUTE })];
    expect(all.map((one) => [one.conversion.time, one.model.name])).toEqual([
      [5, 'linear'],
      [5, 'last'],
      [9, 'linear'],
      [9, 'last'],
    ]);
  });

  it('give one touch everything', () => {
    const input = { conversions: [conversion(4, -7)], touches: [touch('a', 1)], models: everyModel, lookback: MINUTE };
    expect(credited(input)).toEqual(everyModel.map(() => [['a', -7]]));
  });
});

describe('lookback', () => {
  const now = 100 * MINUTE;
  it.each([
    ['a millisecond too early', now - 20 * MINUTE - 1, false],
    ['at its very start', now - 20 * MINUTE, true],
    ['at the conversion itself', now, true],
    ['a millisecond after it', now + 1, false],
  ])('a touch %s', (_, time, counts) => {
    const input = { conversions: [conversion(now)], touches: [touch('a', time)], lookback: 20 * MINUTE };
    const [only] = attribute({ ...input, models: ['last'] });
    expect(only).toMatchObject(
      counts ? { credits: [{ share: 100 }], unattributed: 0 } : { credits: [], unattributed: 100 },
    );
  });

  it('orders touches of one time by row', () => {
    const touches = [touch('late', 5, 3), touch('early', 5, 1), touch('middle', 5, 2)];
    expect(credited({ conversions: [conversion(5)], touches, models: ['last', 'first'], lookback: 0 })).toEqual([
      [['late', 100]],
      [['early', 100]],
    ]);
  });

  it.each([
    ['click', 60, true],
    ['click', 61, false],
    ['view', 10, true],
    ['view', 11, false],
  ] as const)('a %s %i minutes before, where clicks count for 60 and views for 10', (kind, minutes, counts) => {
    const [only] = attribute({
      conversions: [conversion(now)],
      touches: [{ ...touch('a', now - minutes * MINUTE), kind }],
      lookback: { click: 60 * MINUTE, view: 10 * MINUTE },
      models: ['last'],
    });
    expect(only?.credits).toHaveLength(counts ? 1 : 0);
  });

  it('of thousands of touches credits the newest 200 and the first', () => {
    const touches = Array.from({ length: 1000 }, (_, n) => touch(String(n), n * MINUTE));
    const input = { conversions: [conversion(1000 * MINUTE)], touches, lookback: 1000 * MINUTE };
    const [ids = []] = credited({ ...input, models: ['linear'] }).map((all) => all.map(([id]) => id));
    expect([ids.length, ids[0], ids[1], ids.at(-1)]).toEqual([201, '0', '800', '999']);
  });

  it('credits the newest 200 of either kind and the first, each within its own lookback', () => {
    const kinds = ['click', 'view'] as const;
    const touches = kinds.flatMap((kind, row) =>
      Array.from({ length: 500 }, (_, n) => ({ ...touch(`${kind} ${n}`, n * MINUTE, row), kind })),
    );
    const lookback = { click: 400 * MINUTE, view: 50 * MINUTE };
    const input = { conversions: [conversion(500 * MINUTE)], touches, lookback };
    const [ids = []] = credited({ ...input, models: ['linear'] }).map((all) => all.map(([id]) => id));
    expect(ids).toHaveLength(201);
    expect(ids.filter((id) => String(id).startsWith('view'))).toHaveLength(50);
    expect([ids[0], ids[1], ids.at(-2), ids.at(-1)]).toEqual(['click 100', 'click 350', 'click 499', 'view 499']);
  });

  it('takes no longer a conversion where one visitor is everybody', () => {
    const touches = Array.from({ length: 200_000 }, (_, n) => ({
      ...touch(String(n), n, n),
      kind: n % 2 ? ('view' as const) : ('click' as const),
    }));
    const conversions = Array.from({ length: 20_000 }, (_, n) => conversion(200_000, 1, 'v', n));
    const input = { conversions, touches, lookback: { click: 200_000, view: 100_000 } };
    let last = 0;
    for (const { credits } of attribute({ ...input, models: ['last'] })) if (credits[0]?.touch.id === '199999') last++;
    expect(last).toBe(20_000);
  });

  it('counts nothing of another visitor', () => {
    const touches = [touch('a', 1, 1, 'other'), touch('b', 1, 1, '__proto__')];
    const [only] = attribute({ conversions: [conversion(2)], touches, models: ['last'], lookback: MINUTE });
    expect(only).toMatchObject({ credits: [], unattributed: 100 });
  });
});

const visitors = fc.constantFrom('v', 'w', 'constructor');
const anyTouch = fc.record({ time: fc.nat(200), row: fc.nat(), visitor: visitors }).map((one) => ({
  ...touch(`t${one.time}-${one.row}`, one.time, one.row, one.visitor),
}));
const anyConversion = fc
  .record({ time: fc.nat(200), row: fc.nat(), visitor: visitors, value: fc.maxSafeInteger() })
  .map(({ time, value, visitor, row }) => conversion(time, value, visitor, row));

describe('sums', () => {
  it('credits and unattributed are the value, to the unit, for 10,000 conversions and every model', () =>
    fc.assert(
      fc.property(anyConversion, fc.array(anyTouch, { maxLength: 12 }), fc.nat(100), (one, touches, lookback) => {
        for (const { conversion, credits, unattributed } of attribute({
          conversions: [one],
          touches,
          models: everyModel,
          lookback,
        })) {
          const sum = credits.reduce((total, { share }) => total + BigInt(share), BigInt(unattributed));
          if (sum !== BigInt(conversion.value)) throw new Error(`${sum} instead of ${conversion.value}`);
        }
      }),
      { numRuns: 10_000 },
    ));

  // Decimals of the currency, as ISO 4217 has them.
  const currency = fc.constantFrom(['JPY', 0], ['EUR', 2], ['BHD', 3], ['CLF', 4]);
  const units = fc.integer({ min: 0, max: 10 ** 12 });
  const decimal = (minor: number, decimals: number) =>
    decimals === 0
      ? String(minor)
      : `${Math.floor(minor / 10 ** decimals)}.${String(minor % 10 ** decimals).padStart(decimals, '0')}`;

  it('are what the records say, less refunds, in currencies of 0, 2, 3 and 4 decimals, for 10,000 more', () =>
    fc.assert(
      fc.property(
        currency,
        units,
        fc.array(units, { maxLength: 3 }),
        fc.array(anyTouch, { maxLength: 12 }),
        (...any) => {
          const [[code, decimals], worth, back, touches] = any;
          const money = (minor: number) => parseMoney(decimal(minor, Number(decimals)), String(code));
          const [sold, ...refunds] = [worth, ...back].map(money).filter((one) => 'value' in one);
          if (sold === undefined || refunds.length !== back.length) throw new Error('refused');
          const gross = { ...conversion(200), ...sold };
          const net = lessRefunds(
            gross,
            refunds.map((refund, n) => ({ ...refund, id: `r${n}` })),
          );
          const expected = back.reduce((rest, refund) => rest - BigInt(refund), BigInt(worth));
          for (const { credits, unattributed } of attribute({
            conversions: [net],
            touches,
            models: everyModel,
            lookback: 100,
          })) {
            const sum = credits.reduce((total, { share }) => total + BigInt(share), BigInt(unattributed));
            if (sum !== expected) throw new Error(`${sum} instead of ${expected}`);
          }
        },
      ),
      { numRuns: 10_000 },
    ));

  it('do not depend on the order touches and conversions come in', () =>
    fc.assert(
      fc.property(
        fc.uniqueArray(anyConversion, { selector: ({ time, row }) => `${time} ${row}`, maxLength: 5 }),
        fc.uniqueArray(anyTouch, { selector: ({ time, row }) => `${time} ${row}`, maxLength: 12 }),
        (conversions, touches) => {
          const run = (c: typeof conversions, t: typeof touches) => [
            ...attribute({ conversions: c, touches: t, models: everyModel, lookback: 50 }),
          ];
          expect(run(conversions.toReversed(), touches.toReversed())).toEqual(run(conversions, touches));
        },
      ),
    ));
});

/**
 * Evaluating again and again as files come and the watermark moves: late records revise, and in the end all is the same.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../runtime/index.ts';
import { parsePath } from '../../stream/index.ts';
import { type KeyPart, keyPart } from '../../table/index.ts';
import { compileRule } from '../collect/compile.ts';
import type { Tally } from '../measure/tally.ts';
import { addTally } from '../state/contribution.ts';
import { pack } from '../state/partition.ts';
import { machines, minutes, rule } from '../test/rules.ts';
import { evaluate, type Kept, NEW_GROUP } from './evaluate.ts';
import { reconcile } from './revise.ts';

const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };
const many = compileRule({ rule: rule({ time: { grace: '30m' } }), version: 1 }, defaults);
const PARTITION = keyPart('[]');

/** Tallies of counts by window, numbered from 09:00. */
function windowsOf(counts: readonly (readonly [window: number, n: number])[]): Map<number, Map<KeyPart, Tally>> {
  const windows = new Map<number, Map<KeyPart, Tally>>();
  for (const [window, n] of counts) addTally(many, windows, minutes(window * 5), PARTITION, { n });
  return windows;
}

describe('evaluate', () => {
  it('announces a transition once, and forgets it when its grace is over', () => {
    const windows = windowsOf([
      [0, 3],
      [1, 1],
    ]);
    const first = evaluate(many, NEW_GROUP, windows, minutes(10));
    expect(first.news.map(({ type }) => type)).toEqual(['raised', 'resolved']);
    expect(first.wake).toBe(minutes(40));
    const again = evaluate(many, first, windows, minutes(10));
    expect(again).toEqual({ ...first, news: [] });
    const folded = evaluate(many, again, windows, minutes(40));
    expect(folded).toMatchObject({ news: [], announced: [], wake: undefined, base: { through: minutes(10) } });
  });

  it('fires nothing before its window is final', () => {
    expect(evaluate(many, NEW_GROUP, windowsOf([[0, 9]]), minutes(5) - 1).news).toEqual([]);
    expect(evaluate(many, NEW_GROUP, windowsOf([[0, 9]]), minutes(5)).news).toHaveLength(1);
  });

  describe('of an early rule', () => {
    const hourly = { window: { kind: 'tumbling', size: '1h' }, early: true } as const;
    const early = compileRule({ rule: rule(hourly), version: 1 }, defaults);
    const counted = (...counts: (readonly [hour: number, n: number])[]) => {
      const windows = new Map<number, Map<KeyPart, Tally>>();
      for (const [hour, n] of counts) addTally(early, windows, minutes(hour * 60), PARTITION, { n });
      return windows;
    };

    it('raises in the window under way, which says the same when it is over', () => {
      expect(evaluate(early, NEW_GROUP, counted([0, 2]), minutes(10)).news).toEqual([]);
      const ahead = evaluate(early, NEW_GROUP, counted([0, 3]), minutes(10));
      const { transition } = ahead.news[0] ?? {};
      expect(transition).toMatchObject({
        ...{ kind: 'raise', opened: minutes(0), value: 'at least 3' },
        window: { start: minutes(0), end: minutes(60) },
      });
      expect(evaluate(early, ahead, counted([0, 40]), minutes(55)).news).toEqual([]);
      const over = evaluate(early, ahead, counted([0, 40], [1, 1]), minutes(60));
      expect(over.news).toEqual([]);
      expect(evaluate(early, NEW_GROUP, counted([0, 40]), minutes(60))).toEqual({ ...over, news: ahead.news });
      const quiet = evaluate(early, over, counted([0, 40], [1, 1]), minutes(120));
      expect(quiet.news.map(({ type }) => type)).toEqual(['resolved']);
    });

    it('does not look past a window that is not over', () => {
      expect(evaluate(early, NEW_GROUP, counted([1, 9]), minutes(59)).news).toEqual([]);
      expect(evaluate(early, NEW_GROUP, counted([1, 9]), minutes(60)).news).toHaveLength(1);
    });

    it('raises nothing while it fires', () => {
      const first = evaluate(early, NEW_GROUP, counted([0, 3]), minutes(60));
      expect(evaluate(early, first, counted([0, 3], [1, 5]), minutes(70)).news).toEqual([]);
    });

    it('withdraws, once its window is over, what an overwritten file takes back', () => {
      const ahead = evaluate(early, NEW_GROUP, counted([0, 3]), minutes(10));
      const undone = evaluate(early, ahead, counted([0, 2]), minutes(20));
      expect(undone.news).toEqual([]);
      expect(evaluate(early, undone, counted([0, 2]), minutes(60)).news).toMatchObject([{ status: 'withdrawn' }]);
    });

    it('announces the same in whatever steps the records and the watermark come, and often before the window is over', () => {
      let ahead = 0;
      const record = fc.tuple(fc.nat({ max: 47 }), fc.integer({ min: 1, max: 2 }));
      fc.assert(
        fc.property(fc.array(record, { maxLength: 40 }), (records) => {
          const windowsUpTo = (interval: number) =>
            counted(...records.filter(([at]) => at <= interval).map(([at, n]) => [Math.floor(at / 12), n] as const));
          let kept: Kept = NEW_GROUP;
          const live: string[] = [];
          for (let interval = 0; interval < 60; interval++) {
            const watermark = minutes(5 * (interval + 1));
            const next = evaluate(early, kept, windowsUpTo(interval), watermark);
            for (const one of next.news) {
              live.push(JSON.stringify(one));
              if (one.transition.window.end > watermark) ahead++;
            }
            kept = next;
          }
          const atOnce = evaluate(early, NEW_GROUP, windowsUpTo(60), minutes(300));
          expect(live).toEqual(atOnce.news.map((one) => JSON.stringify(one)));
          expect(kept.announced).toEqual(atOnce.announced);
        }),
      );
      expect(ahead).toBeGreaterThan(50);
    });
  });

  it('lets a lower watermark take nothing back', () => {
    const windows = windowsOf([
      [0, 3],
      [1, 1],
    ]);
    const known = evaluate(many, NEW_GROUP, windows, minutes(10));
    const behind = evaluate(many, known, windows, minutes(5));
    expect(behind.news).toEqual([]);
    expect(behind.announced).toEqual(known.announced);
  });

  it('does not look at windows before its base', () => {
    const known = evaluate(many, NEW_GROUP, windowsOf([[10, 1]]), minutes(120));
    expect(
      evaluate(
        many,
        known,
        windowsOf([
          [0, 9],
          [10, 1],
        ]),
        minutes(125),
      ).news,
    ).toEqual([]);
  });

  it('wakes when silence changes something', () => {
    const kept = compileRule({ rule: rule({ keepFiringFor: '20m', time: { grace: '2h' } }), version: 1 }, defaults);
    expect(evaluate(kept, NEW_GROUP, windowsOf([[0, 3]]), minutes(5)).wake).toBe(minutes(10));
    expect(evaluate(kept, NEW_GROUP, windowsOf([[0, 3]]), minutes(10)).wake).toBe(minutes(30));
    expect(evaluate(kept, NEW_GROUP, windowsOf([[0, 3]]), minutes(30)).wake).toBe(minutes(30) + 2 * HOUR);
  });

  it('ends where it would have had all files come first, whatever came when (within grace)', () => {
    const contribution = fc.tuple(fc.nat({ max: 5 }), fc.integer({ min: 1, max: 3 }));
    const arrivals = fc.array(fc.tuple(contribution, fc.nat({ max: 5 })), { maxLength: 12 });
    fc.assert(
      fc.property(arrivals, (all) => {
        let kept: Kept = NEW_GROUP;
        const said = new Map<string, string>();
        const have: (readonly [number, number])[] = [];
        const see = (watermark: number) => {
          const next = evaluate(many, kept, windowsOf(have), watermark);
          for (const news of next.news) {
            const { kind, opened, window, value } = news.transition;
            const gone = news.type === 'revised' && news.status === 'withdrawn';
            const reopened = news.type === 'revised' && news.status === 'firing' && kind === 'resolve';
            if (gone) said.delete(`raise ${opened}`);
            if (gone || reopened) said.delete(`resolve ${opened}`);
            else said.set(`${kind} ${opened}`, `${window.start} ${value}`);
          }
          kept = next;
        };
        for (const [[window, n], step] of all) {
          have.push([window, n]);
          see(minutes(5 * Math.min(step + 1, 6)));
        }
        see(minutes(30));
        see(minutes(90));
        const atOnce = evaluate(many, NEW_GROUP, windowsOf(have), minutes(90));
        expect(pack(kept.base)).toBe(pack(atOnce.base));
        expect(kept.announced).toEqual([]);
        const expected = atOnce.news.map(({ transition: { kind, opened, window, value } }): [string, string] => [
          `${kind} ${opened}`,
          `${window.start} ${value}`,
        ]);
        expect([...said].sort()).toEqual(expected.sort());
      }),
      { numRuns: 500 },
    );
  });
});

describe('reconcile', () => {
  const window = { start: 0, end: 5 };
  const raise = { kind: 'raise', opened: 0, window, value: '3' } as const;
  const resolve = { kind: 'resolve', opened: 0, window: { start: 5, end: 10 }, value: '1' } as const;
  const news = (...args: Parameters<typeof reconcile>) =>
    reconcile(...args).news.map(
      (one) => `${one.type} ${one.transition.kind}${one.type === 'revised' ? ` ${one.status}` : ''}`,
    );

  it.each([
    ['nothing new', [raise, resolve], [raise, resolve], []],
    ['a resolve', [raise], [raise, resolve], ['resolved resolve']],
    ['another value', [raise], [{ ...raise, value: '4' }], ['revised raise firing']],
    [
      'a resolve at another time',
      [raise, resolve],
      [raise, { ...resolve, window: { start: 10, end: 15 } }],
      ['revised resolve resolved'],
    ],
    ['a resolve that was none', [raise, resolve], [raise], ['revised resolve firing']],
    ['an episode that was none', [raise, resolve], [], ['revised resolve withdrawn']],
    ['a raise that was none', [raise], [], ['revised raise withdrawn']],
    ['what was withdrawn before', [{ ...raise, withdrawn: true as const }], [], []],
    ['what comes back', [{ ...raise, withdrawn: true as const }], [raise], ['revised raise firing']],
    ['a resolve whose raise is long settled', [resolve], [], ['revised resolve firing']],
  ])('%s', (_, announced, transitions, expected) => {
    expect(news(announced, transitions, 20)).toEqual(expected);
  });

  it('numbers the revisions of an episode, and revises its end once that was announced', () => {
    const told: string[] = [];
    let announced: Parameters<typeof reconcile>[0] = [];
    for (const now of [[raise, resolve], [], [raise], [], [raise, resolve], [raise, { ...resolve, value: '2' }]]) {
      const next = reconcile(announced, now, 20);
      for (const one of next.news) {
        const number = one.type === 'revised' ? ` ${one.revision} ${one.status}${one.reopens ? ' again' : ''}` : '';
        told.push(`${one.transition.kind}${number}`);
      }
      ({ announced } = next);
    }
    expect(told).toEqual([
      'raise',
      'resolve',
      'resolve 1 withdrawn',
      'raise 2 firing again',
      'raise 3 withdrawn again',
      'raise 4 firing',
      'resolve 5 resolved',
      'resolve 6 resolved',
    ]);
    expect(announced.map(({ revisions }) => revisions)).toEqual([6, 6]);
  });

  it('leaves alone what was announced beyond the watermark', () => {
    expect(reconcile([raise, resolve], [raise], 5)).toEqual({ announced: [raise, resolve], news: [] });
  });
});

describe('a group’s item', () => {
  it('holds 10,000 latest values within DynamoDB’s 400 KB', () => {
    const all = compileRule({ rule: machines('all'), version: 1 }, defaults);
    const windows = new Map<number, Map<KeyPart, Tally>>();
    for (let n = 0; n < 10_000; n++) {
      const id = keyPart(
        JSON.stringify([`${n.toString(16).padStart(8, '0')}-${((n * 2654435761) >>> 0).toString(16)}-machine`]),
      );
      const latest = { value: 'running', at: minutes(n / 3000), interval: minutes(0), file: 'f'.repeat(26), row: n };
      addTally(all, windows, minutes(0), id, { n: 1, latest });
    }
    const { base } = evaluate(all, NEW_GROUP, windows, minutes(120));
    expect(base.memory.latest.size).toBe(10_000);
    expect(pack(base).length).toBeLessThan(390_000);
  });
});

describe('a sliding window', () => {
  it('is looked at when it gets empty', () => {
    const window = { kind: 'sliding', size: '15m', hop: '5m' } as const;
    const given = rule({ window, signal: { kind: 'absence', expect: 'any' } });
    const absent = compileRule({ rule: given, version: 1 }, defaults);
    expect(evaluate(absent, NEW_GROUP, windowsOf([[0, 1]]), minutes(5)).wake).toBe(minutes(20));
  });
});

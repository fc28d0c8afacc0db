import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Touch } from '../record/touch.ts';
import { inOrder } from './attribute.ts';
import { fold, openings } from './session.ts';

const MINUTE = 60_000;
const sessions = { timeout: 30 * MINUTE, newCampaign: true };

/** A page after so many minutes, by a campaign or (none) from the page before. */
function page(minutes: number, campaign: string | null = null, row = 1): Touch {
  const channel = campaign === null ? 'direct' : 'email';
  const place = { id: `${minutes} ${campaign ?? ''}`.trim(), kind: 'click', time: minutes * MINUTE, row } as const;
  return { ...place, visitor: 'v', channel, source: null, medium: null, campaign };
}
const opened = (touches: Touch[], options = sessions) => openings(touches, options).map(({ id }) => id);

describe('visits', () => {
  it.each<[string, Touch[], string[]]>([
    ['pages one after the other are one', [page(0), page(5), page(29)], ['0']],
    ['thirty minutes after the last page is still the same', [page(0), page(20), page(50)], ['0']],
    ['a moment later is another', [page(0), page(20), page(50 + 1 / 60_000)], ['0', String(50 + 1 / 60_000)]],
    ['a campaign opens another', [page(0), page(5, 'a'), page(6)], ['0', '5 a']],
    ['the same campaign does not', [page(0, 'a'), page(5, 'a'), page(6)], ['0 a']],
    ['a third does, and the first again', [page(0, 'a'), page(5, 'b'), page(6, 'a')], ['0 a', '5 b', '6 a']],
  ])('%s', (_, touches, expected) => expect(opened(touches)).toEqual(expected));

  it('go on through campaigns where those are told not to open any', () =>
    expect(opened([page(0), page(5, 'a'), page(35)], { ...sessions, newCampaign: false })).toEqual(['0']));

  it('are not what views are: each of them stands for itself', () => {
    const view = { ...page(10), kind: 'view' as const };
    expect(openings([page(0), view, page(35)], sessions)).toEqual([page(0), view, page(35)]);
  });
});

const anyTouch = fc
  .record({
    minutes: fc.integer({ min: 0, max: 200 }),
    campaign: fc.constantFrom(null, null, null, 'a', 'b'),
    view: fc.nat(9).map((n) => n === 0),
    file: fc.nat(3),
  })
  .map(({ minutes, campaign, view, file }) => ({ minutes, campaign, view, file }));

describe('folding', () => {
  const own = fc.array(anyTouch, { maxLength: 40 }).map((all) =>
    all.map(({ minutes, campaign, view, file }, row) => ({
      file,
      touch: { ...page(minutes, campaign, file * 100 + row), kind: view ? ('view' as const) : ('click' as const) },
    })),
  );
  it('each file by itself changes no visit, however files lie within each other', () =>
    fc.assert(
      fc.property(own, (touches) => {
        const all = touches.map(({ touch }) => touch).sort(inOrder);
        const files = [0, 1, 2, 3].map((file) => touches.filter((one) => one.file === file).map(({ touch }) => touch));
        const folded = files.flatMap((one) => fold(one.sort(inOrder), sessions)).sort(inOrder);
        const bare = ({ until: _, ...touch }: Touch) => touch;
        expect(openings(folded, sessions).map(bare)).toEqual(openings(all, sessions).map(bare));
        expect(folded.length).toBeLessThanOrEqual(all.length);
      }),
      { numRuns: 1000 },
    ));

  it('takes no longer a touch where one visitor is everybody, and only ever sees', () => {
    const views = Array.from({ length: 300_000 }, (_, row) => ({ ...page(0, null, row), kind: 'view' as const }));
    expect(fold(views, sessions)).toHaveLength(300_000);
  });

  it('a lookback that begins a timeout earlier sees the visits of all time', () =>
    fc.assert(
      fc.property(own, fc.nat(200), (touches, from) => {
        const all = touches.map(({ touch }) => touch).sort(inOrder);
        const start = from * MINUTE;
        const late = all.filter(({ time }) => time >= start - sessions.timeout);
        const since = (found: readonly Touch[]) => found.filter(({ time }) => time >= start);
        expect(since(openings(late, sessions))).toEqual(since(openings(all, sessions)));
      }),
      { numRuns: 1000 },
    ));
});

import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { advance, INACTIVE, type Outcome, type Phase } from './machine.ts';

type Timing = Parameters<typeof advance>[0];
const timing = (given: Partial<Omit<Timing, 'rule'>> & { noData?: Timing['rule']['noData'] } = {}): Timing => ({
  for: 0,
  keepFiringFor: 0,
  rule: { noData: given.noData ?? 'ok' },
  ...given,
});

const outcomes: Record<string, Outcome['status']> = { x: 'breach', '-': 'ok', _: 'nodata', k: 'keep' };
const letters: Record<Phase['is'], string> = { inactive: '.', pending: 'p', firing: 'F' };

/** One window a minute, a letter each; the phase after each, with R and V where it was raised and resolved. */
function play(rule: Timing, windows: string): string {
  let phase: Phase = INACTIVE;
  let played = '';
  for (const [n, letter] of [...windows].entries()) {
    const window = { start: n * MINUTE, end: (n + 1) * MINUTE };
    const next = advance(rule, phase, window, { status: outcomes[letter] ?? 'ok', value: letter });
    const said = next.transition?.kind;
    played += said === 'raise' ? 'R' : said === 'resolve' ? 'V' : letters[next.phase.is];
    phase = next.phase;
  }
  return played;
}

/**
 * `for` and `keep_firing_for` as Prometheus documents and tests them: evaluated once a minute, an alert with `for: 2m`
 * is pending at its first and second evaluation and fires at the third; `keep_firing_for` counts from the first
 * evaluation that is no longer true.
 */
describe('advance', () => {
  it.each<[string, Timing, string, string]>([
    ['fires at once', timing(), '-xx--', '.RFV.'],
    ['fires again as a new episode', timing(), 'x-x-', 'RVRV'],
    ['waits for `for`', timing({ for: 2 * MINUTE }), 'xxxx-', 'ppRFV'],
    ['starts over when it stops breaching', timing({ for: 2 * MINUTE }), 'xx-xxx', 'pp.ppR'],
    ['rounds `for` up to a window', timing({ for: MINUTE / 2 }), 'xx', 'pR'],
    ['keeps firing', timing({ keepFiringFor: 2 * MINUTE }), 'x----', 'RFFV.'],
    ['forgets the quiet when it breaches again', timing({ keepFiringFor: 2 * MINUTE }), 'x--x--x---', 'RFFFFFFFFV'],
    ['takes no data as fine', timing({ noData: 'ok' }), 'x_', 'RV'],
    ['takes no data as fine, and keeps firing', timing({ noData: 'ok', keepFiringFor: MINUTE }), 'x__', 'RFV'],
    ['ends at once on no data', timing({ noData: 'nodata', keepFiringFor: 5 * MINUTE }), 'x-_', 'RFV'],
    ['leaves pending on no data', timing({ noData: 'nodata', for: MINUTE }), 'x_x', 'p.p'],
    ['stays as it is on no data', timing({ noData: 'keep' }), '_x__-_', '.RFFV.'],
    ['stays pending on no data', timing({ noData: 'keep', for: 2 * MINUTE }), 'x__x', 'pppR'],
    ['fires on no data', timing({ noData: 'firing' }), '-__-', '.RFV'],
    ['waits for `for` on no data', timing({ noData: 'firing', for: MINUTE }), '__-', 'pRV'],
    ['does not see what is to be kept', timing(), 'kxkk-k', '.RFFV.'],
  ])('%s', (_, rule, windows, played) => {
    expect(play(rule, windows)).toBe(played);
  });

  it('names an episode by the window that opened it, and leaves the same object where nothing changed', () => {
    const rule = timing({ for: MINUTE });
    const first = advance(rule, INACTIVE, { start: 0, end: MINUTE }, { status: 'breach', value: '1' });
    const second = advance(rule, first.phase, { start: MINUTE, end: 2 * MINUTE }, { status: 'breach', value: '2' });
    expect(second.transition).toEqual({
      kind: 'raise',
      opened: 0,
      window: { start: MINUTE, end: 2 * MINUTE },
      value: '2',
    });
    const third = advance(rule, second.phase, { start: 2 * MINUTE, end: 3 * MINUTE }, { status: 'breach', value: '3' });
    expect(third.phase).toBe(second.phase);
  });
});

/** Cases of Alertmanager's own test of DedupStage.needsUpdate, and those that follow from its comments. */
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../runtime/index.ts';
import { verdictOf } from './group-decision.ts';

const now = 100 * HOUR;
const told = (firing: string[], ago = HOUR) => ({ firing: new Set(firing), at: now - ago });
const repeat = 4 * HOUR;

describe('verdictOf', () => {
  it.each([
    ['never told, something fires', undefined, ['a'], [], 'news'],
    ['never told, something ended', undefined, [], ['a'], 'nothing'],
    ['never told, nothing there', undefined, [], [], 'nothing'],
    ['never told, one fires and one ended', undefined, ['a'], ['b'], 'news'],
    ['nothing changed', told(['a']), ['a'], [], 'nothing'],
    ['a new member', told(['a']), ['a', 'b'], [], 'news'],
    ['another in its place', told(['a']), ['b'], [], 'news'],
    ['a new member after all was over', told([]), ['a'], [], 'news'],
    ['one of two ended', told(['a', 'b']), ['a'], ['b'], 'news'],
    ['one of two ended, and nobody wants to hear', told(['a', 'b']), ['a'], [], 'nothing'],
    ['all ended', told(['a', 'b']), [], ['a', 'b'], 'news'],
    ['all ended, and nobody wants to hear', told(['a']), [], [], 'news'],
    ['nothing fires and nothing did', told([]), [], [], 'nothing'],
    ['one came and went unseen', told([]), [], ['a'], 'nothing'],
    ['one came and went unseen beside one that fires', told(['a']), ['a'], ['b'], 'nothing'],
    ['just before the repeat interval', told(['a'], repeat - 1), ['a'], [], 'nothing'],
    ['at the repeat interval', told(['a'], repeat), ['a'], [], 'reminder'],
    ['past the repeat interval, with a new member', told(['a'], 2 * repeat), ['a', 'b'], [], 'news'],
    ['past the repeat interval, one fewer and untold', told(['a', 'b'], repeat), ['a'], [], 'reminder'],
    ['past the repeat interval, nothing fires', told([], repeat), [], [], 'nothing'],
  ] as const)('%s', (_, before, firing, ended, verdict) => {
    expect(verdictOf(before, { firing, ended }, repeat, now)).toBe(verdict);
  });

  it('never reminds where no interval is asked for', () => {
    expect(verdictOf(told(['a'], 1000 * HOUR), { firing: ['a'], ended: [] }, undefined, now)).toBe('nothing');
  });
});

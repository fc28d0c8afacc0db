import { describe, expect, it } from 'vitest';
import { MINUTE } from '../runtime/index.ts';
import { createReferenceCache } from './reference-cache.ts';

const from = { project: 'shop', table: 'products' };

/** A cache before a table of `known` ids, its clock, and what it asked the table for. */
function cacheOf(known: Record<string, string>, capacity?: number) {
  const state = { now: 0, asked: [] as string[] };
  const fetch = async (scope: typeof from, ids: Iterable<string>) => {
    const list = [...ids];
    state.asked.push(`${scope.table}:${list.join()}`);
    return new Map(list.filter((id) => Object.hasOwn(known, id)).map((id) => [id, known[id] ?? '']));
  };
  const lookUp = createReferenceCache(fetch, {
    clock: () => state.now,
    ...(capacity === undefined ? {} : { capacity }),
  });
  return { state, ask: (ids: string[], scope = from) => lookUp(scope, new Set(ids)) };
}

describe('the cache', () => {
  it('asks once for an id, found or not', async () => {
    const { state, ask } = cacheOf({ a: '1' });
    expect(await ask(['a', 'b'])).toEqual(new Map([['a', '1']]));
    expect(await ask(['b', 'a'])).toEqual(new Map([['a', '1']]));
    expect(state.asked).toEqual(['products:a,b']);
  });

  it('keeps tables apart', async () => {
    const { state, ask } = cacheOf({ a: '1' });
    await ask(['a']);
    await ask(['a'], { project: 'shop', table: 'other' });
    expect(state.asked).toEqual(['products:a', 'other:a']);
  });

  it('believes a value for five minutes and an absence for one', async () => {
    const { state, ask } = cacheOf({ a: '1' });
    await ask(['a', 'b']);
    state.now = MINUTE;
    await ask(['a', 'b']);
    state.now = 5 * MINUTE;
    await ask(['a', 'b']);
    expect(state.asked).toEqual(['products:a,b', 'products:b', 'products:a,b']);
  });

  it('forgets what was used least recently when it is full', async () => {
    const { state, ask } = cacheOf({ a: '1', b: '2', c: '3' }, 320); // room for two
    await ask(['a']);
    await ask(['b']);
    await ask(['a']);
    await ask(['c']);
    await ask(['a']);
    await ask(['b']);
    expect(state.asked).toEqual(['products:a', 'products:b', 'products:c', 'products:b']);
  });

  it('answers more ids than it can keep', async () => {
    const { ask } = cacheOf({ a: '1', b: '2', c: '3' }, 1);
    expect(await ask(['a', 'b', 'c'])).toEqual(
      new Map([
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ]),
    );
  });
});

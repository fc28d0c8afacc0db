import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../runtime/index.ts';
import { createLookupMemory, type WhenUnavailable } from './memory.ts';

/** A memory before a source of `known` ids, its clock, and what it asked the source for. */
function memoryOf(known: Record<string, string>, more: { capacity?: number; whenUnavailable?: WhenUnavailable } = {}) {
  const state = { now: 0, asked: [] as string[], down: false, refused: new Set<string>() };
  const memory = createLookupMemory({ clock: () => state.now, capacity: more.capacity ?? 1_000_000 });
  const finder = (scope: string) =>
    memory.before({
      scope,
      name: scope,
      whenUnavailable: more.whenUnavailable ?? 'retry',
      ask: async (ids) => {
        state.asked.push(`${scope}:${ids.join()}`);
        if (state.down) throw new Error('down');
        const found = new Map(ids.filter((id) => Object.hasOwn(known, id)).map((id) => [id, known[id] ?? '']));
        return { found, failed: new Set(ids.filter((id) => state.refused.has(id))) };
      },
    });
  const ask = async (ids: string[], scope = 's') => {
    const { found, failed } = await finder(scope)(new Set(ids));
    return [Object.fromEntries(found), [...failed]];
  };
  return { state, known, ask };
}

describe('the memory', () => {
  it('asks once for an id, found or not', async () => {
    const { state, ask } = memoryOf({ a: '1' });
    expect(await ask(['a', 'b'])).toEqual([{ a: '1' }, []]);
    expect(await ask(['b', 'a'])).toEqual([{ a: '1' }, []]);
    expect(state.asked).toEqual(['s:a,b']);
  });

  it('keeps sources apart', async () => {
    const { state, ask } = memoryOf({ a: '1' });
    await ask(['a']);
    await ask(['a'], 't');
    expect(state.asked).toEqual(['s:a', 't:a']);
  });

  it('believes a value for five minutes and an absence for one', async () => {
    const { state, ask } = memoryOf({ a: '1' });
    await ask(['a', 'b']);
    state.now = MINUTE;
    await ask(['a', 'b']);
    state.now = 5 * MINUTE;
    await ask(['a', 'b']);
    expect(state.asked).toEqual(['s:a,b', 's:b', 's:a,b']);
  });

  it('forgets what was used least recently when it is full', async () => {
    const { state, ask } = memoryOf({ a: '1', b: '2', c: '3' }, { capacity: 270 }); // room for two
    for (const id of ['a', 'b', 'a', 'c', 'a', 'b']) await ask([id]);
    expect(state.asked).toEqual(['s:a', 's:b', 's:c', 's:b']);
  });

  it('answers more ids than it can keep', async () => {
    const { ask } = memoryOf({ a: '1', b: '2', c: '3' }, { capacity: 140 });
    expect(await ask(['a', 'b', 'c'])).toEqual([{ a: '1', b: '2', c: '3' }, []]);
  });

  it('gives the last good answer while the source is down, and asks again after 15 seconds', async () => {
    const { state, known, ask } = memoryOf({ a: '1' });
    await ask(['a', 'b']);
    state.now = 10 * MINUTE;
    state.down = true;
    expect(await ask(['a', 'b'])).toEqual([{ a: '1' }, []]);
    expect(await ask(['a'])).toEqual([{ a: '1' }, []]);
    known.a = '2';
    state.down = false;
    expect(await ask(['a'])).toEqual([{ a: '1' }, []]);
    state.now += 15 * SECOND;
    expect(await ask(['a'])).toEqual([{ a: '2' }, []]);
    expect(state.asked).toEqual(['s:a,b', 's:a,b', 's:a']);
  });

  it('fails, for the run to be tried again, where there never was an answer', async () => {
    const { state, ask } = memoryOf({ a: '1' });
    state.down = true;
    await expect(ask(['a'])).rejects.toThrow('down');
  });

  it('or says of which ids, where that is to be noted', async () => {
    const { state, ask } = memoryOf({ a: '1' }, { whenUnavailable: 'note' });
    await ask(['a']);
    state.now = 10 * MINUTE;
    state.down = true;
    expect(await ask(['a', 'b'])).toEqual([{ a: '1' }, ['b']]);
    expect(await ask(['b'])).toEqual([{}, ['b']]);
    expect(state.asked).toEqual(['s:a', 's:a,b']);
  });

  it('does the same for single ids that could not be told', async () => {
    const { state, ask } = memoryOf({ a: '1', c: '3' });
    state.refused.add('b');
    expect(await ask(['a', 'b', 'c'])).toEqual([{ a: '1', c: '3' }, ['b']]);
    expect(await ask(['b'])).toEqual([{}, ['b']]);
    expect(state.asked).toEqual(['s:a,b,c']);
  });
});

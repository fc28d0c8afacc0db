import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../runtime/index.ts';
import { parsePath } from '../../stream/index.ts';
import { keyPart, table } from '../../table/index.ts';
import { applyRules, listRules, StoredRule } from '../index.ts';
import { minutes, rule } from '../test/rules.ts';
import { loadRules } from './repository.ts';

const summary = async () =>
  (await listRules('shop')).map(({ rule: { id, name }, version }) => `${id}@${version} ${name}`);
const nothing = { created: [], changed: [], unchanged: [], retired: [] };

describe('applyRules', () => {
  it('raises the version when a rule does something else, and only then', async () => {
    expect(await applyRules([rule({ id: 'a' }), rule({ id: 'b' })])).toEqual({ ...nothing, created: ['a', 'b'] });
    expect(await applyRules([rule({ id: 'a' })])).toEqual({ ...nothing, unchanged: ['a'] });
    expect(await applyRules([rule({ id: 'a', name: 'New', severity: 'critical' })])).toEqual({
      ...nothing,
      changed: ['a'],
    });
    expect(await applyRules([rule({ id: 'b', for: '5m' })])).toEqual({ ...nothing, changed: ['b'] });
    expect(await summary()).toEqual(['a@1 New', 'b@2 Rule']);
  });

  it('retires on request what is no longer there, and remembers its version', async () => {
    await applyRules([rule({ id: 'a' }), rule({ id: 'b', for: '5m' })], { prune: true });
    expect(await applyRules([rule({ id: 'a' })], { prune: true })).toEqual({
      ...nothing,
      unchanged: ['a'],
      retired: ['b'],
    });
    expect(await summary()).toEqual(['a@1 Rule']);
    await applyRules([rule({ id: 'b' })]);
    expect(await summary()).toEqual(['a@1 Rule', 'b@3 Rule']);
  });
});

describe('loadRules', () => {
  const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };
  const load = (seconds: number) => loadRules('loaded', defaults, minutes(0) + seconds * SECOND);

  it('takes up within 30 seconds what another process changed, and compiles no rule a second time', async () => {
    const [a, b] = [rule({ project: 'loaded', id: 'a' }), rule({ project: 'loaded', id: 'b' })];
    await applyRules([a, b]);
    const first = await load(0);
    expect(first.find('b', 1)?.for).toBe(0);

    const json = JSON.stringify({ ...b, for: '5m' });
    const changed = { version: 2, revision: 2, json };
    await StoredRule.patch({ project: keyPart('loaded'), id: keyPart('b') })
      .set(changed)
      .go(table());
    expect(await load(29)).toBe(first);
    const second = await load(30);
    expect(second.find('b', 2)?.for).toBe(5 * MINUTE);
    expect(second.find('b', 1)).toBeUndefined();
    expect(second.find('a', 1)).toBe(first.find('a', 1));
    expect(await load(60)).toBe(second);

    await StoredRule.patch({ project: keyPart('loaded'), id: keyPart('a') })
      .set({ retired: true })
      .go(table());
    expect((await load(90)).find('a', 1)).toBeUndefined();
  });
});

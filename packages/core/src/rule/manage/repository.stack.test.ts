import { describe, expect, it } from 'vitest';
import { applyRules, listRules } from '../index.ts';
import { rule } from '../test/rules.ts';

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

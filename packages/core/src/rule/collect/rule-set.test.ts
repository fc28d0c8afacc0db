import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { parsePath } from '../../stream/index.ts';
import { rule } from '../test/rules.ts';
import { compile } from './rule-set.ts';

const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };
const versioned = (id: string, version = 1, enabled = true) => ({ rule: rule({ id, enabled }), version });
const names = (set: ReturnType<typeof compile>) =>
  set.ofCollection('events').map(({ rule: { id }, version }) => `${id}@${version}`);

describe('a set of rules', () => {
  it('has those that are enabled, by collection, by id and version', () => {
    const set = compile([versioned('on', 2), versioned('off', 1, false)], defaults);
    expect(names(set)).toEqual(['on@2']);
    expect(set.ofCollection('other')).toEqual([]);
    expect([set.find('on', 2)?.version, set.find('on', 1), set.find('off', 1)]).toEqual([2, undefined, undefined]);
  });

  it('compiles a rule once, and is what it was where none changed', () => {
    const [a, b] = [versioned('a'), versioned('b')];
    const before = compile([a, b], defaults);
    expect(compile([a, b], defaults, before)).toBe(before);

    const after = compile([a, versioned('b', 2), versioned('c')], defaults, before);
    expect(names(after)).toEqual(['a@1', 'b@2', 'c@1']);
    expect(after.find('a', 1)).toBe(before.find('a', 1));
    expect(compile([a], defaults, before)).not.toBe(before);
    expect(names(compile([a, { ...b, rule: { ...b.rule, enabled: false } }], defaults, before))).toEqual(['a@1']);
  });

  it('says anew what changed though the version did not: how a rule speaks', () => {
    const before = compile([versioned('a')], defaults);
    const renamed = { rule: rule({ id: 'a', name: 'Renamed' }), version: 1 };
    expect(compile([renamed], defaults, before).find('a', 1)?.rule.name).toBe('Renamed');
  });
});

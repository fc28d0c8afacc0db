/**
 * What rules measured, read back for the partitions of records: from files that the evaluator has seen.
 */
import { beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { compileRule } from '../collect/compile.ts';
import { CENSUS, OTHER, partitionKey, WHOLE_RULE } from '../collect/group-name.ts';
import { applyRules } from '../index.ts';
import { hashOfPartition } from '../measure/census.ts';
import { writeContributions } from '../state/contribution.ts';
import { at, machines, minutes, rule, status } from '../test/rules.ts';
import { clear, evaluate, layout, put } from '../test/stack.ts';

const NOW = minutes(120);

import { ruleSeries } from './index.ts';

const series = ruleSeries({ layout });
const by = (id: string, aggregate: object, given: object = {}) =>
  rule({
    id,
    partitionBy: ['who'],
    signal: { kind: 'aggregate', aggregate, compare: { op: 'gt', value: 1000 }, minCount: 50 } as never,
    ...given,
  });

const rules = [
  by('clicks', { fn: 'count' }),
  by('spent', { fn: 'sum', path: 'eur' }),
  by('dearest', { fn: 'max', path: 'eur' }),
  by('people', { fn: 'distinct', path: 'who' }, { partitionBy: ['site'] }),
  by('clicks-of-any', { fn: 'count' }, { quantifier: 'any' }),
  machines('all', { project: 'shop' }),
  rule({
    id: 'drop',
    signal: {
      ...{ kind: 'change', aggregate: { fn: 'count' }, against: 'previous', as: 'absolute', direction: 'decrease' },
      by: 1,
    } as never,
  }),
];

const records: JsonObject[] = Array.from({ length: 60 }, (_, n) =>
  at(n, { who: n % 2 === 0 ? 'ada' : 'bob', eur: n / 4, site: 's' }),
);

beforeEach(async () => {
  await clear();
  await applyRules(rules);
  for (let n = 0; n < 12; n++) {
    const held = records.slice(n * 5, n * 5 + 5);
    await evaluate(await put({ project: 'shop', collection: 'events', interval: minutes(n * 5), records: held }), NOW);
  }
  const told = [status(1, 'a', 'running'), status(21, 'a', 'stopped')];
  await evaluate(await put({ project: 'shop', collection: 'machines', interval: minutes(0), records: told }), NOW);
});

async function read(id: string, until: number, back: number, ...of: JsonObject[]) {
  const opened = await series.open({ project: 'shop', rule: id, from: until - back, until });
  const partitions = of.map((record) => opened.partitionOf(record));
  const values = await opened.read(new Set(partitions.filter((one) => one !== undefined)));
  return partitions.map((partition) => (partition === undefined ? 'none' : values.get(partition)));
}

describe('the series of a rule', () => {
  it('says how many in the past hour, and in less', async () => {
    const people = [{ who: 'ada' }, { who: 'bob' }, { who: 'eve' }, {}];
    expect(await read('clicks', minutes(60), HOUR, ...people)).toEqual(['30', '30', '0', 'none']);
    expect(await read('clicks', minutes(60), 10 * MINUTE, ...people)).toEqual(['5', '5', '0', 'none']);
    expect(await read('clicks', minutes(30), HOUR, ...people)).toEqual(['15', '15', '0', 'none']);
    expect(await read('clicks', minutes(0), HOUR, ...people)).toEqual(['0', '0', '0', 'none']);
    expect(await read('clicks-of-any', minutes(30), HOUR, ...people)).toEqual(['15', '15', '0', 'none']);
  });

  it('measures what the rule measures', async () => {
    const ada = { who: 'ada' };
    const eur = records.filter(({ who }) => who === 'ada').map((record) => Number(record.eur));
    expect(await read('spent', minutes(60), HOUR, ada)).toEqual([String(eur.reduce((sum, one) => sum + one, 0))]);
    expect(await read('dearest', minutes(60), HOUR, ada, { who: 'eve' })).toEqual([
      String(Math.max(...eur)),
      undefined,
    ]);
    expect(await read('people', minutes(60), HOUR, { site: 's' })).toEqual(['2']);
    expect(await read('machines-all', minutes(60), HOUR, { machineId: 'a' })).toEqual(['"stopped"']);
  });

  it('says nothing of a partition that was not all written in some window', async () => {
    const hashes = ['ada', 'bob'].map((who) => hashOfPartition(partitionKey([who])));
    const census = { cut: Math.max(...hashes), least: [] };
    const mark = {
      partition: OTHER,
      values: [],
      window: minutes(20),
      tally: { n: 0, census },
      receivedAt: minutes(30),
    };
    const told = hashes.map((hash) => (hash < census.cut ? '15' : undefined));
    for (const [id, group] of [
      ['clicks', CENSUS],
      ['clicks-of-any', WHOLE_RULE],
    ] as const) {
      const given = rules.find((one) => one.id === id) ?? rule();
      await writeContributions(compileRule({ rule: given, version: 1 }, layout), 'crowd', [{ ...mark, group }]);
      expect(await read(id, minutes(30), HOUR, { who: 'ada' }, { who: 'bob' })).toEqual(told);
      expect(await read(id, minutes(60), 10 * MINUTE, { who: 'ada' }, { who: 'bob' })).toEqual(['5', '5']);
    }
  });

  it('is missed where there is no such rule, and refused of one that compares', async () => {
    await expect(read('gone', minutes(0), HOUR)).rejects.toThrow(/has no rule gone/);
    await expect(read('drop', minutes(0), HOUR)).rejects.toThrow(/compares/);
  });
});

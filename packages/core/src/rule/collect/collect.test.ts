import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { parsePath } from '../../stream/index.ts';
import { hashOfPartition } from '../measure/census.ts';
import { type Contribution, readTally, type Tally, writeTally } from '../measure/tally.ts';
import { HEALTH } from '../run/health.ts';
import { at, minutes, rule } from '../test/rules.ts';
import { Candidates } from './candidates.ts';
import { Collector, MAX_TALLIES_A_RULE } from './collect.ts';
import { type CompiledRule, compileRule } from './compile.ts';
import { CENSUS, OTHER, partitionKey, WHOLE_RULE } from './group-name.ts';

const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };
const compile = (given: Parameters<typeof rule>[0]) => compileRule({ rule: rule(given), version: 1 }, defaults);
const file = { id: 'f', interval: minutes(0), receivedAt: minutes(6), collection: 'events' };

const found = (rules: readonly CompiledRule[], record: Parameters<Candidates['forEach']>[0]) => {
  const ids: string[] = [];
  new Candidates(rules).forEach(record, (number) => ids.push(rules[number]?.rule.id ?? ''));
  return ids.sort();
};

describe('candidates', () => {
  const eq = (id: string, path: string, value: string | number) =>
    compile({ id, source: { collections: ['events'], where: { path, op: 'eq', value } } });
  const rules = [
    eq('a1', 'a', 1),
    eq('a1-text', 'a', '1'),
    eq('b1', 'b', 1),
    compile({ id: 'a-in', source: { collections: ['events'], where: { path: 'a', op: 'in', values: [1, 2, 2] } } }),
    compile({ id: 'always' }),
    compile({ id: 'more', source: { collections: ['events'], where: { path: 'c', op: 'gt', value: 5 } } }),
    compile({
      id: 'a-more',
      source: {
        collections: ['events'],
        where: {
          all: [
            { path: 'c', op: 'gt', value: 5 },
            { path: 'a', op: 'eq', value: 3 },
          ],
        },
      },
    }),
  ];

  it.each([
    [{ a: 1 }, ['a-in', 'a1', 'always']],
    [{ a: '1' }, ['a1-text', 'always']],
    [{ a: 2, b: 1 }, ['a-in', 'always', 'b1']],
    [{ a: [1] }, ['always']],
    [{ a: 3, c: 6 }, ['a-more', 'always', 'more']],
    [{ a: 3, c: 5 }, ['always']],
    [{}, ['always']],
  ])('of %j', (record, expected) => {
    expect(found(rules, record)).toEqual(expected);
  });

  it('are few of ten thousand', () => {
    const thousands = Array.from({ length: 10_000 }, (_, n) => eq(`r${n}`, `p${n % 10}`, n));
    expect(found(thousands, { p3: 4003, p4: 4003 })).toEqual(['r4003']);
  });
});

const all = (collector: Collector): Contribution[] =>
  [...collector.contributions()].flatMap(({ contributions }) => contributions);

describe('Collector', () => {
  const collect = (rules: readonly CompiledRule[], records: Parameters<Collector['add']>[0][]) => {
    const collector = new Collector(new Candidates(rules), file);
    for (const [row, record] of records.entries()) collector.add(record, row);
    return collector;
  };
  it('gives one contribution for each partition and window, whatever the interval of the file', () => {
    const each = compile({ partitionBy: ['p'] });
    const contributions = all(
      collect([each], [at(0, { p: 'x' }), at(1, { p: 'x' }), at(1, { p: 'y' }), at(-7, { p: 'x' })]),
    );
    expect(contributions.map(({ partition, window, tally }) => [partition, window, tally.n])).toEqual([
      ['["x"]', minutes(0), 2],
      ['["y"]', minutes(0), 1],
      ['["x"]', minutes(-10), 1],
    ]);
  });

  it('sums whole numbers, fractions and what is past the safe integers to the last digit', () => {
    const sum = (fn: 'sum' | 'min' | 'max', values: (number | string)[]) => {
      const given = compile({
        signal: { kind: 'aggregate', aggregate: { fn, path: 'x' }, compare: { op: 'gt', value: 0 } },
      });
      const [first] = all(
        collect(
          [given],
          values.map((x) => at(0, { x })),
        ),
      );
      return JSON.parse(writeTally(first?.tally ?? { n: 0 }));
    };
    expect(sum('sum', [1, 2, -5])).toEqual({ n: 3, sum: '-2' });
    expect(sum('sum', [1, 0.1, '0.2', 2])).toEqual({ n: 4, sum: '3.3' });
    expect(sum('sum', Array(3).fill(Number.MAX_SAFE_INTEGER))).toEqual({ n: 3, sum: '27021597764222973' });
    expect(sum('min', [3, 2.5, 4])).toEqual({ n: 3, extreme: '2.5' });
    expect(sum('max', ['3', 5, 4.5])).toEqual({ n: 3, extreme: '5' });
  });

  it('goes on without a rule that throws', () => {
    const broken: CompiledRule = {
      ...compile({ id: 'broken' }),
      partitionOf: () => {
        throw new Error('boom');
      },
    };
    const collector = collect([broken, compile({ id: 'fine' })], [at(0), at(1)]);
    const said = [...collector.contributions()].map(
      ({ rule: { rule: one }, contributions: [first] }) => `${one.id} ${first?.group} ${first?.tally.n}`,
    );
    expect(said).toEqual(['broken !health 1', 'fine [] 2']);
    expect(all(collector)[0]?.tally.latest?.value).toBe('it cannot be evaluated: boom');
  });

  it('keeps of too many partitions the same ones in whatever order records come, and marks the window', () => {
    const each = compileRule({ rule: rule({ partitionBy: ['p'] }), version: 1 }, { ...defaults, maxPartitions: 20 });
    const records = Array.from({ length: 300 }, (_, n) => at(n % 10, { p: `m${n % 100}` }));
    const said = (given: typeof records) => {
      const collector = collect([each], given);
      const judged = all(collector).filter(({ group }) => group !== HEALTH);
      return judged.map(({ partition, window, tally }) => `${window} ${partition} ${writeTally(tally)}`).sort();
    };
    const inOrder = said(records);
    expect(said([...records].reverse())).toEqual(inOrder);
    expect(said([...records].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)))).toEqual(inOrder);
    expect(inOrder.filter((line) => line.includes(OTHER))).toHaveLength(2);
    expect(inOrder.filter((line) => !line.includes(OTHER))).toHaveLength(40);
    expect(collect([each], records).overflowed).toBe(300 - 40 * 3);
  });

  it('has the health of the rule say so', () => {
    const each = compileRule({ rule: rule({ partitionBy: ['p'] }), version: 1 }, { ...defaults, maxPartitions: 3 });
    const collector = collect(
      [each],
      ['a', 'b', 'c', 'd'].map((p) => at(1, { p })),
    );
    const [ailing] = all(collector).filter(({ group }) => group === HEALTH);
    expect(ailing?.tally.latest?.value).toMatch(
      /^it has more than 3 partitions in a window, .* in one file; 1 records of others are not judged/,
    );
  });

  it('gives up the last windows where even one partition each would be too many', () => {
    const single = compile({ window: { kind: 'tumbling', size: '1s' } });
    const count = MAX_TALLIES_A_RULE + 1000;
    const collector = new Collector(new Candidates([single]), { ...file, receivedAt: minutes(100_000) });
    for (let n = 0; n < count; n++) collector.add(at(n / 60), n);
    const contributions = all(collector).filter(({ group }) => group !== HEALTH);
    const lost = contributions.filter(({ partition }) => partition === OTHER);
    expect(contributions.length - lost.length).toBe(MAX_TALLIES_A_RULE);
    expect(collector.overflowed).toBe(1000);
    expect(lost.every(({ group, tally }) => group === '[]' && tally.census?.cut === 0)).toBe(true);
  });

  it('tells records apart (dedupeBy) as ever in partitions that found room', () => {
    const given = rule({ partitionBy: ['p'], dedupeBy: 'id' });
    const deduped = compileRule({ rule: given, version: 1 }, { ...defaults, maxPartitions: 20 });
    const hashOf = (p: number) => hashOfPartition(partitionKey([`m${p}`]));
    const names = Array.from({ length: 500 }, (_, n) => n).sort((a, b) => hashOf(b) - hashOf(a)); // each is let in at first
    const collector = new Collector(new Candidates([deduped]), file);
    for (const p of names) for (let id = 0; id < 600; id++) collector.add(at(0, { p: `m${p}`, id }), id);
    const judged = all(collector).filter(({ partition }) => partition !== OTHER && partition !== HEALTH);
    expect(judged.map(({ tally: { kept } }) => [kept?.rows.size, kept?.partial])).toEqual(Array(20).fill([600, false]));
    expect(collector.overflowed).toBe(480 * 600);
  });
});

describe('a million partitions in one file', () => {
  it('stay within the memory of ten thousand, and the rule says that it is crowded', () => {
    const rules = ['any', 'each'].map((quantifier) =>
      compile({ id: quantifier, partitionBy: ['p'], quantifier: quantifier as 'any' | 'each' }),
    );
    const collector = new Collector(new Candidates(rules), file);
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < 1_000_000; n++) collector.add(at(n % 10, { p: `machine-${n}` }), n);
    expect((process.memoryUsage().heapUsed - before) / 2 ** 20).toBeLessThan(200);
    const contributions = all(collector);
    expect(collector.overflowed).toBe(2 * (1_000_000 - 20_000));
    const judged = contributions.filter(({ partition }) => partition !== OTHER && partition !== HEALTH);
    expect(judged).toHaveLength(40_000);
    const marks = contributions.filter(({ partition }) => partition === OTHER);
    expect(marks.map(({ group, window }) => [group, window])).toEqual([
      [WHOLE_RULE, minutes(0)],
      [WHOLE_RULE, minutes(5)],
      [CENSUS, minutes(0)],
      [CENSUS, minutes(5)],
    ]);
    expect(contributions.filter(({ group }) => group === HEALTH)).toHaveLength(2);
  });

  it('of many rules get less room once all of them hold two hundred thousand', () => {
    const rules = Array.from({ length: 25 }, (_, n) => compile({ id: `r${n}`, partitionBy: ['p'] }));
    const collector = new Collector(new Candidates(rules), file);
    for (let n = 0; n < 9000; n++) collector.add(at(0, { p: String(n) }), n);
    const contributions = all(collector);
    const judged = contributions.filter(({ partition }) => partition !== OTHER && partition !== HEALTH);
    expect(new Set(judged.map(({ partition }) => partition)).size).toBe(5000); // 10,000, halved until all fit
    expect(judged).toHaveLength(25 * 5000);
    expect(collector.overflowed).toBe(25 * 4000);
    const [ailing] = contributions.filter(({ group }) => group === HEALTH);
    expect(ailing?.tally.latest?.value).toMatch(
      /^all rules together have more than 200000 partitions and windows in one/,
    );
  });
});

describe('a tally', () => {
  it.each<Tally>([
    { n: 3 },
    { n: 2, sum: { units: 4998n, scale: 2 } },
    { n: 1, extreme: { units: -5n, scale: 0 } },
    { n: 4, lacking: 0 },
    { n: 1, latest: { value: null, at: 1, interval: 0, file: 'f', row: 7 } },
  ])('is read as it was written: %o', (tally) => {
    expect(readTally(writeTally(tally))).toEqual(tally);
  });
});

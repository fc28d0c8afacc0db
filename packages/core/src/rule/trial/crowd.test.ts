/**
 * Every form of rule, with more partitions in some windows than it may have: neither the order of files has a say in what comes out,
 * nor does the crowd in what is said of those that are judged; and of the others nothing false is said.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../runtime/index.ts';
import { type JsonObject, parsePath } from '../../stream/index.ts';
import { compileRule } from '../collect/compile.ts';
import { CENSUS, partitionKey } from '../collect/group-name.ts';
import { evaluateRecordFiles, parseRule, type Rule, type RuleInput } from '../index.ts';
import { cutsOf } from '../judge/crowd.ts';
import { hashOfPartition } from '../measure/census.ts';
import { forms } from '../test/forms.ts';
import { at, minutes, rule } from '../test/rules.ts';
import { addContribution, contributionsOf, type Episode, type Groups, type RecordFile } from './evaluate-records.ts';

const LIMIT = 12;
const MACHINES = Array.from({ length: 40 }, (_, n) => `m${n}`);
const UNTIL = minutes(6 * 60);
const defaults = { intervalLength: 5 * MINUTE, timePath: parsePath('keen.timestamp') };

const few = { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'lt', value: 3 } } as const;
const sliding = { kind: 'sliding', size: '30m', hop: '5m' } as const;
const each = { partitionBy: ['machineId'] };
const all: Readonly<Record<string, RuleInput>> = {
  ...Object.fromEntries(Object.entries(forms).filter(([, { partitionBy }]) => partitionBy !== undefined)),
  'tumbling, each': { ...rule(), ...each, signal: few },
  'sliding, few of any': { ...rule(), ...each, quantifier: 'any', window: sliding, signal: few },
  'sliding, few of each': { ...rule(), ...each, window: sliding, signal: few },
  'sliding, half': { ...rule(), ...each, quantifier: { percent: 50 }, window: sliding, signal: few },
  'latest of each': { ...forms.latest, ...each, quantifier: 'each' } as RuleInput,
  'latest of any': { ...forms.latest, ...each, quantifier: 'any' } as RuleInput,
};

/** A machine or, now and then, all of them say something; no two records at once. */
const said = fc.record({
  gap: fc.integer({ min: 1, max: 400 }),
  who: fc.oneof(
    { weight: 6, arbitrary: fc.nat({ max: MACHINES.length - 1 }).map((n) => [n]) },
    { weight: 1, arbitrary: fc.constant(MACHINES.map((_, n) => n)) },
  ),
  x: fc.nat({ max: 9 }),
  type: fc.constantFrom('a', 'a', 'b', 'c'),
  file: fc.nat({ max: 2 }),
});
const told = fc.array(said, { minLength: 20, maxLength: 60 });
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

function filesOf(given: Told): RecordFile[] {
  const parts: JsonObject[][] = [[], [], []];
  let second = 0;
  for (const { gap, who, x, type, file } of given) {
    second += gap;
    for (const n of who) {
      second += 0.125;
      const own = (x + n) % 10;
      const machineId = MACHINES[n] ?? '';
      const record = at(second / 60, {
        machineId,
        x: own,
        type,
        eventType: 'machineStatusChange',
        state: own > 4 ? 'stopped' : 'running',
      });
      parts[(file + (who.length > 1 ? 0 : 1)) % 3]?.push(record);
    }
  }
  return parts.map((records) => ({ records }));
}

const judge = (given: Rule, files: readonly RecordFile[], maxPartitions = LIMIT) =>
  evaluateRecordFiles(given, files, { until: UNTIL, maxPartitions }).episodes;

const nameOf = ({ raised }: Episode) => Object.values(raised.partition)[0] ?? '*';

/** The least hash from which on a partition was not judged in some window. */
function leastCut(given: Rule, files: readonly RecordFile[]): number {
  const compiled = compileRule({ rule: given, version: 1 }, { ...defaults, maxPartitions: LIMIT });
  const groups: Groups = new Map();
  for (const [n, file] of files.entries())
    for (const one of contributionsOf(compiled, file, String(n))) addContribution(compiled, groups, one);
  return Math.min(...cutsOf(compiled, groups.get(CENSUS)?.windows ?? new Map()).values());
}

describe.each(Object.keys(all))('%s', (name) => {
  const form = parseRule(all[name]);
  const isEach = form.quantifier === 'each' && name !== 'absence of values';
  /** So that what completes it completes at other times. */
  const beginsAnew = form.window?.kind === 'session' || form.signal.kind === 'sequence';

  it('comes to the same in whatever order files and records come', () => {
    fc.assert(
      fc.property(told, fc.nat({ max: 5 }), (given, turn) => {
        const files = filesOf(given);
        const expected = judge(form, files);
        const turned = files.map((_, n) => files[(n + turn) % files.length] ?? { records: [] });
        const reversed = turn % 2 === 0 ? turned.toReversed() : turned;
        expect(
          judge(
            form,
            reversed.map(({ records }) => ({ records: records.toReversed() })),
          ),
        ).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  it.runIf(isEach)('judges those within as if the others were not there', () => {
    let judged = 0;
    let crowds = 0;
    fc.assert(
      fc.property(told, (given) => {
        const files = filesOf(given);
        const cut = leastCut(form, files);
        if (cut < 2 ** 32) crowds++;
        const within = (one: Episode) => hashOfPartition(partitionKey([nameOf(one)])) < cut;
        const expected = judge(form, files, 10_000).filter(within);
        judged += expected.length;
        expect(judge(form, files).filter(within)).toEqual(expected);
      }),
      { numRuns: 40 },
    );
    expect(judged).toBeGreaterThan(0);
    expect(crowds).toBeGreaterThan(0);
  });

  it.runIf(!beginsAnew)('raises and clears nothing that is not so', () => {
    const { for: _, keepFiringFor: __, mOfN: ___, ...plain } = all[name] as RuleInput;
    const instant = parseRule(plain);
    fc.assert(
      fc.property(told, (given) => {
        const files = filesOf(given);
        const truth = judge(instant, files, 10_000);
        const isFiring = (who: string, severity: string, end: string) =>
          truth.some(
            ({ raised, resolved }) =>
              raised.partition.machineId === (who === '*' ? undefined : who) &&
              raised.severity === severity &&
              raised.window.end <= end &&
              (resolved === undefined || resolved.window.end > end),
          );
        for (const one of judge(instant, files)) {
          const who = nameOf(one);
          const { severity, window } = one.raised;
          if (!isFiring(who, severity, window.end))
            throw new Error(`${who} ${severity} ${JSON.stringify(window)} is raised`);
          const ended = one.resolved?.window.end;
          if (ended !== undefined && isFiring(who, severity, ended))
            throw new Error(`${who} ${severity} ${ended} is cleared`);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/**
 * Every form of rule there is, held to what all have in common: neither the cutting into files nor their order changes what
 * comes out, and a week evaluated in one go is the week as it was lived.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../runtime/index.ts';
import { type JsonObject, parsePath } from '../../stream/index.ts';
import type { KeyPart } from '../../table/index.ts';
import { compileRule } from '../collect/compile.ts';
import { evaluateRecordFiles, parseRule } from '../index.ts';
import type { Windows } from '../judge/cells.ts';
import { evaluate, type Kept, NEW_GROUP } from '../judge/evaluate.ts';
import type { Contribution } from '../measure/tally.ts';
import { pack, unpack } from '../state/partition.ts';
import { forms } from '../test/forms.ts';
import { at, minutes } from '../test/rules.ts';
import { addContribution, contributionsOf, type Groups } from './evaluate-records.ts';

const INTERVAL = 5 * MINUTE;
/** How far the watermark moves at a time. */
const STEP = 12 * INTERVAL;
const defaults = { intervalLength: INTERVAL, timePath: parsePath('keen.timestamp') };
const names = Object.keys(forms);
const compiled = (name: string) => compileRule({ rule: parseRule(forms[name]), version: 1 }, defaults);

/** What a machine tells, and when: no two at once, as which is the later would be a matter of files. */
function recordsOf(told: readonly (readonly [gap: number, machine: string, x: number, type: string])[]): JsonObject[] {
  let minute = 0;
  return told.map(([gap, machineId, x, type]) => {
    minute += gap;
    const state = x > 4 ? 'stopped' : 'running';
    return at(minute, { eventType: 'machineStatusChange', machineId, x, type, state });
  });
}

const word = (maxGap: number) =>
  fc.tuple(
    fc.integer({ min: 1, max: maxGap }).map((gap) => gap + 0.25),
    fc.constantFrom('a', 'b'),
    fc.nat({ max: 9 }),
    fc.constantFrom('a', 'a', 'b', 'c'),
  );

describe.each(names)('%s', (name) => {
  it('says something of some records, and the same however they are cut into files, in whatever order', () => {
    let raised = 0;
    fc.assert(
      fc.property(fc.array(word(9), { minLength: 10, maxLength: 60 }), fc.array(fc.nat({ max: 4 })), (told, cuts) => {
        const records = recordsOf(told);
        const parts: JsonObject[][] = [[], [], [], [], []];
        for (const [n, one] of records.entries()) parts[cuts[n] ?? 0]?.push(one);
        const until = { until: minutes(60 * 24) };
        const whole = evaluateRecordFiles(parseRule(forms[name]), [{ records: records.toReversed() }], until);
        const files = parts.map((held) => ({ records: held }));
        expect(evaluateRecordFiles(parseRule(forms[name]), files.reverse(), until)).toEqual(whole);
        raised += whole.episodes.length;
      }),
      { numRuns: 40 },
    );
    expect(raised).toBeGreaterThan(0);
  });

  it('a replay of 7 days in one go is the live run', () => {
    const rule = compiled(name);
    fc.assert(
      fc.property(fc.array(word(240), { minLength: 60, maxLength: 80 }), (told) => {
        const records = recordsOf(told);
        const start = minutes(0);
        const end = start + 7 * DAY;
        const contributions = new Map<number, Contribution[]>();
        for (let interval = start; interval < end; interval += STEP) {
          const held = records.filter((record) => isWithin(record, interval, interval + STEP));
          contributions.set(interval, contributionsOf(rule, { records: held }, String(interval)));
        }

        const all: Groups = new Map();
        for (const one of [...contributions.values()].flat()) addContribution(rule, all, one);
        const atOnce = new Map<KeyPart, string[]>();
        for (const [group, { windows }] of all) {
          const { news, base } = evaluate(rule, NEW_GROUP, windows, end);
          atOnce.set(group, [...news.map((one) => JSON.stringify(one)), pack(base)]);
        }

        const live = new Map<KeyPart, string[]>();
        const kept = new Map<KeyPart, Kept>();
        const come: Groups = new Map();
        for (const [interval, brought] of contributions) {
          for (const one of brought) addContribution(rule, come, one);
          for (const [group, { windows }] of come) {
            const before = kept.get(group) ?? NEW_GROUP;
            const next = evaluate(rule, before, recent(windows, before), interval + STEP);
            kept.set(group, { ...next, base: unpack(pack(next.base)) });
            live.set(group, [...(live.get(group) ?? []), ...next.news.map((one) => JSON.stringify(one))]);
          }
        }
        for (const [group, { base }] of kept) live.set(group, [...(live.get(group) ?? []), pack(base)]);
        expect(live).toEqual(atOnce);
      }),
      { numRuns: 4 },
    );
  });

  /** What the table would be asked for. */
  function recent(windows: Windows, { base }: Kept): Windows {
    const from = (base.through ?? 0) - compiled(name).frame.reach;
    return new Map([...windows].filter(([start]) => start >= from));
  }
});

function isWithin(record: JsonObject, from: number, to: number): boolean {
  const time = Date.parse(String((record.keen as JsonObject).timestamp));
  return time >= from && time < to;
}

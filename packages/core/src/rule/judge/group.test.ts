/**
 * What an alert says: levels, how it is told, and the series beside it.
 */
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../runtime/index.ts';
import { evaluateRecords, type RuleInput } from '../index.ts';
import { at, clock, minutes, rule } from '../test/rules.ts';

const count = (value: number): RuleInput['signal'] => ({
  kind: 'aggregate',
  aggregate: { fn: 'count' },
  compare: { op: 'gte', value },
});
const options = (until: number) => ({ until: minutes(until), intervalLength: MINUTE });

describe('levels', () => {
  it('are episodes of their own, each with its severity and threshold', () => {
    const levels: RuleInput['levels'] = [
      { severity: 'critical', compare: { op: 'gte', value: 5 }, recover: { op: 'lt', value: 3 } },
    ];
    const traffic = [2, 3, 6, 4, 2, 1].flatMap((n, window) => Array.from({ length: n }, () => at(window * 5)));
    const { episodes } = evaluateRecords(rule({ signal: count(3), levels }), traffic, options(30));
    const told = episodes.map(({ raised: { severity, threshold, startedAt }, resolved }) => [
      `${severity} ${clock(startedAt)}–${clock(resolved?.resolvedAt)}`,
      threshold,
    ]);
    expect(told).toEqual([
      ['warning 09:05–09:20', 'count >= 3'],
      ['critical 09:10–09:20', 'count >= 5'],
    ]);
    expect(new Set(episodes.map(({ raised }) => raised.episode)).size).toBe(2);
  });

  it('name one another where they fire together, each in its raise', () => {
    const levels: RuleInput['levels'] = [
      { severity: 'critical', compare: { op: 'gte', value: 5 } },
      { severity: 'info', compare: { op: 'gte', value: 2 } },
    ];
    const siblings = (traffic: readonly number[]) => {
      const records = traffic.flatMap((n, window) => Array.from({ length: n }, () => at(window * 5)));
      const { episodes } = evaluateRecords(rule({ signal: count(3), levels }), records, options(30));
      const names = new Map(episodes.map(({ raised }) => [raised.episode, raised]));
      return episodes.map(({ raised }) => [
        raised.severity,
        (raised.siblings ?? []).map(({ episode, severity, startedAt }) => {
          expect(names.get(episode)).toMatchObject({ severity, startedAt });
          return severity;
        }),
      ]);
    };
    expect(siblings([6, 0]).toSorted()).toEqual([
      ['critical', ['warning', 'info']],
      ['info', ['warning', 'critical']],
      ['warning', ['critical', 'info']],
    ]);
    expect(siblings([3, 6, 6]).toSorted()).toEqual([
      ['critical', ['warning', 'info']],
      ['info', ['warning']],
      ['warning', ['info']],
    ]);
    expect(siblings([2, 0, 6, 0])).toContainEqual(['info', []]);
  });
});

describe('how an alert is told', () => {
  it.each<[RuleInput['notify'], object | undefined]>([
    [{ routes: ['ops'] }, undefined],
    [{ routes: ['ops'], repeat: '4h' }, { repeat: 4 * HOUR }],
    [
      { routes: ['ops'], groupBy: ['rule'], groupWait: '1m', cooldown: '1h' },
      { groupBy: ['rule'], groupWait: MINUTE, cooldown: HOUR },
    ],
  ])('is what its rule says: %j', (notify, said) => {
    const { episodes } = evaluateRecords(rule({ notify }), [at(1), at(2), at(3)], options(10));
    expect(episodes.map(({ raised, resolved }) => [raised.notify, resolved?.notify])).toEqual([[said, said]]);
  });
});

describe('the series of an alert', () => {
  it('is what the windows before it measured, and its own', () => {
    const traffic = [1, 2, 5].flatMap((n, window) => Array.from({ length: n }, () => at(window * 5)));
    const { episodes } = evaluateRecords(rule({ signal: count(4) }), traffic, options(30));
    expect(episodes[0]?.raised.series).toEqual([1, 2, 5]);
    const many = Array.from({ length: 40 }, (_, n) => Array.from({ length: n === 39 ? 4 : 1 }, () => at(n * 5))).flat();
    expect(evaluateRecords(rule({ signal: count(4) }), many, options(400)).episodes[0]?.raised.series).toHaveLength(24);
  });
});

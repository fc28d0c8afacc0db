/** What a rule's keys ask of one another: each contradiction names the path, the value and the remedy. */
import { describe, expect, it } from 'vitest';
import { parseRule } from '../index.ts';
import { forms } from '../test/forms.ts';
import { rule } from '../test/rules.ts';

const valid = JSON.parse(JSON.stringify(rule()));
const { window: _, ...windowless } = valid;
const count = { kind: 'aggregate', aggregate: { fn: 'count' }, compare: { op: 'gte', value: 3 } };
const change = {
  kind: 'change',
  aggregate: { fn: 'count' },
  against: 'previous',
  as: 'percent',
  direction: 'either',
  by: 5,
};
const latest = { kind: 'aggregate', aggregate: { fn: 'latest', path: 'a' }, compare: { op: 'eq', value: 'x' } };
const sliding = { kind: 'sliding', size: '1h', hop: '5m' };
const session = { kind: 'session', gap: '5m', max: '1h' };
const newest = { kind: 'count', n: 10, maxAge: '1d' };
const absence = (expected: unknown, given: object = {}) => ({
  ...valid,
  signal: { kind: 'absence', expect: expected },
  ...given,
});
const sequence = (steps: object[], given: object = {}) => ({
  ...windowless,
  signal: { kind: 'sequence', steps, within: '5m' },
  ...given,
});
const [a, b] = [
  { id: 'a', source: {} },
  { id: 'b', source: {} },
];

describe('a rule', () => {
  it.each(Object.entries(forms))('may be: %s', (_name, form) => {
    expect(() => parseRule(form)).not.toThrow();
  });

  it.each<[string, object, RegExp]>([
    [
      'hops that do not fill the window',
      { window: { ...sliding, hop: '7m' } },
      /window.hop is "7m": the size is a mult/,
    ],
    ['one hop', { window: { ...sliding, hop: '1h' } }, /window.hop is "1h": the size is a multiple/],
    ['too many hops', { window: { ...sliding, hop: '10s' } }, /window.hop is "10s": at most 288 hops make a window/],
    ['a short session', { window: { ...session, max: '1m' } }, /window.max is "1m": a session may be at least as long/],
    ['too many records', { window: { ...newest, n: 1001 } }, /window.n is 1001/],
    ['a change over hops', { window: sliding, signal: change }, /window.kind is "sliding": change is not measured in/],
    [
      'the latest of the newest',
      { window: newest, signal: latest },
      /window.kind is "count": aggregate is not measured/,
    ],
    [
      'a rate of sessions',
      { window: session, signal: { ...count, aggregate: { fn: 'rate' } } },
      /signal.aggregate.fn is "rate": a rate is over windows of one length/,
    ],
    [
      'sessions together',
      { window: session, quantifier: 'any', partitionBy: ['a'] },
      /a session window is each partition's/,
    ],
    ['m above n', { mOfN: { m: 4, n: 3 } }, /mOfN.m is 4: m of n windows: m is at most n/],
    ['for and m of n', { mOfN: { m: 2, n: 3 }, for: '5m' }, /for is "5m": mOfN says how many windows/],
    ['for of sessions', { window: session, for: '5m' }, /for is "5m": sessions do not follow one another/],
    [
      'a level twice',
      { levels: [{ severity: 'warning', compare: { op: 'gt', value: 9 } }] },
      /each severity has one level/,
    ],
    [
      'levels of a text',
      { window: undefined, signal: latest, levels: [{ severity: 'critical', compare: { op: 'gt', value: 9 } }] },
      /levels are thresholds of a number/,
    ],
    [
      'groups by a label of nobody',
      { labels: { team: 'a' }, notify: { routes: ['ops'], groupBy: ['rule', 'team', 'clinet'] } },
      /notify.groupBy.2 is "clinet": alerts of this rule have no label of that name; they have project, rule.*team/,
    ],
    ['recovery of a match', { signal: { kind: 'match' }, recover: { op: 'lt', value: 1 } }, /recovery is a threshold/],
  ])('cannot have %s', (_name, given, message) => {
    const { window, ...rest } = { ...valid, ...given };
    expect(() => parseRule(window === undefined ? rest : { ...rest, window })).toThrow(message);
  });

  it.each<[string, object, RegExp]>([
    ['any, by partition', absence('any', { partitionBy: ['a'] }), /partitionBy is \["a"\]: partitions come and go/],
    ['values of nothing', absence({ values: ['x'] }), /partitionBy is missing: expected values are those of one path/],
    ['what was seen of nothing', absence({ seenWithin: '1d' }), /partitionBy is missing: what was seen is a partition/],
    [
      'what was seen only just',
      absence({ seenWithin: '5m' }, { partitionBy: ['a'] }),
      /signal.expect.seenWithin is "5m": longer than the window/,
    ],
    ['another', absence('all'), /signal.expect is "all": write "any", {"values"/],
    ['no data of none', absence('any', { noData: 'firing' }), /noData is "firing": an absence is about windows/],
    ['the newest', absence('any', { window: newest }), /window.kind is "count": absence is not measured in/],
    [
      'all of them',
      absence({ seenWithin: '1d' }, { partitionBy: ['a'], quantifier: 'all' }),
      /quantifier is "all": absence/,
    ],
    [
      'the name of one',
      absence({ values: ['x'] }, { partitionBy: ['a'], template: '{partition.a}' }),
      /{partition.a} is not known/,
    ],
  ])('cannot miss %s', (_name, json, message) => {
    expect(() => parseRule(json)).toThrow(message);
  });

  it.each<[string, object, RegExp]>([
    ['one step', sequence([a]), /signal.steps is/],
    ['six steps', sequence([a, b, a, b, a, b]), /signal.steps is/],
    ['a name twice', sequence([a, a]), /two steps have the same id/],
    [
      'nothing',
      sequence([
        { ...a, absent: true },
        { ...b, absent: true },
      ]),
      /all steps are absent/,
    ],
    ['nothing at first', sequence([{ ...a, absent: true }, b]), /signal.steps.0 is .*begins with what is there/],
    [
      'so many of none',
      sequence([a, { ...b, absent: true, count: 2 }]),
      /signal.steps.1.count is 2: of an absent step/,
    ],
    ['too many', sequence([a, { ...b, count: 33 }]), /signal.steps.1.count is 33/],
    [
      'a collection the rule does not read',
      sequence([a, { ...b, source: { collections: ['other'] } }]),
      /the rule does not read other; add it/,
    ],
    ['a window', sequence([a, b], { window: session }), /window is .*a sequence has its "within"/],
    [
      'all',
      sequence([a, b], { partitionBy: ['a'], quantifier: 'all' }),
      /quantifier is "all": sequence is judged for each/,
    ],
    ['no data', sequence([a, b], { noData: 'keep' }), /noData is "keep": a sequence is matched or is not/],
  ])('cannot follow %s', (_name, json, message) => {
    expect(() => parseRule(json)).toThrow(message);
  });
});

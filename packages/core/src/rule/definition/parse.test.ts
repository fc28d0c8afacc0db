import { describe, expect, it } from 'vitest';
import { defineRule, defineRules, InvalidRule, parseRule } from '../index.ts';
import { machines, rule } from '../test/rules.ts';

const valid = JSON.parse(JSON.stringify(rule()));
const nested = (depth: number): unknown => (depth === 1 ? { path: 'a', op: 'exists' } : { not: nested(depth - 1) });
const where = (condition: unknown) => ({ ...valid, source: { collections: ['events'], where: condition } });
const aggregate = (given: object, compare: object = { op: 'gt', value: 1 }) => ({
  ...valid,
  signal: { kind: 'aggregate', aggregate: given, compare },
});
const { window: _, ...windowless } = valid;

describe('parseRule', () => {
  it('fills in what is left out, from text as from JSON', () => {
    expect(parseRule(JSON.stringify(valid))).toEqual(rule());
    expect(rule()).toMatchObject({
      enabled: true,
      quantifier: 'each',
      noData: 'ok',
      time: { maxFuture: '5m', grace: '1h' },
      notify: { sendResolved: true },
      labels: {},
    });
    expect(machines('all').signal).toMatchObject({ aggregate: { maxAge: '7d' } });
  });

  it.each<[string, unknown, RegExp]>([
    ['no JSON', '{', /not JSON/],
    ['no object', 5, /the rule is 5/],
    ['an unknown key', { ...valid, treshold: 3 }, /"rule": the rule: does not know treshold; remove or rename it/],
    ['an unknown key within', where({ path: 'a', op: 'exists', value: 1 }), /source.where: does not know value/],
    ['a bad id', { ...valid, id: 'My Rule' }, /id is "My Rule": write lower-case/],
    ['no routes', { ...valid, notify: {} }, /notify.routes is missing/],
    ['a bad duration', { ...valid, for: '5 min' }, /for is "5 min": write a whole number and s, m, h or d/],
    ['a long window', { ...valid, window: { kind: 'tumbling', size: '8d' } }, /window.size is "8d": at most 7d/],
    [
      'a long offset',
      { ...valid, window: { kind: 'tumbling', size: '5m', offset: '5m' } },
      /window.offset is "5m": an offset is shorter/,
    ],
    ['no window', windowless, /window is missing: only "match", "sequence" and "latest" work without a window/],
    ['an unknown quantifier', { ...valid, quantifier: 'most' }, /quantifier is "most": write "each", "any", "all"/],
    [
      'a quantifier over nothing',
      { ...valid, quantifier: 'all' },
      /partitionBy is missing: a quantifier over partitions/,
    ],
    ['an aggregate without its path', aggregate({ fn: 'sum' }), /signal.aggregate.path is missing/],
    [
      'a number against a text',
      aggregate({ fn: 'count' }, { op: 'gt', value: 'x' }),
      /signal.compare.value is "x": count is a number/,
    ],
    [
      'an order of truths',
      aggregate({ fn: 'latest', path: 'a' }, { op: 'gt', value: true }),
      /signal.compare.value is true: gt orders/,
    ],
    [
      'a bad path',
      where({ path: 'a..b', op: 'exists' }),
      /source.where.path is "a..b": write property names joined by dots/,
    ],
    ['a long path', where({ path: 'a.b.c.d.e.f.g.h.i', op: 'exists' }), /at most 8 segments/],
    ['an unknown operator', where({ path: 'a', op: 'like', value: 'x' }), /source.where.op is "like"/],
    ['a bad branch', where({ all: [{ path: 'a', op: 'in', values: 1 }] }), /source.where.all.0.values is 1/],
    ['no branch', where({ all: [] }), /source.where.all is \[\]/],
    ['a deep tree', where(nested(7)), /source.where is .*nested 7 deep; at most 6/],
    ['a very deep tree', where(nested(5000)), /nested more than 40 deep/],
    [
      'a wide tree',
      where({ any: Array.from({ length: 64 }, () => ({ path: 'a', op: 'exists' })) }),
      /65 conditions; at most 64/,
    ],
    [
      'a long list',
      where({ path: 'a', op: 'in', values: Array.from({ length: 201 }, (_, n) => n) }),
      /source.where.values is/,
    ],
    ['many partitions', { ...valid, partitionBy: ['a', 'b', 'c', 'd', 'e'] }, /partitionBy is/],
    [
      'early, of what may be undone',
      { ...aggregate({ fn: 'avg', path: 'x' }), early: true },
      /early is true: more records may undo "avg"/,
    ],
    [
      'early, the wrong way',
      { ...aggregate({ fn: 'count' }, { op: 'lt', value: 3 }), early: true },
      /a count only grows/,
    ],
    [
      'early, of a min that rises',
      { ...aggregate({ fn: 'min', path: 'x' }, { op: 'gt', value: 3 }), early: true },
      /a min only falls; compare it with lt or lte/,
    ],
    [
      'early, of a sum that may fall',
      { ...aggregate({ fn: 'sum', path: 'x' }), early: true },
      /a negative x may lower the sum; let source.where demand \{"path": "x", "op": "gte", "value": 0\}/,
    ],
    ['early, with for', { ...valid, early: true, for: '5m' }, /early is true: for waits for windows to be over/],
    ['early, together', { ...valid, partitionBy: ['a'], quantifier: 'any', early: true }, /early is true: partitions/],
    [
      'early, of a session',
      { ...valid, window: { kind: 'session', gap: '5m', max: '1h' }, early: true },
      /a session window has no threshold before it is over/,
    ],
    [
      'early, of a level that may be undone',
      { ...valid, early: true, levels: [{ severity: 'critical', compare: { op: 'neq', value: 1 } }] },
      /early is true: a count only grows/,
    ],
    [
      'early, with dedupeBy',
      { ...aggregate({ fn: 'max', path: 'x' }), early: true, dedupeBy: 'id' },
      /an earlier record of the same dedupeBy may say something else/,
    ],
    [
      'dedupeBy of what is one record anyway',
      { ...aggregate({ fn: 'latest', path: 'x' }), dedupeBy: 'id' },
      /dedupeBy is "id": "latest" is one record however often it comes/,
    ],
    [
      'dedupeBy in a session',
      { ...valid, window: { kind: 'session', gap: '5m', max: '1h' }, dedupeBy: 'id' },
      /dedupeBy is "id": a session window keeps no keys/,
    ],
    [
      'dedupeBy over many panes',
      { ...valid, window: { kind: 'sliding', size: '1h', hop: '1m' }, dedupeBy: 'id' },
      /with dedupeBy at most 24 hops make a window/,
    ],
    [
      'dedupeBy of more than can be told apart',
      { ...aggregate({ fn: 'count' }, { op: 'gte', value: 2001 }), dedupeBy: ['id'] },
      /dedupeBy tells 2000 records apart; use "distinct" for more/,
    ],
    ['an unknown placeholder', { ...valid, template: '{valeu}' }, /template is "{valeu}": {valeu} is not known/],
  ])('says what is wrong with %s', (_, json, message) => {
    expect(() => parseRule(json)).toThrow(InvalidRule);
    expect(() => parseRule(json)).toThrow(message);
  });

  it('takes early sums of what is never negative', () => {
    const sum = (condition: object) => ({
      ...aggregate({ fn: 'sum', path: 'x' }),
      source: { collections: ['events'], where: condition },
      early: true,
    });
    const positive = { path: 'x', op: 'gt', value: 0 };
    expect(() => parseRule(sum(positive))).not.toThrow();
    expect(() => parseRule(sum({ all: [{ path: 'a', op: 'exists' }, positive] }))).not.toThrow();
    expect(() => parseRule(sum({ any: [{ path: 'a', op: 'exists' }, positive] }))).toThrow('may lower the sum');
    expect(() => parseRule(sum({ ...positive, path: 'y' }))).toThrow('may lower the sum');
  });

  it('takes trees at their bounds', () => {
    expect(() => parseRule(where(nested(6)))).not.toThrow();
    expect(() =>
      parseRule(where({ any: Array.from({ length: 63 }, () => ({ path: 'a', op: 'exists' })) })),
    ).not.toThrow();
  });

  it('wants a change judged by each partition’s own history', () => {
    const change = {
      kind: 'change',
      aggregate: { fn: 'count' },
      against: { movingAverage: 3 },
      as: 'percent',
      direction: 'either',
      by: 5,
    };
    expect(() => parseRule({ ...valid, partitionBy: ['a'], quantifier: 'any', signal: change })).toThrow(
      /quantifier is "any": a change/,
    );
  });
});

describe('defineRule', () => {
  it('is checked by the compiler as by the schema', () => {
    const { window: _window, ...written } = rule();
    // @ts-expect-error no window has this kind
    expect(() => defineRule({ ...written, window: { kind: 'hopping', size: '5m' } })).toThrow('window.kind');
    // @ts-expect-error a length has a unit
    expect(() => defineRule({ ...written, window: { kind: 'tumbling', size: '5 minutes' } })).toThrow('window.size');
    // @ts-expect-error no condition has this op
    const odd = () => defineRule({ ...written, source: { collections: ['a'], where: { path: 'p', op: 'is' } } });
    expect(odd).toThrow('source.where');
    expect(defineRule({ ...written, window: { kind: 'tumbling', size: '5m' } })).toEqual(rule());
  });
});

describe('defineRules', () => {
  it('refuses an id twice in a project', () => {
    expect(defineRules([valid, { ...valid, project: 'other' }])).toHaveLength(2);
    expect(() => defineRules([valid, valid])).toThrow(/project shop has this id twice/);
  });
});

/**
 * For tests: a rule of every form there is, over records of machines that tell `x`, `type` and now and then nothing.
 */
import type { Rule, RuleInput } from '../index.ts';
import { machines, rule } from './rules.ts';

const over = (fn: object, value: number, op = 'gte') =>
  ({ kind: 'aggregate', aggregate: fn, compare: { op, value } }) as RuleInput['signal'];
const each = { partitionBy: ['machineId'] };
const of = (type: string) => ({ where: { path: 'type', op: 'eq' as const, value: type } });

/** Without a window. */
function windowless(given: Partial<RuleInput>): RuleInput {
  const { window: _, ...plain } = rule();
  return { ...plain, ...given };
}

const followed = (ordered: boolean, absent: boolean) =>
  windowless({
    ...each,
    signal: {
      kind: 'sequence',
      within: '40m',
      ordered,
      steps: [
        { id: 'a', source: of('a'), count: 2 },
        { id: 'b', source: of('b'), ...(absent ? { absent: true as const } : {}) },
      ],
    },
  });

const given: Readonly<Record<string, RuleInput>> = {
  tumbling: { ...rule(), signal: over({ fn: 'sum', path: 'x' }, 5), keepFiringFor: '20m' },
  'sliding, each': {
    ...rule(),
    ...each,
    window: { kind: 'sliding', size: '1h', hop: '10m' },
    signal: over({ fn: 'avg', path: 'x' }, 4),
    for: '20m',
  },
  'sliding, percentile of all': {
    ...rule(),
    window: { kind: 'sliding', size: '30m', hop: '5m' },
    signal: over({ fn: 'percentile', path: 'x', p: 90 }, 7),
    levels: [{ severity: 'critical', compare: { op: 'gte', value: 8 } }],
  },
  'sliding, any': {
    ...rule(),
    ...each,
    quantifier: 'any',
    window: { kind: 'sliding', size: '30m', hop: '5m' },
    signal: over({ fn: 'distinct', path: 'x' }, 4),
  },
  'deduped, each': { ...rule(), ...each, signal: over({ fn: 'sum', path: 'x' }, 6), dedupeBy: 'type', for: '5m' },
  'deduped, sliding, any': {
    ...rule(),
    ...each,
    quantifier: 'any',
    window: { kind: 'sliding', size: '30m', hop: '10m' },
    signal: over({ fn: 'count' }, 4),
    dedupeBy: ['type', 'x'],
  },
  'deduped, early': {
    ...rule(),
    window: { kind: 'tumbling', size: '1h' },
    signal: over({ fn: 'count' }, 7),
    dedupeBy: 'x',
    early: true,
  },
  early: {
    ...rule(),
    ...each,
    window: { kind: 'tumbling', size: '30m' },
    signal: over({ fn: 'distinct', path: 'x' }, 4),
    levels: [{ severity: 'critical', compare: { op: 'gt', value: 6 } }],
    early: true,
  },
  'early, sliding': {
    ...rule(),
    window: { kind: 'sliding', size: '30m', hop: '10m' },
    signal: over({ fn: 'max', path: 'x' }, 9),
    early: true,
  },
  session: {
    ...rule(),
    ...each,
    window: { kind: 'session', gap: '12m', max: '1h' },
    signal: over({ fn: 'sum', path: 'x' }, 12),
    keepFiringFor: '30m',
  },
  'count window': {
    ...rule(),
    ...each,
    window: { kind: 'count', n: 4, maxAge: '2h' },
    signal: over({ fn: 'avg', path: 'x' }, 5),
  },
  'm of n': { ...rule(), signal: over({ fn: 'max', path: 'x' }, 7), mOfN: { m: 2, n: 3 }, noData: 'keep' },
  match: windowless({ source: { collections: ['events'], ...of('b') }, signal: { kind: 'match' } }),
  'absence of any': {
    ...rule(),
    window: { kind: 'tumbling', size: '30m' },
    signal: { kind: 'absence', expect: 'any' },
    for: '1h',
  },
  'absence of values': {
    ...rule(),
    ...each,
    window: { kind: 'sliding', size: '1h', hop: '20m' },
    signal: { kind: 'absence', expect: { values: ['a', 'b', 'never'] } },
  },
  'absence of what was seen': {
    ...rule(),
    ...each,
    window: { kind: 'tumbling', size: '20m' },
    signal: { kind: 'absence', expect: { seenWithin: '3h' } },
  },
  sequence: followed(true, false),
  'not followed by': followed(true, true),
  together: followed(false, false),
  'together without': followed(false, true),
  change: {
    ...rule(),
    window: { kind: 'tumbling', size: '30m' },
    signal: {
      kind: 'change',
      aggregate: { fn: 'sum', path: 'x' },
      against: { movingAverage: 3 },
      as: 'percent',
      direction: 'either',
      by: 30,
    },
  },
  latest: machines('all', { source: { collections: ['events'] }, for: '10m' }),
};

/** One of each, by name. */
export const forms: Readonly<Record<string, RuleInput>> = given;
export type { Rule };

/**
 * For tests: rules and records in few words.
 */
import { MINUTE } from '../../runtime/index.ts';
import type { JsonObject } from '../../stream/index.ts';
import { parseRule, type Rule, type RuleInput } from '../index.ts';

export const BASE = Date.parse('2026-03-02T09:00:00.000Z');
/** The time so many minutes after 09:00. */
export const minutes = (n: number): number => BASE + n * MINUTE;
/** `09:35`. */
export const clock = (iso: string | undefined): string | undefined => iso?.slice(11, 16);

const count: RuleInput['signal'] = {
  kind: 'aggregate',
  aggregate: { fn: 'count' },
  compare: { op: 'gte', value: 3 },
};

/** A valid rule: three records or more in five minutes; with what the test is about. */
export function rule(given: Partial<RuleInput> = {}): Rule {
  return parseRule({
    id: 'rule',
    name: 'Rule',
    project: 'shop',
    source: { collections: ['events'] },
    window: { kind: 'tumbling', size: '5m' },
    signal: count,
    severity: 'warning',
    notify: { routes: ['ops'] },
    ...given,
  });
}

/** The article's rule. */
export function machines(quantifier: RuleInput['quantifier'], given: Partial<RuleInput> = {}): Rule {
  const { window: _, ...windowless } = rule();
  return parseRule({
    ...windowless,
    id: `machines-${typeof quantifier === 'string' ? quantifier : 'some'}`,
    source: {
      collections: ['machines'],
      where: { path: 'eventType', op: 'eq', value: 'machineStatusChange' },
    },
    partitionBy: ['machineId'],
    signal: {
      kind: 'aggregate',
      aggregate: { fn: 'latest', path: 'state' },
      compare: { op: 'eq', value: 'stopped' },
    },
    quantifier,
    ...given,
  });
}

/** A record `minute` minutes after 09:00. */
export function at(minute: number, properties: JsonObject = {}): JsonObject {
  return { keen: { timestamp: new Date(minutes(minute)).toISOString() }, ...properties };
}

export function status(minute: number, machineId: string, state: string): JsonObject {
  return at(minute, { eventType: 'machineStatusChange', machineId, state });
}

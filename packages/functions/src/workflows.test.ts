/**
 * A definition that could not work does not compile: tsc, which is part of the gate, finds an error at each line that says
 * so, and complains where there is none.
 */
import { patternOf, RuleAlertRaised, RuleAlertResolved, StreamFileReceived } from '@millrace/core/event';
import { expect, it } from 'vitest';
import { type Trigger, workflow } from './definition.ts';
import { triggers, workflows } from './workflows.ts';

const files = {
  name: 'counter',
  purpose: 'Counts.',
  failureImpact: 'Nobody counts.',
  events: [StreamFileReceived],
  grants: [],
} as const;
const alerts = { ...files, events: [RuleAlertRaised, RuleAlertResolved] } as const;
const clock = { ...files, handler: 'packages/functions/src/counter.handler', timeout: 1, memory: 128 } as const;

it('the pattern of a rule is what definitions and filter imply', () => {
  const { events, filter } = workflow({
    ...alerts,
    filter: { properties: { rule: { id: [{ prefix: 'machine-' }] } } },
  });
  expect(patternOf(events, filter)).toEqual({
    'detail-type': ['rule.alert_raised', 'rule.alert_resolved'],
    detail: { properties: { rule: { id: [{ prefix: 'machine-' }] } } },
  });
});

it('every function of the registry has a name of its own', () => {
  const names = [...workflows, ...triggers].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

it('what could not work does not compile', () => {
  const wrong: (() => unknown)[] = [
    // @ts-expect-error no events: the rule would match everything
    () => workflow({ ...files, events: [] }),
    // @ts-expect-error not an event definition
    () => workflow({ ...files, events: ['stream.file_received'] }),
    // @ts-expect-error its events have no such field
    () => workflow({ ...files, filter: { properties: { proyect: ['shop'] } } }),
    // @ts-expect-error nor has their metadata
    () => workflow({ ...files, filter: { metadata: { hops: [0] } } }),
    // @ts-expect-error a size is a number
    () => workflow({ ...files, filter: { properties: { size: ['big'] } } }),
    // @ts-expect-error a pattern lists what may match
    () => workflow({ ...files, filter: { properties: { project: 'shop' } } }),
    // @ts-expect-error EventBridge has no such operator
    () => workflow({ ...files, filter: { properties: { project: [{ startsWith: 'shop' }] } } }),
    // @ts-expect-error numbers have no prefix
    () => workflow({ ...files, filter: { properties: { size: [{ prefix: '1' }] } } }),
    // @ts-expect-error nor any other severity than these
    () => workflow({ ...alerts, filter: { properties: { severity: ['fatal'] } } }),
    // @ts-expect-error nobody knows what this grant would mean
    () => workflow({ ...files, grants: ['streams:*'] }),
    // @ts-expect-error handlers lie elsewhere
    () => workflow({ ...files, handler: 'src/counter.handler' }),
    // @ts-expect-error resources are named after it
    () => workflow({ ...files, name: 'Counter' }),
    // @ts-expect-error nobody would know what its alarms mean
    () => workflow({ name: 'counter', purpose: 'Counts.', events: [StreamFileReceived], grants: [] }),
    // @ts-expect-error a key that infra would not read
    () => workflow({ ...files, memorySize: 512 }),
    // @ts-expect-error AWS refuses the singular
    (): Trigger => ({ ...clock, source: { kind: 'schedule', rate: 'rate(5 minute)' } }),
    // @ts-expect-error nothing wakes it this way
    (): Trigger => ({ ...clock, source: { kind: 'webhook' } }),
    // @ts-expect-error how often would a message come back?
    (): Trigger => ({ ...clock, source: { kind: 'object-created', batchSize: 1, concurrency: 2 } }),
  ];
  expect(wrong).toHaveLength(17);
});

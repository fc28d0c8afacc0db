/**
 * The EventBridge pattern that event definitions and a filter imply: what infra gives the rule in AWS and the local
 * stack its own, from the same call.
 */
import type { EventDefinition } from './define.ts';

/** A leaf of an EventBridge pattern: literal values or content filters, any of which may match. */
export type Match = readonly (string | number | boolean | null | { readonly [operator: string]: unknown })[];

/** Narrows by fields of the event, in EventBridge's own filter language. */
export interface Filter {
  readonly metadata?: { readonly [field: string]: Match };
  readonly properties?: { readonly [field: string]: Match };
}

/** An EventBridge event pattern on the typed bus. */
export interface EventPattern {
  readonly 'detail-type': readonly string[];
  readonly detail?: Filter;
}

/** What lies below it in a bucket is Millrace's own, such as quarantined lines, and no stream file. */
export const RESERVED_PREFIX = '_millrace/';
/** Lines that workflows refused. */
export const QUARANTINE_PREFIX = `${RESERVED_PREFIX}quarantine/`;
/** What runs that were handed over had come to. */
export const CHECKPOINT_PREFIX = `${RESERVED_PREFIX}checkpoint/`;

/**
 * The EventBridge pattern of the objects that may be stream files, on an account's default bus.
 * @param buckets their names, as text or as what infra has in place of it.
 */
export function objectCreatedPattern<Name>(buckets: readonly Name[]) {
  return {
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: buckets }, object: { key: [{ 'anything-but': { prefix: RESERVED_PREFIX } }] } },
  };
}

/** @throws RangeError where no definition is given: a pattern without types would match everything. */
export function patternOf(events: readonly EventDefinition[], filter?: Filter): EventPattern {
  if (events.length === 0) throw new RangeError('a subscription needs at least one event definition');
  const pattern: EventPattern = { 'detail-type': events.map((event) => event.type) };
  return filter === undefined ? pattern : { ...pattern, detail: filter };
}

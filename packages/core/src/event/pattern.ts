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

/** @throws RangeError where no definition is given: a pattern without types would match everything. */
export function patternOf(events: readonly EventDefinition[], filter?: Filter): EventPattern {
  if (events.length === 0) throw new RangeError('a subscription needs at least one event definition');
  const pattern: EventPattern = { 'detail-type': events.map((event) => event.type) };
  return filter === undefined ? pattern : { ...pattern, detail: filter };
}

/**
 * The EventBridge pattern that event definitions and a filter imply: what infra gives the rule in AWS and the local
 * stack its own, from the same call.
 */
import type { EventDefinition, EventOf, Metadata } from './define.ts';

/** A leaf of an EventBridge pattern: literal values or content filters, any of which may match. */
export type Match = readonly (string | number | boolean | null | { readonly [operator: string]: unknown })[];

/** Leaves by field, as deep as the event is. */
interface Fields {
  readonly [field: string]: Match | Fields | undefined;
}

/** Narrows by fields of the event, in EventBridge's own filter language. */
export interface Filter {
  readonly metadata?: Fields;
  readonly properties?: Fields;
}

/** The filters that make sense for these events: of fields they have, with values and operators of the field's type. */
export interface FilterOf<Definition extends EventDefinition> {
  readonly metadata?: FieldsOf<Metadata>;
  readonly properties?: FieldsOf<EventOf<Definition>['properties']>;
}

type FieldsOf<Value> = { readonly [Key in KeyOf<Value>]?: FieldOf<NonNullable<Of<Value, Key>>> };
/** A field of an object, or of any of several objects. */
type KeyOf<Value> = Value extends object ? keyof Value : never;
type Of<Value, Key extends PropertyKey> = Value extends { readonly [K in Key]?: infer Field } ? Field : never;

/** An array matches where one of its elements does. */
type FieldOf<Value> = [Value] extends [readonly (infer Element)[]]
  ? FieldOf<Element>
  : [Value] extends [string | number | boolean]
    ? readonly Test<Value>[]
    : FieldsOf<Value>;

type Test<Value> =
  | Value
  | { readonly exists: boolean }
  | { readonly 'anything-but': AnythingBut<Value> }
  | (Value extends string ? TextTest : never)
  | (Value extends number ? { readonly numeric: NumericTest } : never);
type AnythingBut<Value> = Value | readonly Value[] | (Value extends string ? TextTest : never);

type TextTest =
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly 'equals-ignore-case': string }
  | { readonly wildcard: string };

type Comparison = '<' | '<=' | '=' | '>' | '>=';
type NumericTest = readonly [Comparison, number] | readonly ['>' | '>=', number, '<' | '<=', number];

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

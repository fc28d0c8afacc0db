/**
 * How an event type is defined: SST's `event.builder` with Zod, so that SST's own `bus.subscriber` understands the wire
 * shape `{metadata, properties}`, plus the schema itself, so that ours can validate on the way in.
 */
import { event as sst } from 'sst/event';
import * as z from 'zod';
import { deterministicId, onFirstUse } from '../runtime/index.ts';

/** Carried by every event: where it comes from and how far down a chain of derived files it is. */
export const Metadata = z.object({
  /** Deterministic: the same fact published twice has the same id. Consumers may drop repeats by it. */
  id: z.string().min(1),
  /** Version of the event type's schema. */
  version: z.literal(1),
  project: z.string().min(1),
  /** The same for everything that follows from one file of a producer. */
  traceId: z.string().min(1),
  /** The id of the event before this one; absent on the first. */
  causedBy: z.string().min(1).optional(),
  /** 0 for a producer's file, one more for each derivation. */
  hop: z.number().int().min(0),
  /** The function that published it: `ingest`, `copier`, … */
  producedBy: z.string().min(1),
  /** Set where the event was caused by a replay: its id. */
  replay: z.string().min(1).optional(),
});
export type Metadata = z.infer<typeof Metadata>;

/** At most this many derivations; a file past it is quarantined, so that a loop ends and is seen. */
export const HOP_LIMIT = 8;

/** Without SST's `metadata` option: 3.19.3 calls a schema given there as if it were a function. `create` checks it. */
const builder = sst.builder({ validator: (schema: z.ZodType) => (input: unknown) => schema.parse(input) });

/** An event ready for `publish()`. */
export interface Event<Type extends string = string, Properties = unknown> {
  readonly type: Type;
  readonly properties: Properties;
  readonly metadata: Metadata;
}

/** A typed event: its name, its schema, and how one is made. */
export interface EventDefinition<Type extends string = string, Schema extends z.ZodType = z.ZodType> {
  readonly type: Type;
  readonly schema: Schema;
  /** SST's own definition of the same event, for `bus.subscriber` and `bus.publish` of its SDK. */
  readonly sst: sst.Definition;
  /** @throws ZodError where the properties do not fit the schema. */
  create(properties: z.input<Schema>, metadata: Metadata): Event<Type, z.output<Schema>>;
}

/** The event a definition describes. */
export type EventOf<D extends EventDefinition> =
  D extends EventDefinition<infer Type, infer Schema> ? Event<Type, z.output<Schema>> : never;

/**
 * Defines an event type. `type` is `domain.past_tense`.
 * @param make makes its schema, when somebody first creates or checks such an event: every function loads the whole catalogue.
 */
export function defineEvent<Type extends string, Schema extends z.ZodType>(
  type: Type,
  make: () => Schema,
): EventDefinition<Type, Schema> {
  const schema = onFirstUse(make);
  return {
    type,
    get schema() {
      return schema();
    },
    get sst() {
      return builder(type, schema());
    },
    create: (properties, metadata) => ({
      type,
      properties: schema().parse(properties),
      metadata: Metadata.parse(metadata),
    }),
  };
}

/**
 * Metadata of an event that follows from another.
 * @param subject what, with the type, makes the event the fact it is (a key and an etag, an episode and its sequence):
 *   the id is a hash of both.
 */
export function follow(
  cause: Pick<Metadata, 'id' | 'traceId' | 'hop' | 'replay'>,
  next: { type: string; subject: readonly (string | number)[]; project: string; producedBy: string; hop?: number },
): Metadata {
  return {
    id: deterministicId('evt', next.type, ...next.subject),
    version: 1,
    project: next.project,
    traceId: cause.traceId,
    causedBy: cause.id,
    hop: next.hop ?? cause.hop,
    producedBy: next.producedBy,
    ...(cause.replay === undefined ? {} : { replay: cause.replay }),
  };
}

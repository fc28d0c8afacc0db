/**
 * What an entry of the registry (workflows.ts) may say: what wakes a function, what it may touch, and how much it gets.
 *
 * It is read while infra is evaluated: import event definitions only, never a client of AWS.
 */
import type { EventDefinition, Filter, FilterOf } from '@millrace/core/event';

/**
 * What a function may be granted. Infra turns each into exactly the actions and resources it names. A test derives from
 * each handler's bundle what it needs, and says which grant is missing or too many.
 */
export type Grant =
  | 'streams:read' // GetObject and HeadObject on stream files, and ListBucket so that a missing key is a 404
  | 'streams:write' // PutObject, tagged where derived, and multipart uploads of derived and quarantine files
  | 'state:get' // GetItem on the table
  | 'state:get-many' // BatchGetItem on the table
  | 'state:query' // Query on the table
  | 'state:query-index' // Query on the table's index
  | 'state:put' // PutItem on the table
  | 'state:update' // UpdateItem on the table
  | 'state:delete' // DeleteItem on the table
  | 'state:write-many' // BatchWriteItem on the table
  | 'bus:publish' // PutEvents on the typed bus
  | 'queue:hand-over' // SendMessage to its own queue, for a run that goes on where this one ends
  | 'deliveries:send' // SendMessage to the delivery queue
  | 'alerts:publish' // Publish to the alerts topic
  | 'secret:SlackWebhookUrl'
  | 'secret:WebhookSigningKey' // signs what goes to routes of kind webhook
  | 'secret:KeenWriteKey' // for copies with a sink of kind keen
  | 'secret:CopySigningKey' // signs what copies with a sink of kind http send
  | 'secret:CopyHashKey' // makes pseudonyms in copies that hash
  | 'secret:EnrichHashKey' // makes pseudonyms in enrichments that hash
  | 'secret:EnrichLookupKey'; // for lookups that ask others: a token of an HTTP API, or the URL of a Redis

interface FunctionDefinition {
  /** Small letters and hyphens: names of resources are made from it. */
  readonly name: Lowercase<string>;
  /** One sentence: what it does. */
  readonly purpose: string;
  /** One sentence: what people notice while it fails. Its alarms say it. */
  readonly failureImpact: string;
  /** File and export, from the root of the repository. */
  readonly handler: `packages/functions/src/${string}.handler`;
  /** Seconds until a hung run is ended. */
  readonly timeout: number;
  /** MB; a Lambda gets CPU in proportion, one full core at 1769. */
  readonly memory: number;
  /** Runs kept for it, and the most it gets, out of the account's; on permanent stages only. Absent: whatever is free. */
  readonly reservedConcurrency?: number;
  readonly grants: readonly Grant[];
  readonly reach?: Reach;
  /** Files deployed beside the bundle, from the root of the repository: `{ from: 'node_modules/…/city.mmdb', to: 'databases/city.mmdb' }`. */
  readonly copyFiles?: readonly { readonly from: string; readonly to: string }[];
}

/** What of the user's own a function may touch beside its grants. */
export interface Reach {
  /** ARNs of SNS topics that it may publish to, for routes that name them. */
  readonly topics?: readonly string[];
  /** Names of buckets that it may write to. */
  readonly buckets?: readonly string[];
  /** ARNs of roles that it may assume. */
  readonly roles?: readonly string[];
  /** Names of delivery streams of Firehose that it may put records into. */
  readonly deliveryStreams?: readonly string[];
}

interface QueueConsumer {
  /** Messages a run takes at most. */
  readonly batchSize: number;
  /** Runs at once, at most. */
  readonly concurrency: number;
  /** Receives of a message before it goes to the dead-letter queue. */
  readonly attempts: number;
}

/** A subscriber of the typed bus: rule → queue → function, and a dead-letter queue of its own. */
export interface Workflow extends FunctionDefinition, QueueConsumer {
  readonly events: Events;
  readonly filter?: Filter;
}

/** At least one: a rule without a type would match every event. */
type Events = readonly [EventDefinition, ...EventDefinition[]];

/** A function woken by something else than the typed bus. */
export interface Trigger extends FunctionDefinition {
  readonly source:
    | ({ readonly kind: 'object-created' } & QueueConsumer) // S3 → default bus → queue
    | ({ readonly kind: 'deliveries' } & QueueConsumer) // the delivery queue
    | { readonly kind: 'schedule'; readonly rate: 'rate(1 minute)' | `rate(${number} minutes)` };
}

/** What a workflow over stream files gets unless its entry says otherwise. */
const DEFAULTS = {
  timeout: 300, // a file of 5-minute data takes seconds; room for the largest, and a hung run ends before it blocks others
  memory: 1769, // one full core: reading a stream file is CPU-bound
  batchSize: 1, // a file a run: one that fails repeats nothing else
  concurrency: 10, // enough for a backlog, and little enough to leave the table's first 4,000 WRU/s in peace
  attempts: 5, // transient faults heal within two or three
} as const;

type Entry<E extends Events> = Omit<Workflow, keyof typeof DEFAULTS | 'handler' | 'events' | 'filter'> &
  Partial<Omit<Workflow, 'events' | 'filter'>> & { readonly events: E; readonly filter?: FilterOf<E[number]> };

/** An entry of the registry. One that could not work (a filter by a field that its events lack, say) does not compile. */
export const workflow = <const E extends Events>(entry: Entry<E>): Workflow => ({
  ...DEFAULTS,
  handler: `packages/functions/src/${entry.name}.handler`,
  ...entry,
});

/**
 * The registry: which functions exist, what wakes each, and what each may touch. `infra/` makes the AWS resources from
 * it and the local stack its subscriptions, so adding a workflow is one entry here and one handler file beside it.
 *
 * It is read while infra is evaluated: import event definitions only, never a client of AWS.
 */
import {
  type EventDefinition,
  type Filter,
  type FilterOf,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
  StreamFileReceived,
} from '@millrace/core/event';
import { reach } from '@millrace/pipeline/reach';

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

/** Buckets of producers beside the app's own. Whoever reads stream files reads these. */
export const sourceBuckets: readonly string[] = reach.sourceBuckets;

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

/** A derived file carries the name of the workflow that wrote it; nobody eats their own output. */
const notWrittenBy = (name: string): FilterOf<typeof StreamFileReceived> => ({
  properties: { writtenBy: [{ 'anything-but': [name] }] },
});

export const workflows: readonly Workflow[] = [
  workflow({
    name: 'copier',
    purpose: 'Copies the records of a stream file into other projects.',
    failureImpact:
      'Copies stop; what reads the copied streams works on old data. Nothing is lost while the files are kept.',
    events: [StreamFileReceived],
    filter: notWrittenBy('copier'),
    grants: [
      'streams:read',
      'streams:write',
      'state:get',
      'state:query',
      'state:put',
      'bus:publish',
      'queue:hand-over',
      'secret:KeenWriteKey',
      'secret:CopySigningKey',
      'secret:CopyHashKey',
    ],
    reach: { buckets: reach.copyBuckets, roles: reach.copyRoles, deliveryStreams: reach.deliveryStreams },
  }),
  workflow({
    name: 'enricher',
    purpose: 'Adds to each record what it lacks: parts of URLs and times, places, looked-up names, transformed values.',
    failureImpact:
      'Enriched streams stop; what reads them works on old data. Nothing is lost while the files are kept.',
    events: [StreamFileReceived],
    filter: notWrittenBy('enricher'),
    grants: [
      'streams:read',
      'streams:write',
      'state:get',
      'state:get-many',
      'state:put',
      'bus:publish',
      'queue:hand-over',
      'secret:EnrichHashKey',
      'secret:EnrichLookupKey',
    ],
  }),
  workflow({
    name: 'attributor',
    purpose:
      'Finds the touches that led to each conversion and shares its value among them; keeps touches in an index.',
    failureImpact:
      'New conversions get no credits and late touches change none. Nothing is lost while the files are kept.',
    events: [StreamFileReceived],
    filter: notWrittenBy('attributor'),
    grants: [
      'streams:read',
      'streams:write',
      'state:get',
      'state:query',
      'state:put',
      'state:update',
      'state:write-many',
      'bus:publish',
    ],
  }),
  workflow({
    name: 'evaluator',
    purpose: 'Evaluates the alert rules of a project over its stream files, in event time.',
    failureImpact: 'Rules see no new records: alerts come late or not at all.',
    events: [StreamFileReceived],
    grants: [
      'streams:read',
      'streams:write',
      'state:get',
      'state:query',
      'state:put',
      'state:update',
      'state:write-many',
      'bus:publish',
    ],
  }),
  workflow({
    name: 'router',
    purpose: 'Decides which destinations hear of an alert episode, and leaves one delivery for each.',
    failureImpact: 'Alert episodes open and close, but nobody is told.',
    events: [RuleAlertRaised, RuleAlertResolved, RuleAlertRevised],
    timeout: 30, // ten alerts of a few reads and writes each take a second or two; the rest is for their retries
    memory: 512, // it waits for the table more than it computes
    batchSize: 10, // alerts come by the burst, and one that fails is reported alone
    concurrency: 5, // fifty alerts at once; more would only wait for the same items of a group
    grants: ['state:get', 'state:query', 'state:put', 'state:update', 'deliveries:send'],
  }),
];

export const triggers: readonly Trigger[] = [
  {
    name: 'ingest',
    purpose: 'Settles what a new object holds and announces it on the typed bus.',
    failureImpact: 'New files are not noticed: everything behind stands still. The objects stay in the bucket.',
    handler: 'packages/functions/src/ingest.handler',
    source: { kind: 'object-created', batchSize: 10, concurrency: 10, attempts: 5 }, // 100 files at once, as DEFAULTS says
    timeout: 30, // ten heads of objects, ten writes and one publish take about a second; the rest is for their retries
    memory: 512, // it reads no records
    grants: ['streams:read', 'state:put', 'bus:publish'],
  },
  {
    name: 'ticker',
    purpose: 'Moves rules and alerts on as time passes without events, and publishes what a crash left in an outbox.',
    failureImpact:
      'Windows of silent streams stay open and reminders wait: alerts about missing data, and resolves, come late.',
    handler: 'packages/functions/src/ticker.handler',
    source: { kind: 'schedule', rate: 'rate(1 minute)' },
    timeout: 55, // shorter than its period, so that two runs seldom overlap
    memory: 512, // it waits for the table more than it computes
    grants: [
      'state:get',
      'state:query',
      'state:query-index',
      'state:put',
      'state:update',
      'state:delete',
      'state:write-many',
      'bus:publish',
      'deliveries:send',
    ],
  },
  {
    name: 'finisher',
    purpose: 'Makes attributions final once every touch before them is there, or will not come.',
    failureImpact: 'Attributions stay provisional. Their credits are right as far as files have come.',
    handler: 'packages/functions/src/finisher.handler',
    source: { kind: 'schedule', rate: 'rate(5 minutes)' },
    timeout: 290, // shorter than its period, so that two runs seldom overlap
    memory: 1769, // one full core: it reads stream files
    grants: [
      'streams:read',
      'streams:write',
      'state:get',
      'state:query',
      'state:query-index',
      'state:put',
      'state:update',
      'state:write-many',
      'bus:publish',
    ],
  },
  {
    name: 'sender',
    purpose: 'Sends each delivery to its destination once.',
    failureImpact: 'Alerts are decided, but neither Slack nor SNS hears of them.',
    handler: 'packages/functions/src/sender.handler',
    source: { kind: 'deliveries', batchSize: 1, concurrency: 5, attempts: 12 }, // a destination's pace is kept by turns
    timeout: 30, // one message; a destination that answers later than in ten seconds is asked again
    memory: 512, // it waits for destinations more than it computes
    // Slack takes a message a second from a webhook, and turns keep that pace: five runs wait for five destinations, and more
    // would wait for the same ones. As many as its queue wakes at once: a backlog elsewhere cannot take the account's runs from
    // the way an alert gets out.
    reservedConcurrency: 5,
    grants: [
      'state:get',
      'state:query',
      'state:update',
      'bus:publish',
      'deliveries:send',
      'alerts:publish',
      'secret:SlackWebhookUrl',
      'secret:WebhookSigningKey',
    ],
    reach: { topics: [] },
  },
];

/** A queue hides a message at least this long while a run has it: six times the function's timeout, as AWS advises. */
export function visibilityTimeout(definition: { readonly timeout: number }): number {
  return definition.timeout * 6;
}

/**
 * Seconds the oldest message of a queue may wait before somebody should look: a message that failed once comes back after
 * the visibility timeout, so twice that is a second failure, or a backlog that nobody works off.
 */
export function lateAfter(definition: { readonly timeout: number }): number {
  return 2 * visibilityTimeout(definition);
}

/** Environment variables a function gets beside its links. */
export const environment = {
  /** Of a queue's consumer: its own dead-letter queue, for messages that no retry can heal. */
  deadLetterUrl: 'MILLRACE_DEAD_LETTER_URL',
  /** Of a function granted `queue:hand-over`: its own queue. */
  queueUrl: 'MILLRACE_QUEUE_URL',
  /** The CloudWatch namespace its metrics go to. Without it (on a laptop) it writes none. */
  metricsNamespace: 'MILLRACE_METRICS_NAMESPACE',
  /** Of the sender: where the web console is served, so that messages link to it. Without it they have no link. */
  consoleUrl: 'MILLRACE_CONSOLE_URL',
} as const;

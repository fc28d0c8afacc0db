/**
 * The registry: which functions exist, what wakes each, and what each may touch. `infra/` makes the AWS resources from
 * it and the local stack its subscriptions, so adding a workflow is one entry here and one handler file beside it.
 *
 * It is read while infra is evaluated: import event definitions only, never a client of AWS.
 */
import {
  type EventDefinition,
  type Filter,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
  StreamFileReceived,
} from '@millrace/core/event';

/** What a function may be granted. Infra turns each into exactly the actions and resources it names. */
export type Grant =
  | 'streams:read' // GetObject and HeadObject on stream files, and ListBucket so that a missing key is a 404
  | 'streams:write' // PutObject and multipart uploads of derived and quarantine files
  | 'state:read' // GetItem, Query, BatchGetItem on the table and its index
  | 'state:write' // PutItem, UpdateItem, DeleteItem, BatchWriteItem on the table
  | 'bus:publish' // PutEvents on the typed bus
  | 'deliveries:send' // SendMessage to the delivery queue
  | 'alerts:publish' // Publish to the alerts topic
  | 'secret:SlackWebhookUrl'
  | 'secret:WebhookSigningKey' // signs what goes to routes of kind webhook
  | 'secret:KeenWriteKey' // for copies with a sink of kind keen
  | 'secret:CopySigningKey' // signs what copies with a sink of kind http send
  | 'secret:CopyHashKey'; // makes pseudonyms in copies that hash

interface FunctionDefinition {
  readonly name: string;
  /** One sentence: what it does. */
  readonly purpose: string;
  /** File and export, from the root of the repository. */
  readonly handler: `packages/functions/src/${string}.handler`;
  /** Seconds until a hung run is ended. */
  readonly timeout: number;
  /** MB; a Lambda gets CPU in proportion, one full core at 1769. */
  readonly memory: number;
  readonly grants: readonly Grant[];
  /** ARNs of SNS topics of your own that it may publish to, for routes that name them. */
  readonly topics?: readonly string[];
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
  readonly events: readonly EventDefinition[];
  readonly filter?: Filter;
}

/** A function woken by something else than the typed bus. */
export interface Trigger extends FunctionDefinition {
  readonly source:
    | ({ readonly kind: 'object-created' } & QueueConsumer) // S3 → default bus → queue
    | ({ readonly kind: 'deliveries' } & QueueConsumer) // the delivery queue
    | { readonly kind: 'schedule'; readonly rate: `rate(${number} ${'minute' | 'minutes'})` };
}

/** What a workflow over stream files gets unless its entry says otherwise. */
const DEFAULTS = {
  timeout: 300, // a file of 5-minute data takes seconds; room for the largest, and a hung run ends before it blocks others
  memory: 1769, // one full core: reading a stream file is CPU-bound
  batchSize: 1, // a file a run: one that fails repeats nothing else
  concurrency: 10, // enough for a backlog, and little enough to leave the table's first 4,000 WRU/s in peace
  attempts: 5, // transient faults heal within two or three
} as const;

type Entry = Omit<Workflow, keyof typeof DEFAULTS | 'handler'> & Partial<Workflow>;

const workflow = (entry: Entry): Workflow => ({
  ...DEFAULTS,
  handler: `packages/functions/src/${entry.name}.handler`,
  ...entry,
});

/** A derived file carries the name of the workflow that wrote it; nobody eats their own output. */
const notWrittenBy = (name: string): Filter => ({ properties: { writtenBy: [{ 'anything-but': [name] }] } });

export const workflows: readonly Workflow[] = [
  workflow({
    name: 'copier',
    purpose: 'Copies the records of a stream file into other projects.',
    events: [StreamFileReceived],
    filter: notWrittenBy('copier'),
    grants: [
      'streams:read',
      'streams:write',
      'state:read',
      'state:write',
      'bus:publish',
      'secret:KeenWriteKey',
      'secret:CopySigningKey',
      'secret:CopyHashKey',
    ],
  }),
  workflow({
    name: 'enricher',
    purpose: 'Adds to each record what it lacks: date-time parts, looked-up names, transformed values.',
    events: [StreamFileReceived],
    filter: notWrittenBy('enricher'),
    grants: ['streams:read', 'streams:write', 'state:read', 'state:write', 'bus:publish'],
  }),
  workflow({
    name: 'attributor',
    purpose: 'Finds the touches that led to each conversion and shares its value among them.',
    events: [StreamFileReceived],
    filter: notWrittenBy('attributor'),
    grants: ['streams:read', 'streams:write', 'state:read', 'state:write', 'bus:publish'],
  }),
  workflow({
    name: 'evaluator',
    purpose: 'Evaluates the alert rules of a project over its stream files, in event time.',
    events: [StreamFileReceived],
    grants: ['streams:read', 'streams:write', 'state:read', 'state:write', 'bus:publish'],
  }),
  workflow({
    name: 'router',
    purpose: 'Decides which destinations hear of an alert episode, and leaves one delivery for each.',
    events: [RuleAlertRaised, RuleAlertResolved, RuleAlertRevised],
    timeout: 30,
    memory: 512,
    batchSize: 10,
    concurrency: 5,
    grants: ['state:read', 'state:write', 'bus:publish', 'deliveries:send'],
  }),
];

export const triggers: readonly Trigger[] = [
  {
    name: 'ingest',
    purpose: 'Settles what a new object holds and announces it on the typed bus.',
    handler: 'packages/functions/src/ingest.handler',
    source: { kind: 'object-created', batchSize: 10, concurrency: 10, attempts: 5 },
    timeout: 30,
    memory: 512,
    grants: ['streams:read', 'state:read', 'state:write', 'bus:publish'],
  },
  {
    name: 'ticker',
    purpose: 'Moves rules and alerts on as time passes without events, and publishes what a crash left in an outbox.',
    handler: 'packages/functions/src/ticker.handler',
    source: { kind: 'schedule', rate: 'rate(1 minute)' },
    timeout: 55, // shorter than its period, so that two runs seldom overlap
    memory: 512,
    grants: ['state:read', 'state:write', 'bus:publish', 'deliveries:send'],
  },
  {
    name: 'sender',
    purpose: 'Sends each delivery to its destination once.',
    handler: 'packages/functions/src/sender.handler',
    source: { kind: 'deliveries', batchSize: 1, concurrency: 5, attempts: 12 }, // a destination's pace is kept by turns
    timeout: 30,
    memory: 512,
    grants: [
      'state:read',
      'state:write',
      'bus:publish',
      'deliveries:send',
      'alerts:publish',
      'secret:SlackWebhookUrl',
      'secret:WebhookSigningKey',
    ],
    topics: [],
  },
];

/** A queue hides a message at least this long while a run has it: six times the function's timeout, as AWS advises. */
export function visibilityTimeout(definition: { readonly timeout: number }): number {
  return definition.timeout * 6;
}

/** Environment variables every queue consumer gets beside its links. */
export const environment = {
  /** The consumer's own dead-letter queue, for messages that no retry can heal. */
  deadLetterUrl: 'MILLRACE_DEAD_LETTER_URL',
} as const;

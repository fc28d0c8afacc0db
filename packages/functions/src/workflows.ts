/**
 * The registry: which functions exist, what wakes each, and what each may touch. `infra/` makes the AWS resources from
 * it and the local stack its subscriptions, so adding a workflow is one entry here and one handler file beside it.
 *
 * It is read while infra is evaluated: import event definitions only, never a client of AWS.
 */
import {
  type FilterOf,
  RuleAlertRaised,
  RuleAlertResolved,
  RuleAlertRevised,
  StreamFileReceived,
} from '@millrace/core/event';
import { reach } from '@millrace/pipeline/reach';
import { type Trigger, type Workflow, workflow } from './definition.ts';

export type { Grant, Reach, Trigger, Workflow } from './definition.ts';

/** Buckets of producers beside the app's own. Whoever reads stream files reads these. */
export const sourceBuckets: readonly string[] = reach.sourceBuckets;

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
    source: { kind: 'object-created', batchSize: 10, concurrency: 10, attempts: 5 }, // 100 files at once; workflows run as many (definition.ts)
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

/**
 * Mistakes to put into an evaluated graph, each with the check that must see it.
 */
import type { Graph } from './graph.ts';
import { change, changeLifecycle, drop, remove, rewrite, rewriteRole, trustOf } from './tamper.ts';

interface Fault {
  readonly fault: string;
  /** Of which stage's graph; default: the personal one's. */
  readonly stage?: 'permanent';
  readonly seed: (graph: Graph) => void;
  readonly check: string;
  readonly says: RegExp;
}

export const faults: readonly Fault[] = [
  {
    fault: 'a pattern that lets a workflow eat its own output',
    seed: (graph) =>
      change(graph, 'EventRule', 'CopierRule', { eventPattern: '{"detail-type":["stream.file_received"]}' }),
    check: 'registryIsWired',
    says: /copier: rule: pattern/,
  },
  {
    fault: 'a rule on the default bus',
    seed: (graph) => {
      drop(graph, 'EventRule', 'RouterRule', 'eventBusName');
      drop(graph, 'EventTarget', 'RouterTarget', 'eventBusName');
    },
    check: 'registryIsWired',
    says: /router: rule: eventBusName/,
  },
  {
    fault: 'a workflow without its rule',
    seed: (graph) => remove(graph, 'EventRule', 'EnricherRule'),
    check: 'registryIsWired',
    says: /enricher: 0 rules/,
  },
  {
    fault: 'a queue without dead letters',
    seed: (graph) => drop(graph, 'Queue', 'CopierEventsQueue', 'redrivePolicy'),
    check: 'registryIsWired',
    says: /copier: its queue has no dead-letter queue/,
  },
  {
    fault: 'a queue that shows a message again while a run has it',
    seed: (graph) => change(graph, 'Queue', 'CopierEventsQueue', { visibilityTimeoutSeconds: 30 }),
    check: 'registryIsWired',
    says: /visibilityTimeoutSeconds is 30/,
  },
  {
    fault: 'a mapping that fails whole batches',
    seed: (graph) => change(graph, 'EventSourceMapping', 'IngestSource', { functionResponseTypes: [] }),
    check: 'registryIsWired',
    says: /ingest: mapping: functionResponseTypes/,
  },
  {
    fault: 'a function that nobody asked for',
    seed: (graph) => {
      graph.builds.Stray = { handler: 'packages/functions/src/stray.handler', runtime: 'nodejs22.x', links: {} };
    },
    check: 'nothingElseRuns',
    says: /Stray/,
  },
  {
    fault: 'a missing link',
    seed: (graph) => delete graph.builds.Copier?.links.State,
    check: 'linksFitGrants',
    says: /copier: lacks the link State/,
  },
  {
    fault: 'a link without a grant',
    seed: (graph) => Object.assign(graph.builds.Copier?.links ?? {}, { SlackWebhookUrl: { value: 'unset' } }),
    check: 'linksFitGrants',
    says: /copier: has, without a grant, the link SlackWebhookUrl/,
  },
  {
    fault: 'a missing permission',
    seed: (graph) => rewriteRole(graph, 'RouterRole', 'sqs:SendMessage', 'sqs:GetQueueUrl'),
    check: 'rolesFitGrants',
    says: /router: may not sqs:SendMessage on/,
  },
  {
    fault: 'a permission too many',
    seed: (graph) => rewriteRole(graph, 'CopierRole', '"events:PutEvents"', '"events:PutEvents","events:DeleteRule"'),
    check: 'rolesFitGrants',
    says: /copier: may, without a grant, events:DeleteRule on/,
  },
  {
    fault: 'a wildcard action',
    seed: (graph) => rewriteRole(graph, 'CopierRole', 's3:GetObject', 's3:*'),
    check: 'noWildcards',
    says: /CopierRole: allows s3:\*/,
  },
  {
    fault: 'a wildcard resource',
    seed: (graph) => rewriteRole(graph, 'SenderRole', /arn:aws:sns:[^"]+/, '*'),
    check: 'noWildcards',
    says: /SenderRole: allows \*/,
  },
  {
    fault: 'an AWS-managed policy',
    seed: (graph) =>
      change(graph, 'Role', 'TickerRole', { managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] }),
    check: 'noWildcards',
    says: /TickerRole: carries .*AdministratorAccess/,
  },
  {
    fault: 'a bucket policy that allows',
    seed: (graph) => rewrite(graph, 'BucketPolicy', 'StreamsPolicy', 'policy', '"Deny"', '"Allow"'),
    check: 'noWildcards',
    says: /StreamsPolicy: allows s3:\*/,
  },
  {
    fault: 'a role that the account may assume',
    seed: (graph) =>
      change(graph, 'Role', 'IngestRole', { assumeRolePolicy: trustOf({ AWS: 'arn:aws:iam::123456789012:root' }) }),
    check: 'rolesTrustLambdaAlone',
    says: /IngestRole: trusts/,
  },
  {
    fault: 'a queue policy without the rule it is for',
    seed: (graph) => rewrite(graph, 'QueuePolicy', 'CopierQueuePolicy', 'policy', /,"Condition":\{.*?\}\}/, ''),
    check: 'queuesAdmitTheirRuleAlone',
    says: /CopierEventsQueue: admits/,
  },
  {
    fault: 'an old runtime',
    seed: (graph) => change(graph, 'Function', 'TickerFunction', { runtime: 'nodejs20.x' }),
    check: 'functionsAreCurrent',
    says: /TickerFunction: runtime is "nodejs20.x"/,
  },
  {
    fault: 'another architecture',
    seed: (graph) => change(graph, 'Function', 'TickerFunction', { architectures: ['x86_64'] }),
    check: 'functionsAreCurrent',
    says: /architectures/,
  },
  {
    fault: 'a function without a trace',
    seed: (graph) => drop(graph, 'Function', 'TickerFunction', 'tracingConfig'),
    check: 'functionsAreCurrent',
    says: /TickerFunction: tracingConfig/,
  },
  {
    fault: 'logs for ever',
    seed: (graph) => drop(graph, 'LogGroup', 'SenderLogGroup', 'retentionInDays'),
    check: 'logsExpire',
    says: /SenderFunction/,
  },
  {
    fault: 'a bucket that forgets what was overwritten',
    seed: (graph) => remove(graph, 'BucketVersioning', 'StreamsVersioning'),
    check: 'bucketIsReady',
    says: /bucket versioning: status/,
  },
  {
    fault: 'a bucket in the clear',
    seed: (graph) => remove(graph, 'BucketServerSideEncryptionConfiguration', 'StreamsEncryption'),
    check: 'bucketIsReady',
    says: /bucket encryption/,
  },
  {
    fault: 'a bucket that takes plain HTTP',
    seed: (graph) => rewrite(graph, 'BucketPolicy', 'StreamsPolicy', 'policy', '"false"', '"true"'),
    check: 'bucketIsReady',
    says: /bucket policy: Condition/,
  },
  {
    fault: 'a bucket for everybody',
    seed: (graph) =>
      change(graph, 'BucketPublicAccessBlock', 'StreamsPublicAccessBlock', { restrictPublicBuckets: false }),
    check: 'bucketIsReady',
    says: /restrictPublicBuckets/,
  },
  {
    fault: 'quarantined lines kept for ever',
    seed: (graph) => changeLifecycle(graph, 'quarantine', { filter: { prefix: 'quarantine/' } }),
    check: 'bucketIsReady',
    says: /lifecycle of quarantine: filter/,
  },
  {
    fault: "a lifecycle that ends producers' files",
    seed: (graph) => changeLifecycle(graph, 'replaced-versions', { expiration: { days: 30 } }),
    check: 'bucketIsReady',
    says: /replaced-versions ends every object/,
  },
  {
    fault: 'a bus without an archive',
    seed: (graph) => remove(graph, 'EventArchive', 'EventsArchive'),
    check: 'archiveIsReady',
    says: /archive: eventSourceArn/,
  },
  {
    fault: "an archive of everybody's events",
    seed: (graph) => drop(graph, 'EventArchive', 'EventsArchive', 'eventPattern'),
    check: 'archiveIsReady',
    says: /archive: pattern is null/,
  },
  {
    fault: 'a queue nobody pays for',
    seed: (graph) => drop(graph, 'Queue', 'CopierEventsDeadLettersQueue', 'tags'),
    check: 'everythingIsTagged',
    says: /CopierEventsDeadLettersQueue: tags/,
  },
  {
    fault: 'a sender whose runs anybody can take',
    stage: 'permanent',
    seed: (graph) => drop(graph, 'Function', 'SenderFunction', 'reservedConcurrentExecutions'),
    check: 'concurrencyIsReserved',
    says: /sender: function: reservedConcurrentExecutions/,
  },
  {
    fault: 'a personal stage that takes concurrency from the account',
    seed: (graph) => change(graph, 'Function', 'SenderFunction', { reservedConcurrentExecutions: 2 }),
    check: 'concurrencyIsReserved',
    says: /sender: function: reservedConcurrentExecutions/,
  },
  {
    fault: 'a dead-letter queue nobody watches',
    stage: 'permanent',
    seed: (graph) => remove(graph, 'MetricAlarm', 'RouterDeadLetters'),
    check: 'loopsAreWatched',
    says: /router: no alarm for dead-letters/,
  },
  {
    fault: 'an alarm on the wrong queue',
    stage: 'permanent',
    seed: (graph) => change(graph, 'MetricAlarm', 'CopierQueueAge', { dimensions: { QueueName: 'another' } }),
    check: 'loopsAreWatched',
    says: /copier-queue-age: dimensions/,
  },
  {
    fault: 'an alarm that nobody hears',
    stage: 'permanent',
    seed: (graph) => change(graph, 'MetricAlarm', 'SenderErrors', { alarmActions: [] }),
    check: 'loopsAreWatched',
    says: /SenderErrors: alarmActions/,
  },
  {
    fault: 'an alarm that says nothing',
    stage: 'permanent',
    seed: (graph) => change(graph, 'MetricAlarm', 'TickerSilence', { alarmDescription: 'Something is wrong.' }),
    check: 'loopsAreWatched',
    says: /ticker-silence: names no runbook/,
  },
  {
    fault: 'a runbook that is not there',
    stage: 'permanent',
    seed: (graph) => rewrite(graph, 'MetricAlarm', 'IngestErrors', 'alarmDescription', /#errors$/, '#mistakes'),
    check: 'loopsAreWatched',
    says: /IngestErrors: docs\/operations.md has no section "mistakes"/,
  },
  {
    fault: 'a rate of the wrong records',
    stage: 'permanent',
    seed: (graph) => change(graph, 'MetricAlarm', 'EnricherQuarantineRate', { metricQueries: [] }),
    check: 'loopsAreWatched',
    says: /enricher-quarantine-rate: metricName/,
  },
  {
    fault: 'a loop the dashboard leaves out',
    stage: 'permanent',
    seed: (graph) => rewrite(graph, 'Dashboard', 'Dashboard', 'dashboardBody', /evaluator: /g, 'somebody: '),
    check: 'loopsAreWatched',
    says: /dashboard: does not show evaluator/,
  },
  {
    fault: 'a personal stage that pays for alarms',
    seed: (graph) => {
      const alarm = { type: 'aws:cloudwatch/metricAlarm:MetricAlarm', name: 'CopierErrors', urn: 'x' };
      graph.resources.push({ ...alarm, inputs: {}, state: {}, protect: false, retainOnDelete: false, existing: false });
    },
    check: 'loopsAreWatched',
    says: /CopierErrors: on a stage nobody watches/,
  },
  {
    fault: 'a production that can be removed',
    stage: 'permanent',
    seed: (graph) => change(graph, 'Table', 'StateTable', { deletionProtectionEnabled: false }),
    check: 'dataIsKept',
    says: /deletionProtectionEnabled/,
  },
  {
    fault: 'a table that cannot be restored',
    seed: (graph) => drop(graph, 'Table', 'StateTable', 'pointInTimeRecovery'),
    check: 'tableIsReady',
    says: /pointInTimeRecovery/,
  },
  {
    fault: 'a bucket that tells nobody',
    seed: (graph) => drop(graph, 'BucketNotification', 'StreamsNotificationsNotification', 'eventbridge'),
    check: 'bucketIsReady',
    says: /eventbridge/,
  },
  {
    fault: 'a table that keeps everything',
    seed: (graph) => drop(graph, 'Table', 'StateTable', 'ttl'),
    check: 'tableIsReady',
    says: /table: ttl/,
  },
  {
    fault: 'a table without its index',
    seed: (graph) => change(graph, 'Table', 'StateTable', { globalSecondaryIndexes: [] }),
    check: 'tableIsReady',
    says: /globalSecondaryIndexes/,
  },
  {
    fault: 'a personal stage that cannot be removed',
    seed: (graph) => change(graph, 'Table', 'StateTable', { deletionProtectionEnabled: true }),
    check: 'dataIsKept',
    says: /deletionProtectionEnabled/,
  },
  {
    fault: 'a concurrency that AWS refuses',
    seed: (graph) => change(graph, 'EventSourceMapping', 'SenderSource', { scalingConfig: { maximumConcurrency: 1 } }),
    check: 'withinLimits',
    says: /SenderSource: scalingConfig.maximumConcurrency measures 1/,
  },
];

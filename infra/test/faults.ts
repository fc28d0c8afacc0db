/**
 * Mistakes to put into an evaluated graph, each with the check that must see it.
 */
import { at, type Graph, type Json, named, type Resource } from './graph.ts';

interface Fault {
  readonly fault: string;
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
    fault: 'logs for ever',
    seed: (graph) => drop(graph, 'LogGroup', 'SenderLogGroup', 'retentionInDays'),
    check: 'logsExpire',
    says: /SenderFunction/,
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

/** @throws Error where the resource is not there: a fault that changes nothing proves nothing. */
function find(graph: Graph, type: string, name: string): Resource {
  const resource = named(graph, type, name);
  if (resource === undefined) throw new Error(`no ${type} is named ${name}`);
  return resource;
}

function change(graph: Graph, type: string, name: string, properties: { [key: string]: Json }): void {
  Object.assign(find(graph, type, name).inputs, properties);
}

function drop(graph: Graph, type: string, name: string, property: string): void {
  delete find(graph, type, name).inputs[property];
}

function remove(graph: Graph, type: string, name: string): void {
  graph.resources.splice(graph.resources.indexOf(find(graph, type, name)), 1);
}

function rewrite(graph: Graph, type: string, name: string, property: string, from: string | RegExp, to: string): void {
  const { inputs } = find(graph, type, name);
  inputs[property] = replaced(String(inputs[property]), from, to);
}

function rewriteRole(graph: Graph, name: string, from: string | RegExp, to: string): void {
  const { inputs } = find(graph, 'Role', name);
  const policy = replaced(String(at(inputs, 'inlinePolicies', 0, 'policy')), from, to);
  inputs.inlinePolicies = [{ name: 'inline', policy }];
}

function replaced(value: string, from: string | RegExp, to: string): string {
  const result = value.replace(from, to);
  if (result === value) throw new Error(`${from} does not occur in ${value}`);
  return result;
}

function trustOf(principal: Json): Json {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: principal }] };
}

/**
 * Mistakes in who may do what.
 */
import { add, change, drop, rewrite, rewriteRole, trustOf } from '../tamper.ts';
import type { Fault } from './fault.ts';

export const policyFaults: readonly Fault[] = [
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
    fault: 'a function that everybody may invoke',
    seed: (graph) => change(graph, 'Permission', 'TickerSchedulePermission', { principal: '*' }),
    check: 'functionsAreNotPublic',
    says: /lets \* invoke/,
  },
  {
    fault: 'a function that every rule of every account may invoke',
    seed: (graph) => drop(graph, 'Permission', 'TickerSchedulePermission', 'sourceArn'),
    check: 'functionsAreNotPublic',
    says: /TickerSchedulePermission: lets events.amazonaws.com invoke/,
  },
  {
    fault: 'a policy attached on the side',
    seed: (graph) => add(graph, 'aws:iam/rolePolicy:RolePolicy', 'CopierMore', { policy: '{}' }),
    check: 'nothingElseGrants',
    says: /CopierMore: a aws:iam/,
  },
  {
    fault: 'a topic that others may publish to',
    seed: (graph) => add(graph, 'aws:sns/topicPolicy:TopicPolicy', 'AlertsPolicy', { policy: '{}' }),
    check: 'nothingElseGrants',
    says: /AlertsPolicy: a aws:sns/,
  },
  {
    fault: 'a function with a public address',
    seed: (graph) => add(graph, 'aws:lambda/functionUrl:FunctionUrl', 'IngestUrl', { authorizationType: 'NONE' }),
    check: 'functionsAreNotPublic',
    says: /IngestUrl: answers whoever/,
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
];

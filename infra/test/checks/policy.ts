/**
 * Who may do what? Each check returns its violations in words.
 */
import { isDeepStrictEqual } from 'node:util';
import { type Grant, sourceBuckets } from '../../../packages/functions/src/workflows.ts';
import { arnOf, at, type Graph, type Json, named, ofType, parsed, type Resource, text } from '../graph.ts';
import { type Entry, entriesOf, functionOf, queueByArn, queueOf, type Registry, routesTo } from './parts.ts';

/** A statement of a policy, with lists where IAM allows a single text. */
export interface Statement {
  readonly effect: string;
  readonly actions: string[];
  readonly resources: string[];
  readonly principal: Json | undefined;
  readonly condition: Json | undefined;
}

export function statementsOf(policy: Json | undefined): Statement[] {
  return list(at(parsed(policy), 'Statement')).map((statement) => ({
    effect: text(statement, 'Effect'),
    actions: texts(at(statement, 'Action')),
    resources: texts(at(statement, 'Resource')),
    principal: at(statement, 'Principal'),
    condition: at(statement, 'Condition'),
  }));
}

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const texts = (value: Json | undefined): string[] => list(value).filter((one) => typeof one === 'string');

/** The statements of a role's own policies. */
const roleStatements = (role: Resource): Statement[] =>
  list(role.inputs.inlinePolicies).flatMap((one) => statementsOf(at(one, 'policy')));

/** Every policy document in the graph, by the name of the resource that carries it. */
function allStatements(graph: Graph): [string, Statement][] {
  const carried = ofType(graph, 'Role').flatMap((role) =>
    roleStatements(role).map((one): [string, Statement] => [role.name, one]),
  );
  const attached = ['QueuePolicy', 'BucketPolicy', 'TopicPolicy'].flatMap((type) => ofType(graph, type));
  const others = attached.flatMap((one) =>
    statementsOf(one.inputs.policy).map((statement): [string, Statement] => [one.name, statement]),
  );
  return [...carried, ...others];
}

/**
 * What SST makes on its own with a wildcard in it, by the resource that carries it. A denial takes nothing but plain
 * HTTP away, so its width does no harm.
 */
export const FORCED_BY_SST: Readonly<Record<string, Statement['actions']>> = {
  StreamsPolicy: ['s3:*'],
};

/** `arn:…:bucket/*` are all objects of a bucket, `…:log-group:name:*` all streams of a log group: no narrower is possible. */
const OBJECTS_OF_A_BUCKET = /^arn:aws:s3:::[^*]+\/\*$/;
const STREAMS_OF_A_LOG_GROUP = /^arn:aws:logs:[^*]+:log-group:[^*:]+:\*$/;

/** X-Ray has no resources to name. */
const TRACES: readonly string[] = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];

export function noWildcards(graph: Graph): string[] {
  const found = allStatements(graph).flatMap(([name, { effect, actions, resources }]) => {
    if (effect === 'Deny' && isDeepStrictEqual(FORCED_BY_SST[name], actions)) return [];
    const nameless = actions.every((action) => TRACES.includes(action));
    const wide = resources.filter(
      (one) =>
        !(one === '*' && nameless) &&
        one.includes('*') &&
        !OBJECTS_OF_A_BUCKET.test(one) &&
        !STREAMS_OF_A_LOG_GROUP.test(one),
    );
    return [...actions.filter((action) => action.includes('*')), ...wide].map((one) => `${name}: allows ${one}`);
  });
  const managed = ofType(graph, 'Role').flatMap((role) =>
    texts(role.inputs.managedPolicyArns).map((arn) => `${role.name}: carries ${arn}, which is about the whole account`),
  );
  return [...found, ...managed];
}

/** Types of resources that let somebody do something, and that the checks here look into. */
const READ_HERE = new Set(['Role', 'QueuePolicy', 'BucketPolicy', 'Permission']);
const GRANTING =
  /^aws:(?:iam\/.*|[^:]*:(?:\w*Policy\w*|\w*Permission\w*|\w*Grant\w*|BucketAcl\w*|BucketObjectLockConfiguration\w*))$/;

/** Nothing grants anything in a way that no check here reads: a policy attached on the side, a user, a key. */
export function nothingElseGrants(graph: Graph): string[] {
  return graph.resources
    .filter(({ type }) => GRANTING.test(type) && !READ_HERE.has(type.slice(type.lastIndexOf(':') + 1)))
    .map(({ name, type }) => `${name}: a ${type}, which no check reads`);
}

/** Nobody but the rule that wakes it reaches a function from outside, and no URL does that asks for no signature. */
export function functionsAreNotPublic(graph: Graph): string[] {
  const rules = new Set(ofType(graph, 'EventRule').map(arnOf));
  const open = ofType(graph, 'Permission').filter(
    ({ inputs }) => inputs.principal !== 'events.amazonaws.com' || !rules.has(text(inputs, 'sourceArn')),
  );
  const urls = ofType(graph, 'FunctionUrl').filter((one) => at(one.inputs, 'authorizationType') !== 'AWS_IAM');
  return [
    ...open.map(({ name, inputs }) => `${name}: lets ${text(inputs, 'principal')} invoke a function`),
    ...urls.map(({ name }) => `${name}: answers whoever knows its address`),
  ];
}

/** A role is for Lambda and for nobody else. */
export function rolesTrustLambdaAlone(graph: Graph): string[] {
  return ofType(graph, 'Role').flatMap((role) => {
    const statements = statementsOf(role.inputs.assumeRolePolicy);
    const others = statements.filter(
      (one) => !isDeepStrictEqual(texts(at(one.principal, 'Service')), ['lambda.amazonaws.com']),
    );
    const more = statements.filter((one) => Object.keys(one.principal ?? {}).length !== 1);
    if (statements.length === 1 && others.length + more.length === 0) return [];
    return [`${role.name}: trusts ${JSON.stringify(statements.map(({ principal }) => principal))}`];
  });
}

/** A queue that a rule feeds takes messages from that rule alone; the others have no policy at all. */
export function queuesAdmitTheirRuleAlone(graph: Graph): string[] {
  const policies = ofType(graph, 'QueuePolicy');
  return ofType(graph, 'Queue').flatMap((queue) => {
    const own = policies.filter((policy) => at(policy.inputs, 'queueUrl') === at(queue.state, 'url'));
    const rules = feeding(graph, queue);
    if (own.length > 1) return [`${queue.name}: ${own.length} policies, and SQS keeps the last`];
    const found = own.flatMap((policy) => statementsOf(policy.inputs.policy));
    const wanted = rules.map((rule) => ({
      effect: 'Allow',
      actions: ['sqs:SendMessage'],
      resources: [arnOf(queue)],
      principal: { Service: ['events.amazonaws.com'] },
      condition: { ArnEquals: { 'aws:SourceArn': [rule] } },
    }));
    return isDeepStrictEqual(found, wanted) ? [] : [`${queue.name}: admits ${JSON.stringify(found)}`];
  });
}

/** ARNs of the rules that send to a queue, as target or as the dead-letter queue of one. */
function feeding(graph: Graph, queue: Resource): string[] {
  const main = ofType(graph, 'Queue').filter(
    (one) => text(parsed(one.inputs.redrivePolicy), 'deadLetterTargetArn') === arnOf(queue),
  );
  return [queue, ...main].flatMap((one) => routesTo(graph, arnOf(one)).map(({ rule }) => arnOf(rule)));
}

/** Of each grant: the link it needs, and what it allows, as `action on resource`. Written down a second time, on purpose. */
function grantTable(graph: Graph): Record<Grant, { link?: string; allows: string[] }> {
  const bucket = arnOf(named(graph, 'Bucket', 'StreamsBucket'));
  const sources = sourceBuckets.map((one) => `arn:aws:s3:::${one}`);
  const table = arnOf(named(graph, 'Table', 'StateTable'));
  const bus = arnOf(named(graph, 'EventBus', 'EventsBus'));
  const deliveries = arnOf(named(graph, 'Queue', 'DeliveriesQueue'));
  const topic = arnOf(named(graph, 'Topic', 'AlertsTopic'));
  const on = (resource: string, ...actions: string[]) => actions.map((action) => `${action} on ${resource}`);
  return {
    'streams:read': {
      link: 'Streams',
      allows: [bucket, ...sources].flatMap((one) => [...on(`${one}/*`, 's3:GetObject'), ...on(one, 's3:ListBucket')]),
    },
    'streams:write': {
      link: 'Streams',
      allows: [
        ...on(`${bucket}/*`, 's3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'),
        ...sources.flatMap((one) => on(`${one}/_millrace/quarantine/*`, 's3:PutObject', 's3:AbortMultipartUpload')),
      ],
    },
    'state:get': { link: 'State', allows: on(table, 'dynamodb:GetItem') },
    'state:get-many': { link: 'State', allows: on(table, 'dynamodb:BatchGetItem') },
    'state:query': { link: 'State', allows: on(table, 'dynamodb:Query') },
    'state:query-index': { link: 'State', allows: on(`${table}/index/gsi1`, 'dynamodb:Query') },
    'state:put': { link: 'State', allows: on(table, 'dynamodb:PutItem') },
    'state:update': { link: 'State', allows: on(table, 'dynamodb:UpdateItem') },
    'state:delete': { link: 'State', allows: on(table, 'dynamodb:DeleteItem') },
    'state:write-many': { link: 'State', allows: on(table, 'dynamodb:BatchWriteItem') },
    'bus:publish': { link: 'Events', allows: on(bus, 'events:PutEvents') },
    'queue:hand-over': { allows: [] }, // see ownQueues
    'deliveries:send': { link: 'Deliveries', allows: on(deliveries, 'sqs:SendMessage') },
    'alerts:publish': { link: 'Alerts', allows: on(topic, 'sns:Publish') },
    'secret:SlackWebhookUrl': { link: 'SlackWebhookUrl', allows: [] },
    'secret:WebhookSigningKey': { link: 'WebhookSigningKey', allows: [] },
    'secret:KeenWriteKey': { link: 'KeenWriteKey', allows: [] },
    'secret:CopySigningKey': { link: 'CopySigningKey', allows: [] },
    'secret:CopyHashKey': { link: 'CopyHashKey', allows: [] },
    'secret:EnrichHashKey': { link: 'EnrichHashKey', allows: [] },
    'secret:EnrichLookupKey': { link: 'EnrichLookupKey', allows: [] },
  };
}

/** Each role allows what its function's grants, queue and log ask for: no less and no more. */
export function rolesFitGrants(graph: Graph, registry: Registry): string[] {
  const table = grantTable(graph);
  return entriesOf(registry).flatMap((entry) => {
    const parts = functionOf(graph, entry);
    if (parts === undefined) return [`${entry.name}: no function with a role`];
    const wanted = new Set([
      ...entry.grants.flatMap((grant) => table[grant].allows),
      ...reachOf(entry, parts.lambda),
      ...ownQueues(graph, parts.lambda, entry.grants),
      ...ownLog(parts.lambda),
      ...TRACES.map((action) => `${action} on *`),
    ]);
    const allowed = new Set(
      roleStatements(parts.role).flatMap(({ actions, resources }) =>
        actions.flatMap((action) => resources.map((resource) => `${action} on ${resource}`)),
      ),
    );
    return setDifferences(entry.name, allowed, wanted, ['may not', 'may, without a grant,']);
  });
}

/** What is not ours, by the registry. */
function reachOf({ reach = {} }: Entry, lambda: Resource): string[] {
  const { topics = [], buckets = [], roles = [], deliveryStreams = [] } = reach;
  const write = ['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'];
  const here = arnOf(lambda).split(':').slice(3, 5).join(':');
  return [
    ...topics.map((topic) => `sns:Publish on ${topic}`),
    ...buckets.flatMap((bucket) => write.map((action) => `${action} on arn:aws:s3:::${bucket}/*`)),
    ...roles.map((role) => `sts:AssumeRole on ${role}`),
    ...deliveryStreams.map((one) => `firehose:PutRecordBatch on arn:aws:firehose:${here}:deliverystream/${one}`),
  ];
}

function ownQueues(graph: Graph, lambda: Resource, grants: readonly Grant[]): string[] {
  const queues = queueOf(graph, lambda);
  if (queues === undefined) return [];
  const receive = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];
  return [
    ...receive.map((action) => `${action} on ${arnOf(queues.queue)}`),
    `sqs:SendMessage on ${arnOf(queueByArn(graph, arnOf(queues.deadLetters)))}`,
    ...(grants.includes('queue:hand-over') ? [`sqs:SendMessage on ${arnOf(queues.queue)}`] : []),
  ];
}

function ownLog(lambda: Resource): string[] {
  const [, , , , region, account] = ['', ...arnOf(lambda).split(':')];
  const group = `arn:aws:logs:${region}:${account}:log-group:${text(lambda.inputs, 'loggingConfig', 'logGroup')}:*`;
  return ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} on ${group}`);
}

/** `Resource` in each function holds what its grants need: a missing link is no type error, but fails at run time. */
export function linksFitGrants(graph: Graph, registry: Registry): string[] {
  const table = grantTable(graph);
  return entriesOf(registry).flatMap((entry) => {
    const parts = functionOf(graph, entry);
    if (parts === undefined) return [`${entry.name}: no function with a role`];
    const linked = new Set(Object.keys(graph.builds[parts.component]?.links ?? {}));
    const wanted = new Set(entry.grants.flatMap((grant) => table[grant].link ?? []));
    return setDifferences(entry.name, linked, wanted, ['lacks the link', 'has, without a grant, the link']);
  });
}

function setDifferences(
  name: string,
  found: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
  [less, more]: readonly [string, string],
): string[] {
  const missing = [...wanted].filter((one) => !found.has(one)).map((one) => `${name}: ${less} ${one}`);
  return [...missing, ...[...found].filter((one) => !wanted.has(one)).map((one) => `${name}: ${more} ${one}`)];
}

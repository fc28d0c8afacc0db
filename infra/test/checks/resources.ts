/**
 * Are bucket, table, functions and logs as they should be, and within what AWS takes? Each check returns its violations
 * in words.
 */
import { at, type Graph, type Json, named, ofType, parsed, type Resource, text } from '../graph.ts';
import { differences } from './wiring.ts';

/** Every function runs on the Lambda runtime the project is written for. */
export function functionsAreCurrent(graph: Graph): string[] {
  return ofType(graph, 'Function').flatMap(({ name, inputs }) =>
    differences(name, inputs, [
      ['runtime', 'nodejs22.x'],
      ['architectures', ['arm64']],
    ]),
  );
}

/** Every function writes to a log group that is in the graph and forgets. */
export function logsExpire(graph: Graph): string[] {
  const retention = new Map(ofType(graph, 'LogGroup').map(({ inputs }) => [inputs.name, inputs.retentionInDays]));
  return ofType(graph, 'Function').flatMap(({ name, inputs }) => {
    const days = retention.get(text(inputs, 'loggingConfig', 'logGroup'));
    return typeof days === 'number' && days > 0 ? [] : [`${name}: its log group keeps everything for ever`];
  });
}

/** The bucket tells EventBridge of every object, takes no plain HTTP and shows nothing to the public. */
export function bucketIsReady(graph: Graph): string[] {
  const bucket = text(named(graph, 'BucketV2', 'StreamsBucket')?.state, 'bucket');
  const ours = (type: string) => ofType(graph, type).find(({ inputs }) => inputs.bucket === bucket)?.inputs;
  const [statement] = [at(parsed(ours('BucketPolicy')?.policy), 'Statement', 0)];
  return [
    ...differences('bucket notification', ours('BucketNotification'), [['eventbridge', true]]),
    ...differences('bucket access', ours('BucketPublicAccessBlock'), [
      ['blockPublicAcls', true],
      ['blockPublicPolicy', true],
      ['ignorePublicAcls', true],
      ['restrictPublicBuckets', true],
    ]),
    ...differences('bucket policy', statement, [
      ['Effect', 'Deny'],
      ['Principal', '*'],
      ['Condition', { Bool: { 'aws:SecureTransport': ['false'] } }],
    ]),
  ];
}

/** The one table, as packages/core/src/table reads and writes it. */
export function tableIsReady(graph: Graph): string[] {
  const table = named(graph, 'Table', 'StateTable')?.inputs;
  const index: Json = { name: 'gsi1', hashKey: 'gsi1pk', rangeKey: 'gsi1sk', projectionType: 'ALL' };
  return differences('table', table, [
    ['hashKey', 'pk'],
    ['rangeKey', 'sk'],
    ['billingMode', 'PAY_PER_REQUEST'],
    ['ttl', { attributeName: 'expiresAt', enabled: true }],
    ['globalSecondaryIndexes', [index]],
    ['pointInTimeRecovery', { enabled: true }],
  ]);
}

/** What a stage that lasts holds survives its removal; a personal stage leaves nothing behind. */
export function dataIsKept(graph: Graph, permanent: boolean): string[] {
  const { removal, protect } = graph.app;
  const app: Json = { removal, protect };
  const table = named(graph, 'Table', 'StateTable');
  const bucket = named(graph, 'BucketV2', 'StreamsBucket');
  const kept: Json = { table: table?.retainOnDelete ?? null, bucket: bucket?.retainOnDelete ?? null };
  return [
    ...differences('app', app, [
      ['removal', permanent ? 'retain' : 'remove'],
      ['protect', permanent],
    ]),
    ...differences('kept', kept, [
      ['table', permanent],
      ['bucket', permanent],
    ]),
    ...differences('table', table?.inputs, [['deletionProtectionEnabled', permanent]]),
    ...differences('bucket', bucket?.inputs, [['forceDestroy', !permanent]]),
  ];
}

type Range = readonly [type: string, min: number, max: number, ...path: string[]];

/** Numbers and lengths of names that AWS refuses outside these bounds (and Pulumi does not look at). */
const RANGES: readonly Range[] = [
  ['Function', 1, 900, 'timeout'], // seconds
  ['Function', 128, 10_240, 'memorySize'], // MB
  ['Queue', 0, 43_200, 'visibilityTimeoutSeconds'],
  ['EventSourceMapping', 1, 10, 'batchSize'], // more needs a batching window
  ['EventSourceMapping', 2, 1000, 'scalingConfig', 'maximumConcurrency'],
];
const LENGTHS: readonly Range[] = [
  ['EventRule', 1, 64, 'name'],
  ['EventRule', 0, 512, 'description'],
  ['EventRule', 0, 2048, 'eventPattern'],
  ['Function', 0, 256, 'description'],
  ['LogGroup', 1, 512, 'name'],
  ['Queue', 1, 80, 'name'],
];

export function withinLimits(graph: Graph): string[] {
  const numbers = outside(graph, RANGES, (value) => (typeof value === 'number' ? value : Number.NaN));
  return [...numbers, ...outside(graph, LENGTHS, (value) => (typeof value === 'string' ? value.length : 0))];
}

function outside(graph: Graph, ranges: readonly Range[], measure: (value: Json | undefined) => number): string[] {
  return ranges.flatMap(([type, min, max, ...path]) =>
    ofType(graph, type).flatMap((resource: Resource) => {
      const measured = measure(at(resource.inputs, ...path));
      if (measured >= min && measured <= max) return [];
      return [`${resource.name}: ${path.join('.')} measures ${measured}, AWS takes ${min} to ${max}`];
    }),
  );
}

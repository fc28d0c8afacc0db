/**
 * Are bucket, table, functions and logs as they should be, and within what AWS takes? Each check returns its violations
 * in words.
 */
import { DERIVED_TAG } from '../../../packages/core/src/stream/upload.ts';
import { arnOf, at, type Graph, type Json, named, ofType, parsed, type Resource, text } from '../graph.ts';
import { entriesOf, functionOf, queueOf, type Registry } from './parts.ts';
import { differences } from './wiring.ts';

/** Every function runs on the Lambda runtime the project is written for, and leaves traces. */
export function functionsAreCurrent(graph: Graph): string[] {
  return ofType(graph, 'Function').flatMap(({ name, inputs }) =>
    differences(name, inputs, [
      ['runtime', 'nodejs22.x'],
      ['architectures', ['arm64']],
      ['tracingConfig', { mode: 'Active' }],
    ]),
  );
}

/** Every function writes to a log group that is in the graph and forgets, on a stage that lasts after a quarter of a year. */
export function logsExpire(graph: Graph): string[] {
  const retention = new Map(ofType(graph, 'LogGroup').map(({ inputs }) => [inputs.name, inputs.retentionInDays]));
  return ofType(graph, 'Function').flatMap(({ name, inputs }) => {
    const days = retention.get(text(inputs, 'loggingConfig', 'logGroup'));
    const wanted = graph.app.protect ? 90 : 7;
    return days === wanted ? [] : [`${name}: its log group keeps ${days ?? 'all'} days, not ${wanted}`];
  });
}

/**
 * The bucket tells EventBridge of every object, takes no plain HTTP, shows nothing to the public, encrypts, and keeps what
 * was overwritten for a while.
 */
export function bucketIsReady(graph: Graph): string[] {
  const bucket = text(named(graph, 'Bucket', 'StreamsBucket')?.state, 'bucket');
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
    ...differences('bucket versioning', at(ours('BucketVersioning'), 'versioningConfiguration'), [
      ['status', 'Enabled'],
    ]),
    ...differences('bucket encryption', ours('BucketServerSideEncryptionConfiguration'), [
      ['rules', [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }]],
    ]),
    ...lifecycleFits(at(ours('BucketLifecycleConfiguration'), 'rules')),
  ];
}

/** What our code writes goes where the rules look, and nothing that a producer wrote is ever ended. */
function lifecycleFits(rules: Json | undefined): string[] {
  const all = Array.isArray(rules) ? rules : [];
  const [tagKey = '', tagValue = ''] = DERIVED_TAG.split('=');
  const byId = (id: string) => all.find((rule) => at(rule, 'id') === id);
  const forEverything = all.filter((rule) => Object.keys(at(rule, 'filter') ?? {}).length === 0);
  const endings = forEverything.filter((rule) => at(rule, 'expiration', 'days') !== undefined);
  return [
    ...differences('lifecycle of quarantine', byId('quarantine'), [
      ['status', 'Enabled'],
      ['filter', { prefix: '_millrace/quarantine/' }],
      ['expiration', { days: 90 }],
    ]),
    ...differences('lifecycle of checkpoints', byId('checkpoints'), [
      ['status', 'Enabled'],
      ['filter', { prefix: '_millrace/checkpoint/' }],
      ['expiration', { days: 7 }],
    ]),
    ...differences('lifecycle of derived files', byId('derived'), [
      ['status', 'Enabled'],
      ['filter', { tag: { key: tagKey, value: tagValue } }],
      ['transitions', [{ days: 30, storageClass: 'INTELLIGENT_TIERING' }]],
    ]),
    ...differences('lifecycle of replaced versions', byId('replaced-versions'), [
      ['status', 'Enabled'],
      ['filter', {}],
      ['noncurrentVersionExpiration', { noncurrentDays: 30 }],
      ['abortIncompleteMultipartUpload', { daysAfterInitiation: 1 }],
    ]),
    ...endings.map((rule) => `lifecycle: ${text(rule, 'id')} ends every object, producers' files too`),
  ];
}

/** The typed bus keeps its own events, and those of nobody else. */
export function archiveIsReady(graph: Graph): string[] {
  const archive = named(graph, 'EventArchive', 'EventsArchive')?.inputs;
  const found: Json = { pattern: parsed(archive?.eventPattern), days: archive?.retentionDays ?? null };
  return [
    ...differences('archive', archive, [['eventSourceArn', arnOf(named(graph, 'EventBus', 'EventsBus'))]]),
    ...differences('archive', found, [
      ['pattern', { source: [`millrace.${graph.stage}`] }],
      ['days', graph.app.protect ? 90 : 7],
    ]),
  ];
}

/** Every resource carries whose it is and who pays: the provider gives it the tags, unless it is made by another one. */
export function everythingIsTagged(graph: Graph, registry: Registry): string[] {
  const { tags } = graph.app;
  const wanted = { 'sst:app': 'millrace', 'sst:stage': graph.stage, 'cost-center': 'millrace' };
  const app = Object.entries(wanted).map(([key, value]): [string, Json] => [key, value]);
  const byWorkflow = entriesOf(registry).flatMap((entry) => {
    const lambda = functionOf(graph, entry)?.lambda;
    const queues = lambda && queueOf(graph, lambda);
    return [lambda, queues?.queue, queues?.deadLetters]
      .filter((one) => one !== undefined)
      .flatMap(({ name, inputs }) => differences(`${name}: tags`, at(inputs, 'tags'), [['workflow', entry.name]]));
  });
  return [...differences('tags of everything', { ...tags }, app), ...byWorkflow];
}

/** A stage that lasts keeps concurrency for those that ask; a personal one takes none from the account. */
export function concurrencyIsReserved(graph: Graph, registry: Registry, permanent: boolean): string[] {
  return entriesOf(registry).flatMap((entry) =>
    differences(`${entry.name}: function`, functionOf(graph, entry)?.lambda.inputs, [
      ['reservedConcurrentExecutions', permanent ? entry.reservedConcurrency : undefined],
    ]),
  );
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
  const bucket = named(graph, 'Bucket', 'StreamsBucket');
  const kept: Json = { table: table?.retainOnDelete ?? null, bucket: bucket?.retainOnDelete ?? null };
  const guarded: Json = { table: table?.protect ?? null, bucket: bucket?.protect ?? null };
  return [
    ...differences('app', app, [
      ['removal', permanent ? 'retain' : 'remove'],
      ['protect', permanent],
    ]),
    ...differences('kept', kept, [
      ['table', permanent],
      ['bucket', permanent],
    ]),
    ...differences('protected', guarded, [
      ['table', permanent],
      ['bucket', permanent],
    ]),
    ...differences('table', table?.inputs, [['deletionProtectionEnabled', permanent]]),
    ...differences('bucket', bucket?.inputs, [['forceDestroy', !permanent]]),
  ];
}

/** Everything in the region and account the stage was deployed to; what another stage is named by is named nowhere. */
export function liesInOnePlace(graph: Graph, elsewhere: readonly string[]): string[] {
  return graph.resources.flatMap(({ name, inputs }) => {
    const said = JSON.stringify(inputs);
    return elsewhere.filter((place) => said.includes(place)).map((place) => `${name}: names ${place}`);
  });
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
  ['EventArchive', 1, 48, 'name'],
  ['MetricAlarm', 1, 255, 'name'],
  ['MetricAlarm', 1, 1024, 'alarmDescription'],
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

/**
 * Does the graph wire every entry of the registry, and nothing else? Each check returns its violations in words.
 */
import { isDeepStrictEqual } from 'node:util';
import { patternOf, RESERVED_PREFIX } from '../../../packages/core/src/event/index.ts';
import {
  environment,
  sourceBuckets,
  type Trigger,
  visibilityTimeout,
  type Workflow,
} from '../../../packages/functions/src/workflows.ts';
import { arnOf, at, type Graph, type Json, named, ofType, parsed, type Resource, text } from '../graph.ts';
import {
  type Entry,
  entriesOf,
  functionOf,
  type QueueParts,
  queueOf,
  queueSettings,
  type Registry,
  routesTo,
} from './parts.ts';

/** Every entry has its function, and behind its queue what the entry says; every source leads to it. */
export function registryIsWired(graph: Graph, registry: Registry): string[] {
  return entriesOf(registry).flatMap((entry) => {
    const parts = functionOf(graph, entry);
    if (parts === undefined) return [`${entry.name}: not exactly one function with a role runs ${entry.handler}`];
    const { lambda } = parts;
    const found = functionFits(entry, lambda);
    if (queueSettings(entry) === undefined) return [...found, ...scheduleFits(graph, entry, lambda)];
    const queues = queueOf(graph, lambda);
    if (queues === undefined) return [...found, `${entry.name}: no queue feeds its function`];
    return [...found, ...queueFits(entry, lambda, queues), ...sourceFits(graph, entry, queues)];
  });
}

/** No function, rule or mapping that no entry asks for. */
export function nothingElseRuns(graph: Graph, registry: Registry): string[] {
  const entries = entriesOf(registry);
  const handlers = new Set<string>(entries.map(({ handler }) => handler));
  const strangers = Object.entries(graph.builds).filter(([, { handler }]) => !handlers.has(handler));
  const expected = {
    EventRule: entries.filter((entry) => !('source' in entry) || entry.source.kind !== 'deliveries').length,
    EventSourceMapping: entries.filter(queueSettings).length,
  };
  const counts = Object.entries(expected).flatMap(([type, count]) => {
    const made = ofType(graph, type).length;
    return made === count ? [] : [`${made} of ${type}, the registry asks for ${count}`];
  });
  return [...strangers.map(([name]) => `${name}: no entry of the registry asks for this function`), ...counts];
}

function functionFits(entry: Entry, lambda: Resource): string[] {
  return differences(`${entry.name}: function`, lambda.inputs, [
    ['timeout', entry.timeout],
    ['memorySize', entry.memory],
    ['description', entry.purpose],
  ]);
}

function queueFits(entry: Entry, lambda: Resource, { mapping, queue, deadLetters }: QueueParts): string[] {
  const settings = queueSettings(entry);
  if (deadLetters === undefined) return [`${entry.name}: its queue has no dead-letter queue`];
  const fourteenDays = 14 * 24 * 60 * 60;
  return [
    ...differences(`${entry.name}: mapping`, mapping.inputs, [
      ['functionResponseTypes', ['ReportBatchItemFailures']],
      ['batchSize', settings?.batchSize],
      ['scalingConfig', { maximumConcurrency: settings?.concurrency ?? null }],
    ]),
    ...differences(`${entry.name}: queue`, queue.inputs, [['visibilityTimeoutSeconds', visibilityTimeout(entry)]]),
    ...differences(`${entry.name}: redrive`, parsed(queue.inputs.redrivePolicy), [
      ['maxReceiveCount', settings?.attempts],
    ]),
    ...differences(`${entry.name}: dead-letter queue`, deadLetters.inputs, [['messageRetentionSeconds', fourteenDays]]),
    ...differences(`${entry.name}: environment`, at(lambda.inputs, 'environment', 'variables'), [
      [environment.deadLetterUrl, text(deadLetters.state, 'url')],
      [environment.queueUrl, entry.grants.includes('queue:hand-over') ? text(queue.state, 'url') : undefined],
    ]),
  ];
}

function sourceFits(graph: Graph, entry: Entry, queues: QueueParts): string[] {
  if (!('source' in entry)) return ruleFits(graph, entry, queues, typedBus(graph), workflowPattern(entry));
  if (entry.source.kind === 'object-created') return ruleFits(graph, entry, queues, undefined, objectPattern(graph));
  const deliveries = named(graph, 'Queue', 'DeliveriesQueue');
  return arnOf(queues.queue) === arnOf(deliveries) ? [] : [`${entry.name}: does not work off the delivery queue`];
}

/** What the definitions of a workflow imply, and nothing else. */
const workflowPattern = ({ events, filter }: Workflow): Json => JSON.parse(JSON.stringify(patternOf(events, filter)));

/** New objects of our bucket, and of producers' own, that are not Millrace's own notes. */
function objectPattern(graph: Graph): Json {
  return {
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: {
      bucket: { name: [text(named(graph, 'Bucket', 'StreamsBucket')?.state, 'bucket'), ...sourceBuckets] },
      object: { key: [{ 'anything-but': { prefix: RESERVED_PREFIX } }] },
    },
  };
}

const typedBus = (graph: Graph) => text(named(graph, 'EventBus', 'EventsBus')?.state, 'name');

function ruleFits(graph: Graph, { name }: Entry, queues: QueueParts, bus: string | undefined, pattern: Json): string[] {
  const routes = routesTo(graph, arnOf(queues.queue));
  const [route] = routes;
  if (route === undefined || routes.length > 1) return [`${name}: ${routes.length} rules lead to its queue, not one`];
  return [
    ...differences(`${name}: rule`, route.rule.inputs, [['eventBusName', bus]]),
    ...differences(`${name}: rule`, { pattern: parsed(route.rule.inputs.eventPattern) }, [['pattern', pattern]]),
    ...differences(`${name}: target`, route.target.inputs, [['deadLetterConfig', { arn: arnOf(queues.deadLetters) }]]),
  ];
}

function scheduleFits(graph: Graph, entry: Entry, lambda: Resource): string[] {
  const rate = scheduleOf(entry);
  const routes = routesTo(graph, arnOf(lambda));
  const [route] = routes;
  if (route === undefined || routes.length > 1) return [`${entry.name}: ${routes.length} rules wake it, not one`];
  const invoker = ofType(graph, 'Permission').find((one) => at(one.inputs, 'function') === arnOf(lambda));
  return [
    ...differences(`${entry.name}: schedule`, route.rule.inputs, [
      ['scheduleExpression', rate],
      ['state', 'ENABLED'],
    ]),
    ...differences(`${entry.name}: permission`, invoker?.inputs, [
      ['principal', 'events.amazonaws.com'],
      ['sourceArn', arnOf(route.rule)],
    ]),
  ];
}

function scheduleOf(entry: Entry): Json | undefined {
  const source: Trigger['source'] | undefined = 'source' in entry ? entry.source : undefined;
  return source?.kind === 'schedule' ? source.rate : undefined;
}

/** One line for each property that is not as expected. */
export function differences(
  what: string,
  value: Json | undefined,
  expected: readonly (readonly [string, Json | undefined])[],
): string[] {
  return expected.flatMap(([key, wanted]) => {
    const found = at(value, key);
    if (isDeepStrictEqual(found, wanted)) return [];
    return [`${what}: ${key} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
  });
}

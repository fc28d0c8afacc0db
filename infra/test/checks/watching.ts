/**
 * Does somebody hear of every kind of failure of every entry of the registry? Each check returns its violations in words.
 */
import { readFileSync } from 'node:fs';
import { environment, lateAfter } from '../../../packages/functions/src/workflows.ts';
import { arnOf, at, type Graph, type Json, named, ofType, parsed, type Resource, text } from '../graph.ts';
import { type Entry, entriesOf, functionOf, queueOf, type Registry, routesTo } from './parts.ts';
import { differences } from './wiring.ts';

const runbooks = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');

/** GitHub's anchors of the headings. */
const anchors = new Set(
  [...runbooks.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  ),
);

/** What an alarm must measure: the metric, what it is of, and from where on it goes off. */
interface Expectation {
  readonly metricName: string;
  readonly namespace: string;
  readonly dimensions: Json;
  readonly threshold: number;
  readonly comparisonOperator: string;
  /** What silence means. */
  readonly treatMissingData: string;
}

/** A stage that lasts has every alarm and a dashboard; a personal one nothing to pay for. */
export function loopsAreWatched(graph: Graph, registry: Registry, permanent: boolean): string[] {
  if (!permanent) {
    const made = [...ofType(graph, 'MetricAlarm'), ...ofType(graph, 'Dashboard')];
    return made.map(({ name }) => `${name}: on a stage nobody watches`);
  }
  const entries = entriesOf(registry);
  const wanted = [...entries.flatMap((entry) => loopAlarms(graph, entry)), topicAlarm(graph)];
  const names = new Set(wanted.map(({ name }) => name));
  const strays = ofType(graph, 'MetricAlarm').filter(({ inputs }) => !names.has(text(inputs, 'name')));
  return [
    ...entries.flatMap((entry) => (functionOf(graph, entry) ? [] : [`${entry.name}: no function with a role`])),
    ...wanted.flatMap((one) => alarmFits(graph, one)),
    ...strays.map(({ name }) => `${name}: no loop asks for this alarm`),
    ...ofType(graph, 'MetricAlarm').flatMap((alarm) => alarmIsHeard(graph, alarm)),
    ...dashboardShows(graph, entries),
  ];
}

interface WantedAlarm {
  /** Of what it watches. */
  readonly of: string;
  readonly kind: string;
  /** As CloudWatch has it. */
  readonly name: string;
  /** What people notice; it has to say so. */
  readonly impact: string;
  readonly expected: Expectation;
}

function loopAlarms(graph: Graph, entry: Entry): WantedAlarm[] {
  const lambda = functionOf(graph, entry)?.lambda;
  if (lambda === undefined) return [];
  return Object.entries(expectations(graph, entry, lambda)).map(([kind, expected]) => ({
    of: entry.name,
    kind,
    name: `millrace-${graph.stage}-${entry.name}-${kind}`,
    impact: entry.failureImpact,
    expected,
  }));
}

/** Whether subscribers got what SNS took from the sender. */
function topicAlarm(graph: Graph): WantedAlarm {
  return {
    of: 'alerts',
    kind: 'delivery-failures',
    name: `millrace-${graph.stage}-alerts-delivery-failures`,
    impact: 'missed one',
    expected: {
      namespace: 'AWS/SNS',
      metricName: 'NumberOfNotificationsFailed',
      dimensions: { TopicName: text(named(graph, 'Topic', 'AlertsTopic')?.state, 'name') },
      threshold: 0,
      comparisonOperator: 'GreaterThanThreshold',
      treatMissingData: 'notBreaching',
    },
  };
}

function alarmFits(graph: Graph, { of, kind, name, impact, expected }: WantedAlarm): string[] {
  const alarm = ofType(graph, 'MetricAlarm').find(({ inputs }) => inputs.name === name);
  if (alarm === undefined) return [`${of}: no alarm for ${kind}`];
  const description = text(alarm.inputs, 'alarmDescription');
  const silent = description.includes(impact) ? [] : [`${name}: does not say what people notice`];
  const aimless = description.endsWith(`Runbook: docs/operations.md#${kind}`) ? [] : [`${name}: names no runbook`];
  return [...silent, ...aimless, ...differences(name, measured(alarm), Object.entries(expected))];
}

/** Of the alarm on a metric, or of the metrics a rate is made from. */
function measured({ inputs }: Resource): Json {
  const queries = at(inputs, 'metricQueries');
  if (!Array.isArray(queries)) return inputs;
  const metrics = queries.map((query) => at(query, 'metric')).filter((metric) => metric !== undefined);
  const each = (key: string) => [...new Set(metrics.map((metric) => JSON.stringify(at(metric, key))))];
  const [namespace = 'null', ...other] = each('namespace');
  const [dimensions = 'null'] = each('dimensions');
  return {
    metricName: metrics.map((metric) => text(metric, 'metricName')).join('/'),
    namespace: other.length === 0 ? parsed(namespace) : null,
    dimensions: parsed(dimensions),
    threshold: inputs.threshold ?? null,
    comparisonOperator: inputs.comparisonOperator ?? null,
    treatMissingData: inputs.treatMissingData ?? null,
  };
}

function expectations(graph: Graph, entry: Entry, lambda: Resource): Record<string, Expectation> {
  const queues = queueOf(graph, lambda);
  const of = (resource: Resource | undefined) => text(resource?.state, 'name');
  const run = { FunctionName: of(lambda) };
  const alarm = (namespace: string, metricName: string, dimensions: Json, threshold: number): Expectation => ({
    namespace,
    metricName,
    dimensions,
    threshold,
    comparisonOperator: 'GreaterThanThreshold',
    treatMissingData: 'notBreaching',
  });
  const silence = { comparisonOperator: 'LessThanThreshold', treatMissingData: 'breaching' };
  const [route] = routesTo(graph, arnOf(queues?.queue ?? lambda));
  const bus = at(route?.rule.inputs, 'eventBusName');
  const rule: Json = { ...(bus === undefined ? {} : { EventBusName: bus }), RuleName: of(route?.rule) };
  const own = text(lambda.inputs, 'environment', 'variables', environment.metricsNamespace);
  return {
    errors: alarm('AWS/Lambda', 'Errors', run, 0),
    throttles: alarm('AWS/Lambda', 'Throttles', run, 0),
    ...(route === undefined ? {} : { 'delivery-failures': alarm('AWS/Events', 'FailedInvocations', rule, 0) }),
    ...(queues === undefined
      ? { silence: { ...alarm('AWS/Lambda', 'Invocations', run, 1), ...silence } }
      : {
          'dead-letters': alarm(
            'AWS/SQS',
            'ApproximateNumberOfMessagesVisible',
            { QueueName: of(queues.deadLetters) },
            0,
          ),
          'queue-age': alarm(
            'AWS/SQS',
            'ApproximateAgeOfOldestMessage',
            { QueueName: of(queues.queue) },
            lateAfter(entry),
          ),
        }),
    ...(entry.grants.includes('streams:read')
      ? { 'quarantine-rate': alarm(own, 'Quarantined/Records', { service: entry.name }, 1) }
      : {}),
  };
}

/** It tells the operators' topic of its start and its end, and names a section that is there. */
function alarmIsHeard(graph: Graph, { name, inputs }: Resource): string[] {
  const operators = arnOf(named(graph, 'Topic', 'OperatorsTopic'));
  const anchor = /Runbook: docs\/operations\.md#(.+)$/.exec(text(inputs, 'alarmDescription'))?.[1] ?? '';
  return [
    ...differences(name, inputs, [
      ['alarmActions', [operators]],
      ['okActions', [operators]],
    ]),
    ...(anchors.has(anchor) ? [] : [`${name}: docs/operations.md has no section "${anchor}"`]),
  ];
}

function dashboardShows(graph: Graph, entries: readonly Entry[]): string[] {
  const [dashboard] = ofType(graph, 'Dashboard');
  const body = parsed(dashboard?.inputs.dashboardBody);
  const widgets = at(body, 'widgets');
  if (!Array.isArray(widgets)) return ['there is no dashboard'];
  const titles = widgets.map((widget) => text(widget, 'properties', 'title'));
  const shown = at(widgets, 0, 'properties', 'alarms');
  const alarms = ofType(graph, 'MetricAlarm').length;
  return [
    ...entries
      .filter(({ name }) => !titles.some((title) => title.startsWith(`${name}: `)))
      .map(({ name }) => `dashboard: does not show ${name}`),
    ...(Array.isArray(shown) && shown.length === alarms ? [] : [`dashboard: does not show all ${alarms} alarms`]),
  ];
}

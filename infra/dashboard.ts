/**
 * The dashboard: the alarms on top, then a row for each loop: its queues, its runs, and what it worked through.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { metricsNamespace } from './function.ts';
import type { Loop } from './loop.ts';

/** CloudWatch's grid is 24 wide. */
const WIDTH = 24;
const HEIGHT = 6;
/** Of the alarms' widget: rows of about six. */
const ALARMS_HEIGHT = 9;

type Series = (string | $util.Input<string> | { stat: string; label?: string; yAxis?: string })[];

/** A dashboard body, https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
export function dashboardOf(
  loops: readonly Loop[],
  alarms: readonly aws.cloudwatch.MetricAlarm[],
): $util.Output<string> {
  const overview = {
    type: 'alarm',
    ...at(0, 0, WIDTH, ALARMS_HEIGHT),
    properties: { title: 'Alarms', alarms: alarms.map(({ arn }) => arn) },
  };
  const rows = loops.flatMap((loop, row) => rowOf(loop, ALARMS_HEIGHT + row * HEIGHT));
  return $jsonStringify({ widgets: [overview, ...rows] });
}

function rowOf({ definition: { name }, fn, queues }: Loop, y: number) {
  const graphs: [string, Series[]][] = [];
  if (queues !== undefined) graphs.push([`${name}: queues`, queueSeries(queues)]);
  graphs.push([`${name}: runs`, runSeries($util.unsecret(fn.name))], [`${name}: files and records`, ownSeries(name)]);
  const width = WIDTH / graphs.length;
  return graphs.map(([title, metrics], column) => ({
    type: 'metric',
    ...at(column * width, y, width, HEIGHT),
    properties: { title, metrics, region: aws.getRegionOutput().name, view: 'timeSeries', period: 300 },
  }));
}

function queueSeries({ queue, deadLetters }: NonNullable<Loop['queues']>): Series[] {
  const of = (which: sst.aws.Queue, metric: string, label: string, yAxis: string): Series => [
    'AWS/SQS',
    metric,
    'QueueName',
    which.nodes.queue.name,
    { stat: 'Maximum', label, yAxis },
  ];
  return [
    of(queue, 'ApproximateNumberOfMessagesVisible', 'waiting', 'left'),
    of(deadLetters, 'ApproximateNumberOfMessagesVisible', 'dead letters', 'left'),
    of(queue, 'ApproximateAgeOfOldestMessage', 'oldest, s', 'right'),
  ];
}

function runSeries(functionName: $util.Output<string>): Series[] {
  const of = (metric: string, stat: string, yAxis: string): Series => [
    'AWS/Lambda',
    metric,
    'FunctionName',
    functionName,
    { stat, yAxis },
  ];
  const counts = ['Invocations', 'Errors', 'Throttles'].map((metric) => of(metric, 'Sum', 'left'));
  return [...counts, of('Duration', 'p95', 'right')];
}

/** As packages/core/src/runtime/metric.ts names them. */
function ownSeries(workflow: string): Series[] {
  const of = (metric: string, stat: string, yAxis: string): Series => [
    metricsNamespace,
    metric,
    'service',
    workflow,
    { stat, yAxis },
  ];
  const counts = ['Files', 'Records', 'Quarantined'].map((metric) => of(metric, 'Sum', 'left'));
  return [...counts, of('Lag', 'p95', 'right')];
}

const at = (x: number, y: number, width: number, height: number) => ({ x, y, width, height });

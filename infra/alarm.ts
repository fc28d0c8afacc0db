/**
 * What is watched of each loop, and from when on somebody should look. Each kind is a section of docs/operations.md.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { lateAfter } from '../packages/functions/src/workflows.ts';
import { metricsNamespace } from './function.ts';
import type { Loop } from './loop.ts';

/** Also the anchor of its section in docs/operations.md. */
export type AlarmKind =
  | 'dead-letters'
  | 'queue-age'
  | 'errors'
  | 'throttles'
  | 'delivery-failures'
  | 'quarantine-rate'
  | 'silence';

export interface Alarm {
  readonly kind: AlarmKind;
  /** One sentence: what was measured. */
  readonly says: string;
  /** When it goes off, by CloudWatch's rules. */
  readonly when: Partial<aws.cloudwatch.MetricAlarmArgs> &
    Pick<aws.cloudwatch.MetricAlarmArgs, 'comparisonOperator' | 'evaluationPeriods' | 'threshold'>;
}

type Dimensions = Record<string, $util.Input<string>>;

/** Seconds. CloudWatch keeps one-minute figures of these services; five even out a single retry. */
const MINUTE = 60;
const FIVE_MINUTES = 5 * MINUTE;
/** Of a workflow's lines; a producer that breaks its format is far above, a stray line far below. */
const QUARANTINE_PERCENT = 1;

/** All that apply to a loop. */
export function alarmsOf(loop: Loop): Alarm[] {
  const { definition, fn, queues, rule, every } = loop;
  const run: Dimensions = { FunctionName: $util.unsecret(fn.name) };
  return [
    ...(queues === undefined ? [] : queueAlarms(loop, queues)),
    errors(run),
    throttles(run),
    ...(rule === undefined ? [] : [undelivered(rule)]),
    ...(definition.grants.includes('streams:read') ? [quarantineRate(definition.name)] : []),
    ...(every === undefined ? [] : [silence(run, every)]),
  ];
}

function queueAlarms({ definition }: Loop, { queue, deadLetters }: NonNullable<Loop['queues']>): Alarm[] {
  const late = lateAfter(definition);
  return [
    {
      kind: 'dead-letters',
      says: 'Messages lie in its dead-letter queue.',
      when: above(0, sqs('ApproximateNumberOfMessagesVisible', deadLetters), MINUTE, 1),
    },
    {
      kind: 'queue-age',
      says: `The oldest message of its queue has waited for more than ${late / 60} minutes.`,
      when: above(late, sqs('ApproximateAgeOfOldestMessage', queue), MINUTE, 5), // for five minutes: not a peak that passes
    },
  ];
}

/** A handler reports what fails in it by message, so an error is a run that was ended: out of time, memory or code. */
function errors(dimensions: Dimensions): Alarm {
  const metric = { namespace: 'AWS/Lambda', metricName: 'Errors', statistic: 'Sum', dimensions };
  return {
    kind: 'errors',
    says: 'Runs crashed or ran out of time in two of three times five minutes.',
    when: { ...above(0, metric, FIVE_MINUTES, 3), datapointsToAlarm: 2 },
  };
}

/** Its queue never wakes more runs than its concurrency, so the account has none left. */
function throttles(dimensions: Dimensions): Alarm {
  const metric = { namespace: 'AWS/Lambda', metricName: 'Throttles', statistic: 'Sum', dimensions };
  return {
    kind: 'throttles',
    says: 'Runs were refused for want of concurrency for a quarter of an hour.',
    when: above(0, metric, FIVE_MINUTES, 3),
  };
}

function undelivered({ name, busName }: NonNullable<Loop['rule']>): Alarm {
  const dimensions: Dimensions = busName === undefined ? { RuleName: name } : { EventBusName: busName, RuleName: name };
  const metric = { namespace: 'AWS/Events', metricName: 'FailedInvocations', statistic: 'Sum', dimensions };
  return {
    kind: 'delivery-failures',
    says: 'EventBridge gave up on events for it.',
    when: above(0, metric, FIVE_MINUTES, 1),
  };
}

function quarantineRate(workflow: string): Alarm {
  const metric = (id: string, metricName: string) => ({
    id,
    metric: {
      namespace: metricsNamespace,
      metricName,
      dimensions: { service: workflow },
      stat: 'Sum',
      period: FIVE_MINUTES,
    },
  });
  return {
    kind: 'quarantine-rate',
    says: `More than ${QUARANTINE_PERCENT} % of what it read within a quarter of an hour was put into quarantine.`,
    when: {
      comparisonOperator: 'GreaterThanThreshold',
      threshold: QUARANTINE_PERCENT,
      evaluationPeriods: 3,
      treatMissingData: 'notBreaching',
      metricQueries: [
        metric('quarantined', 'Quarantined'),
        metric('records', 'Records'),
        { id: 'percent', expression: 'IF(records > 0, 100 * quarantined / records, 0)', returnData: true },
      ],
    },
  };
}

/** A function on a schedule has no queue to grow: what shows is that it does not run, twice or for ten minutes. */
function silence(dimensions: Dimensions, every: number): Alarm {
  const period = Math.max(FIVE_MINUTES, every * MINUTE);
  return {
    kind: 'silence',
    says: `It has not run for ${(2 * period) / MINUTE} minutes.`,
    when: {
      namespace: 'AWS/Lambda',
      metricName: 'Invocations',
      statistic: 'Sum',
      dimensions,
      period,
      evaluationPeriods: 2,
      comparisonOperator: 'LessThanThreshold',
      threshold: 1,
      treatMissingData: 'breaching', // no figure is what silence looks like
    },
  };
}

function sqs(metricName: string, queue: sst.aws.Queue) {
  return { namespace: 'AWS/SQS', metricName, statistic: 'Maximum', dimensions: { QueueName: queue.nodes.queue.name } };
}

/** Above `threshold` for `periods` in a row; services that do nothing send no figures, which is well. */
function above(
  threshold: number,
  metric: { namespace: string; metricName: string; statistic: string; dimensions: Dimensions },
  period: number,
  periods: number,
): Alarm['when'] {
  return {
    ...metric,
    period,
    evaluationPeriods: periods,
    comparisonOperator: 'GreaterThanThreshold',
    threshold,
    treatMissingData: 'notBreaching',
  };
}

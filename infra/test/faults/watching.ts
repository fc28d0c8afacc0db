/**
 * Mistakes by which nobody hears of a failure, or pays for it.
 */
import { add, change, drop, remove, rewrite } from '../tamper.ts';
import type { Fault } from './fault.ts';

export const watchingFaults: readonly Fault[] = [
  {
    fault: 'logs for ever',
    seed: (graph) => drop(graph, 'LogGroup', 'SenderLogGroup', 'retentionInDays'),
    check: 'logsExpire',
    says: /SenderFunction: its log group keeps all days/,
  },
  {
    fault: 'a production that forgets its logs within a week',
    stage: 'permanent',
    seed: (graph) => change(graph, 'LogGroup', 'SenderLogGroup', { retentionInDays: 7 }),
    check: 'logsExpire',
    says: /SenderFunction: its log group keeps 7 days, not 90/,
  },
  {
    fault: 'a topic of alerts whose subscribers nobody watches',
    stage: 'permanent',
    seed: (graph) => change(graph, 'MetricAlarm', 'AlertsDeliveryFailures', { dimensions: { TopicName: 'another' } }),
    check: 'loopsAreWatched',
    says: /alerts-delivery-failures: dimensions/,
  },
  {
    fault: 'an alarm nobody asked for',
    stage: 'permanent',
    seed: (graph) => add(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', 'Stray', { name: 'stray' }),
    check: 'loopsAreWatched',
    says: /Stray: no loop asks for this alarm/,
  },
  {
    fault: 'a queue nobody pays for',
    seed: (graph) => drop(graph, 'Queue', 'CopierEventsDeadLettersQueue', 'tags'),
    check: 'everythingIsTagged',
    says: /CopierEventsDeadLettersQueue: tags/,
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
    fault: 'an alarm of silence that takes silence for peace',
    stage: 'permanent',
    seed: (graph) => change(graph, 'MetricAlarm', 'TickerSilence', { treatMissingData: 'notBreaching' }),
    check: 'loopsAreWatched',
    says: /ticker-silence: treatMissingData/,
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
    seed: (graph) => add(graph, 'aws:cloudwatch/metricAlarm:MetricAlarm', 'CopierErrors', {}),
    check: 'loopsAreWatched',
    says: /CopierErrors: on a stage nobody watches/,
  },
];

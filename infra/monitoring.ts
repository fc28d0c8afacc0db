/**
 * Who hears of it when a loop stops: an alarm for each kind of failure of each function of the registry, the operators'
 * topic they go to, and a dashboard of the same.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { type Alarm, alarmsOf } from './alarm.ts';
import { alerts } from './alerts.ts';
import { dashboardOf } from './dashboard.ts';
import { componentName } from './function.ts';
import type { Loop } from './loop.ts';
import { operatorsEmail, prefix, watched } from './stage.ts';
import { triggerLoops } from './triggers.ts';
import { workflowLoops } from './workflows.ts';

const loops = [...workflowLoops, ...triggerLoops];

/** The sender is told what SNS took; whether subscribers got it, only this. */
const refusedByTopic: Alarm = {
  kind: 'delivery-failures',
  says: 'SNS could not deliver alerts to subscribers of their topic.',
  when: {
    namespace: 'AWS/SNS',
    metricName: 'NumberOfNotificationsFailed',
    dimensions: { TopicName: alerts.name },
    statistic: 'Sum',
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: 'GreaterThanThreshold',
    threshold: 0,
    treatMissingData: 'notBreaching',
  },
};

/** Apart from the topic of alerts: those are news of the data, these of the system. Absent on a stage nobody watches. */
export const operators = watched ? watch() : undefined;

function watch(): sst.aws.SnsTopic {
  const topic = new sst.aws.SnsTopic('Operators');
  if (operatorsEmail !== undefined) {
    new aws.sns.TopicSubscription('OperatorsEmail', { topic: topic.arn, protocol: 'email', endpoint: operatorsEmail });
  }
  const alarms = [
    ...loops.flatMap((loop) => alarmsOf(loop).map((alarm) => raise(topic, loop.definition, alarm))),
    raise(
      topic,
      { name: 'alerts', failureImpact: 'Somebody who subscribed to alerts by SNS missed one.' },
      refusedByTopic,
    ),
  ];
  new aws.cloudwatch.Dashboard('Dashboard', { dashboardName: prefix, dashboardBody: dashboardOf(loops, alarms) });
  return topic;
}

/** Tells the operators when it starts and when it is over. */
function raise(
  topic: sst.aws.SnsTopic,
  { name, failureImpact }: Pick<Loop['definition'], 'name' | 'failureImpact'>,
  { kind, says, when }: Alarm,
): aws.cloudwatch.MetricAlarm {
  return new aws.cloudwatch.MetricAlarm(`${componentName(name)}${componentName(kind)}`, {
    ...when,
    name: `${prefix}-${name}-${kind}`,
    alarmDescription: `${name}: ${says} ${failureImpact} Runbook: docs/operations.md#${kind}`,
    alarmActions: [topic.arn],
    okActions: [topic.arn],
    tags: { workflow: name },
  });
}

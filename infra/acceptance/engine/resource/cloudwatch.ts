import {
  CloudWatchClient,
  type ComparisonOperator,
  DescribeAlarmsCommand,
  PutDashboardCommand,
  PutMetricAlarmCommand,
  type Statistic,
} from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const cloudwatch = new CloudWatchClient({});

const dimensions = z.record(z.string(), z.string());
const metricQuery = z.strictObject({
  id: z.string(),
  expression: z.string().optional(),
  returnData: z.boolean().optional(),
  metric: z
    .strictObject({
      namespace: z.string(),
      metricName: z.string(),
      dimensions,
      stat: z.string(),
      period: z.number(),
    })
    .optional(),
});

function toDimensions(given: z.output<typeof dimensions>) {
  return Object.entries(given).map(([Name, Value]) => ({ Name, Value }));
}

function toMetricQuery({ id, expression, returnData = false, metric }: z.output<typeof metricQuery>) {
  const { namespace, metricName, stat, period } = metric ?? {};
  const Metric = metric && {
    Namespace: namespace,
    MetricName: metricName,
    Dimensions: toDimensions(metric.dimensions),
  };
  return {
    Id: id,
    ReturnData: returnData,
    ...(expression === undefined ? {} : { Expression: expression }),
    ...(Metric === undefined ? {} : { MetricStat: { Metric, Stat: stat, Period: period } }),
  };
}

export const cloudwatchTypes = {
  'aws:cloudwatch/metricAlarm:MetricAlarm': resourceType(
    {
      name: z.string(),
      alarmDescription: z.string(),
      comparisonOperator: z.enum(['GreaterThanThreshold', 'LessThanThreshold'] satisfies ComparisonOperator[]),
      threshold: z.number(),
      evaluationPeriods: z.number(),
      datapointsToAlarm: z.number().optional(),
      treatMissingData: z.enum(['notBreaching', 'breaching']),
      namespace: z.string().optional(),
      metricName: z.string().optional(),
      dimensions: dimensions.optional(),
      statistic: z.enum(['Sum', 'Maximum'] satisfies Statistic[]).optional(),
      period: z.number().optional(),
      metricQueries: z.array(metricQuery).optional(),
      alarmActions: z.array(z.string()),
      okActions: z.array(z.string()),
      tags: z.record(z.string(), z.string()),
    },
    async (alarm) => {
      await cloudwatch.send(
        new PutMetricAlarmCommand({
          AlarmName: alarm.name,
          AlarmDescription: alarm.alarmDescription,
          ComparisonOperator: alarm.comparisonOperator,
          Threshold: alarm.threshold,
          EvaluationPeriods: alarm.evaluationPeriods,
          DatapointsToAlarm: alarm.datapointsToAlarm,
          TreatMissingData: alarm.treatMissingData,
          Namespace: alarm.namespace,
          MetricName: alarm.metricName,
          Dimensions: alarm.dimensions && toDimensions(alarm.dimensions),
          Statistic: alarm.statistic,
          Period: alarm.period,
          Metrics: alarm.metricQueries?.map(toMetricQuery),
          AlarmActions: alarm.alarmActions,
          OKActions: alarm.okActions,
          Tags: Object.entries(alarm.tags).map(([Key, Value]) => ({ Key, Value })),
        }),
      );
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [alarm.name] }));
      return { id: alarm.name, outputs: { arn: answered(MetricAlarms[0]?.AlarmArn, 'AlarmArn') } };
    },
  ),

  'aws:cloudwatch/dashboard:Dashboard': resourceType(
    { dashboardName: z.string(), dashboardBody: z.string() },
    async ({ dashboardName, dashboardBody }) => {
      const { DashboardValidationMessages = [] } = await cloudwatch.send(
        new PutDashboardCommand({ DashboardName: dashboardName, DashboardBody: dashboardBody }),
      );
      if (DashboardValidationMessages.length > 0) throw new Error(JSON.stringify(DashboardValidationMessages));
      return { id: dashboardName, outputs: {} };
    },
  ),
};

import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { at, text } from '../../test/graph.ts';
import { type ClientSettings, json, type Look } from './look.ts';

export function watchingLooks(settings: ClientSettings): Record<string, Look> {
  const cloudwatch = new CloudWatchClient(settings);
  const logs = new CloudWatchLogsClient(settings);
  return {
    'aws:cloudwatch/logGroup:LogGroup': async (inputs, logGroupNamePrefix) => {
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix }));
      const found = logGroups.find(({ logGroupName }) => logGroupName === logGroupNamePrefix);
      return { days: [found?.retentionInDays, inputs.retentionInDays] };
    },
    'aws:cloudwatch/metricAlarm:MetricAlarm': async (inputs, name) => {
      const { MetricAlarms = [] } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }));
      const [found] = MetricAlarms;
      const dimensions = found?.Dimensions?.map(({ Name, Value }) => [Name, Value]) ?? [];
      return {
        description: [found?.AlarmDescription, inputs.alarmDescription],
        metric: [found?.MetricName || undefined, inputs.metricName],
        dimensions: [dimensions, Object.entries(at(inputs, 'dimensions') ?? {})],
        threshold: [found?.Threshold, inputs.threshold],
        periods: [found?.EvaluationPeriods, inputs.evaluationPeriods],
        missingData: [found?.TreatMissingData, inputs.treatMissingData],
        tells: [found?.AlarmActions, inputs.alarmActions],
        tellsOfTheEnd: [found?.OKActions, inputs.okActions],
      };
    },
    'aws:cloudwatch/dashboard:Dashboard': async (inputs) => {
      const DashboardName = text(inputs, 'dashboardName');
      const { DashboardBody } = await cloudwatch.send(new GetDashboardCommand({ DashboardName }));
      return { body: [json(DashboardBody), json(inputs.dashboardBody)] };
    },
  };
}

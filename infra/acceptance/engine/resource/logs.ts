import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const logs = new CloudWatchLogsClient({});

export const logsTypes = {
  'aws:cloudwatch/logGroup:LogGroup': resourceType(
    { name: z.string(), retentionInDays: z.number() },
    async ({ name, retentionInDays }) => {
      await logs.send(new CreateLogGroupCommand({ logGroupName: name }));
      await logs.send(new PutRetentionPolicyCommand({ logGroupName: name, retentionInDays }));
      const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
      const group = logGroups.find(({ logGroupName }) => logGroupName === name);
      const arn = answered(group?.arn, 'log group').replace(/:\*$/, ''); // the provider's has no wildcard at its end
      return { id: name, outputs: { arn } };
    },
  ),
};

import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const sqs = new SQSClient({});

export const sqsTypes = {
  'aws:sqs/queue:Queue': resourceType(
    {
      name: z.string(),
      fifoQueue: z.literal(false),
      contentBasedDeduplication: z.literal(false),
      delaySeconds: z.number(),
      visibilityTimeoutSeconds: z.number(),
      messageRetentionSeconds: z.number().optional(),
      redrivePolicy: z.string().optional(),
      tags: z.record(z.string(), z.string()),
    },
    async ({ name, delaySeconds, visibilityTimeoutSeconds, messageRetentionSeconds, redrivePolicy, tags }) => {
      const Attributes = {
        DelaySeconds: String(delaySeconds),
        VisibilityTimeout: String(visibilityTimeoutSeconds),
        ...(messageRetentionSeconds === undefined ? {} : { MessageRetentionPeriod: String(messageRetentionSeconds) }),
        ...(redrivePolicy === undefined ? {} : { RedrivePolicy: redrivePolicy }),
      };
      const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes, tags }));
      const url = answered(QueueUrl, 'QueueUrl');
      const { Attributes: known } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
      );
      return { id: url, outputs: { url, arn: answered(known?.QueueArn, 'QueueArn') } };
    },
  ),

  'aws:sqs/queuePolicy:QueuePolicy': resourceType(
    { queueUrl: z.string(), policy: z.string() },
    async ({ queueUrl, policy }) => {
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl: queueUrl, Attributes: { Policy: policy } }));
      return { id: queueUrl, outputs: {} };
    },
  ),
};

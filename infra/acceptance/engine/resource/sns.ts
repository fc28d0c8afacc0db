import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const sns = new SNSClient({});

export const snsTypes = {
  'aws:sns/topic:Topic': resourceType({ name: z.string(), fifoTopic: z.literal(false) }, async ({ name }) => {
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: name }));
    const arn = answered(TopicArn, 'TopicArn');
    return { id: arn, outputs: { arn } };
  }),

  'aws:sns/topicSubscription:TopicSubscription': resourceType(
    { topic: z.string(), protocol: z.literal('email'), endpoint: z.string() },
    async ({ topic, protocol, endpoint }) => {
      const { SubscriptionArn } = await sns.send(
        new SubscribeCommand({ TopicArn: topic, Protocol: protocol, Endpoint: endpoint, ReturnSubscriptionArn: true }),
      );
      const arn = answered(SubscriptionArn, 'SubscriptionArn');
      return { id: arn, outputs: { arn } };
    },
  ),
};

import {
  DescribeArchiveCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ListQueueTagsCommand, SQSClient } from '@aws-sdk/client-sqs';
import { at, text } from '../../test/graph.ts';
import { type ClientSettings, type Inputs, json, type Look } from './look.ts';

const busOf = (inputs: Inputs) =>
  inputs.eventBusName === undefined ? {} : { EventBusName: text(inputs, 'eventBusName') };

export function eventLooks(settings: ClientSettings): Record<string, Look> {
  const eventbridge = new EventBridgeClient(settings);
  return {
    'aws:cloudwatch/eventBus:EventBus': async (inputs, Name) => {
      const found = await eventbridge.send(new DescribeEventBusCommand({ Name }));
      return { name: [found.Name, inputs.name] };
    },
    'aws:cloudwatch/eventArchive:EventArchive': async (inputs, ArchiveName) => {
      const found = await eventbridge.send(new DescribeArchiveCommand({ ArchiveName }));
      return {
        source: [found.EventSourceArn, inputs.eventSourceArn],
        pattern: [json(found.EventPattern), json(inputs.eventPattern)],
        days: [found.RetentionDays, inputs.retentionDays],
        state: [found.State, 'ENABLED'],
      };
    },
    'aws:cloudwatch/eventRule:EventRule': async (inputs) => {
      const found = await eventbridge.send(new DescribeRuleCommand({ Name: text(inputs, 'name'), ...busOf(inputs) }));
      return {
        pattern: [json(found.EventPattern || undefined), json(inputs.eventPattern)],
        schedule: [found.ScheduleExpression || undefined, inputs.scheduleExpression],
        state: [found.State, 'ENABLED'],
      };
    },
    'aws:cloudwatch/eventTarget:EventTarget': async (inputs) => {
      const Rule = text(inputs, 'rule');
      const { Targets = [] } = await eventbridge.send(new ListTargetsByRuleCommand({ Rule, ...busOf(inputs) }));
      const found = Targets.map(({ Arn, DeadLetterConfig }) => [Arn, DeadLetterConfig?.Arn]);
      return { targets: [found, [[inputs.arn, at(inputs, 'deadLetterConfig', 'arn')]]] };
    },
  };
}

export function messageLooks(settings: ClientSettings): Record<string, Look> {
  const sqs = new SQSClient(settings);
  const sns = new SNSClient(settings);
  const attributes = async (QueueUrl: string) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))).Attributes ?? {};
  return {
    'aws:sqs/queue:Queue': async (inputs, QueueUrl) => {
      const found = await attributes(QueueUrl);
      const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
      const days = 24 * 60 * 60;
      return {
        visibility: [Number(found.VisibilityTimeout), inputs.visibilityTimeoutSeconds],
        retention: [Number(found.MessageRetentionPeriod), inputs.messageRetentionSeconds ?? 4 * days],
        redrive: [json(found.RedrivePolicy), json(inputs.redrivePolicy)],
        tags: [Tags, inputs.tags],
      };
    },
    'aws:sqs/queuePolicy:QueuePolicy': async (inputs) => {
      const { Policy } = await attributes(text(inputs, 'queueUrl'));
      return { policy: [json(Policy), json(inputs.policy)] };
    },
    'aws:sns/topic:Topic': async (_, TopicArn) => {
      const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
      return { arn: [Attributes?.TopicArn, TopicArn] };
    },
    'aws:sns/topicSubscription:TopicSubscription': async (inputs) => {
      const TopicArn = text(inputs, 'topic');
      const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
      const found = Subscriptions.map(({ Protocol, Endpoint }) => [Protocol, Endpoint]);
      return { subscriptions: [found, [[inputs.protocol, inputs.endpoint]]] };
    },
  };
}

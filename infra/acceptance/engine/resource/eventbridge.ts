import {
  CreateArchiveCommand,
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const eventbridge = new EventBridgeClient({});

export const eventbridgeTypes = {
  'aws:cloudwatch/eventBus:EventBus': resourceType({ name: z.string() }, async ({ name }) => {
    const { EventBusArn } = await eventbridge.send(new CreateEventBusCommand({ Name: name }));
    return { id: name, outputs: { arn: answered(EventBusArn, 'EventBusArn') } };
  }),

  'aws:cloudwatch/eventArchive:EventArchive': resourceType(
    {
      name: z.string(),
      description: z.string(),
      eventSourceArn: z.string(),
      eventPattern: z.string(),
      retentionDays: z.number(),
    },
    async ({ name, description, eventSourceArn, eventPattern, retentionDays }) => {
      const { ArchiveArn } = await eventbridge.send(
        new CreateArchiveCommand({
          ArchiveName: name,
          Description: description,
          EventSourceArn: eventSourceArn,
          EventPattern: eventPattern,
          RetentionDays: retentionDays,
        }),
      );
      return { id: name, outputs: { arn: answered(ArchiveArn, 'ArchiveArn') } };
    },
  ),

  'aws:cloudwatch/eventRule:EventRule': resourceType(
    {
      name: z.string(),
      description: z.string().optional(),
      eventBusName: z.string().optional(),
      eventPattern: z.string().optional(),
      scheduleExpression: z.string().optional(),
      state: z.literal('ENABLED').optional(),
    },
    async (rule) => {
      const { RuleArn } = await eventbridge.send(
        new PutRuleCommand({
          Name: rule.name,
          Description: rule.description,
          EventBusName: rule.eventBusName,
          EventPattern: rule.eventPattern,
          ScheduleExpression: rule.scheduleExpression,
          State: rule.state ?? 'ENABLED',
        }),
      );
      const id = rule.eventBusName === undefined ? rule.name : `${rule.eventBusName}/${rule.name}`;
      return { id, outputs: { arn: answered(RuleArn, 'RuleArn') } };
    },
  ),

  'aws:cloudwatch/eventTarget:EventTarget': resourceType(
    {
      rule: z.string(),
      arn: z.string(),
      targetId: z.string().optional(),
      eventBusName: z.string().optional(),
      input: z.string().optional(),
      deadLetterConfig: z.strictObject({ arn: z.string() }).optional(),
    },
    async (target, logicalName) => {
      const id = target.targetId ?? logicalName;
      const { FailedEntries = [] } = await eventbridge.send(
        new PutTargetsCommand({
          Rule: target.rule,
          EventBusName: target.eventBusName,
          Targets: [
            {
              Id: id,
              Arn: target.arn,
              Input: target.input,
              ...(target.deadLetterConfig ? { DeadLetterConfig: { Arn: target.deadLetterConfig.arn } } : {}),
            },
          ],
        }),
      );
      if (FailedEntries.length > 0) throw new Error(`PutTargets failed: ${JSON.stringify(FailedEntries)}`);
      return { id: `${target.rule}-${id}`, outputs: { targetId: id } };
    },
  ),
};

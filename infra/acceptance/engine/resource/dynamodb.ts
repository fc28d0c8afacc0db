import {
  CreateTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  type ProjectionType,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const dynamodb = new DynamoDBClient({});

export const dynamodbTypes = {
  'aws:dynamodb/table:Table': resourceType(
    {
      name: z.string(),
      attributes: z.array(z.strictObject({ name: z.string(), type: z.enum(['S', 'N', 'B']) })),
      hashKey: z.string(),
      rangeKey: z.string(),
      globalSecondaryIndexes: z.array(
        z.strictObject({
          name: z.string(),
          hashKey: z.string(),
          rangeKey: z.string(),
          projectionType: z.literal('ALL' satisfies ProjectionType),
        }),
      ),
      localSecondaryIndexes: z.tuple([]),
      billingMode: z.literal('PAY_PER_REQUEST'),
      ttl: z.strictObject({ attributeName: z.string(), enabled: z.literal(true) }),
      pointInTimeRecovery: z.strictObject({ enabled: z.boolean() }),
      streamEnabled: z.literal(false),
      deletionProtectionEnabled: z.boolean(),
    },
    async (table) => {
      const { TableDescription } = await dynamodb.send(
        new CreateTableCommand({
          TableName: table.name,
          BillingMode: table.billingMode,
          AttributeDefinitions: table.attributes.map(({ name, type }) => ({
            AttributeName: name,
            AttributeType: type,
          })),
          KeySchema: keySchema(table),
          GlobalSecondaryIndexes: table.globalSecondaryIndexes.map((index) => ({
            IndexName: index.name,
            KeySchema: keySchema(index),
            Projection: { ProjectionType: index.projectionType },
          })),
          DeletionProtectionEnabled: table.deletionProtectionEnabled,
        }),
      );
      await dynamodb.send(
        new UpdateTimeToLiveCommand({
          TableName: table.name,
          TimeToLiveSpecification: { AttributeName: table.ttl.attributeName, Enabled: table.ttl.enabled },
        }),
      );
      await dynamodb.send(
        new UpdateContinuousBackupsCommand({
          TableName: table.name,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: table.pointInTimeRecovery.enabled },
        }),
      );
      return { id: table.name, outputs: { arn: answered(TableDescription?.TableArn, 'TableArn') } };
    },
  ),
};

function keySchema({ hashKey, rangeKey }: { hashKey: string; rangeKey: string }): KeySchemaElement[] {
  return [
    { AttributeName: hashKey, KeyType: 'HASH' },
    { AttributeName: rangeKey, KeyType: 'RANGE' },
  ];
}

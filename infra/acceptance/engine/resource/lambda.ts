import {
  AddPermissionCommand,
  type Architecture,
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  type TracingMode,
} from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { answered, resourceType } from './resource-type.ts';

const lambda = new LambdaClient({});

export const lambdaTypes = {
  'aws:lambda/function:Function': resourceType(
    {
      name: z.string(),
      description: z.string(),
      packageType: z.literal('Zip'),
      publish: z.literal(false),
      runtime: z.literal('nodejs22.x'),
      architectures: z.tuple([z.enum(['arm64', 'x86_64'] satisfies Architecture[])]),
      handler: z.string(),
      role: z.string(),
      s3Bucket: z.string(),
      s3Key: z.string(),
      timeout: z.number(),
      memorySize: z.number(),
      ephemeralStorage: z.strictObject({ size: z.number() }),
      environment: z.strictObject({ variables: z.record(z.string(), z.string()) }),
      tags: z.record(z.string(), z.string()),
      loggingConfig: z.strictObject({ logFormat: z.literal('Text'), logGroup: z.string() }),
      reservedConcurrentExecutions: z.number().optional(),
      tracingConfig: z.strictObject({ mode: z.enum(['Active', 'PassThrough'] satisfies TracingMode[]) }),
    },
    async (fn) => {
      const { FunctionArn } = await lambda.send(
        new CreateFunctionCommand({
          FunctionName: fn.name,
          Description: fn.description,
          PackageType: fn.packageType,
          Publish: fn.publish,
          Runtime: fn.runtime,
          Architectures: fn.architectures,
          Handler: fn.handler,
          Role: fn.role,
          Code: { S3Bucket: fn.s3Bucket, S3Key: fn.s3Key },
          Timeout: fn.timeout,
          MemorySize: fn.memorySize,
          EphemeralStorage: { Size: fn.ephemeralStorage.size },
          Tags: fn.tags,
          TracingConfig: { Mode: fn.tracingConfig.mode },
          Environment: { Variables: fn.environment.variables },
          LoggingConfig: { LogFormat: fn.loggingConfig.logFormat, LogGroup: fn.loggingConfig.logGroup },
        }),
      );
      const arn = answered(FunctionArn, 'FunctionArn');
      if (fn.reservedConcurrentExecutions !== undefined) {
        const ReservedConcurrentExecutions = fn.reservedConcurrentExecutions;
        await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: fn.name, ReservedConcurrentExecutions }));
      }
      return { id: fn.name, outputs: { arn, qualifiedArn: `${arn}:$LATEST`, version: '$LATEST' } };
    },
  ),

  'aws:lambda/permission:Permission': resourceType(
    { function: z.string(), action: z.string(), principal: z.string(), sourceArn: z.string() },
    async ({ function: FunctionName, action, principal, sourceArn }, logicalName) => {
      await lambda.send(
        new AddPermissionCommand({
          FunctionName,
          StatementId: logicalName,
          Action: action,
          Principal: principal,
          SourceArn: sourceArn,
        }),
      );
      return { id: logicalName, outputs: { statementId: logicalName } };
    },
  ),

  'aws:lambda/eventSourceMapping:EventSourceMapping': resourceType(
    {
      eventSourceArn: z.string(),
      functionName: z.string(),
      batchSize: z.number(),
      functionResponseTypes: z.tuple([z.literal('ReportBatchItemFailures')]),
      scalingConfig: z.strictObject({ maximumConcurrency: z.number() }),
    },
    async (mapping) => {
      const { UUID } = await lambda.send(
        new CreateEventSourceMappingCommand({
          EventSourceArn: mapping.eventSourceArn,
          FunctionName: mapping.functionName,
          BatchSize: mapping.batchSize,
          FunctionResponseTypes: mapping.functionResponseTypes,
          ScalingConfig: { MaximumConcurrency: mapping.scalingConfig.maximumConcurrency },
        }),
      );
      const uuid = answered(UUID, 'UUID');
      return { id: uuid, outputs: { uuid } };
    },
  ),

  'aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig': resourceType(
    { functionName: z.string(), maximumRetryAttempts: z.number() },
    async ({ functionName, maximumRetryAttempts }) => {
      await lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: functionName,
          MaximumRetryAttempts: maximumRetryAttempts,
        }),
      );
      return { id: functionName, outputs: {} };
    },
  ),
};

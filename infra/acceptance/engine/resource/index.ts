/**
 * Every resource type the stand-in can make, by Pulumi's token.
 */
import type { JsonObject } from '../wire.ts';
import { cloudwatchTypes } from './cloudwatch.ts';
import { dynamodbTypes } from './dynamodb.ts';
import { eventbridgeTypes } from './eventbridge.ts';
import { iamTypes } from './iam.ts';
import { lambdaTypes } from './lambda.ts';
import { logsTypes } from './logs.ts';
import { randomTypes } from './random.ts';
import type { Made, ResourceType } from './resource-type.ts';
import { s3Types } from './s3.ts';
import { snsTypes } from './sns.ts';
import { sqsTypes } from './sqs.ts';

const types = new Map<string, ResourceType>(
  Object.entries({
    ...cloudwatchTypes,
    ...dynamodbTypes,
    ...eventbridgeTypes,
    ...iamTypes,
    ...lambdaTypes,
    ...logsTypes,
    ...randomTypes,
    ...s3Types,
    ...snsTypes,
    ...sqsTypes,
  }),
);

/** @throws Error for a type or a property that is not known, and for what AWS refuses. */
export async function make(token: string, logicalName: string, inputs: JsonObject): Promise<Made> {
  const type = types.get(token);
  if (type === undefined) throw new Error('the stand-in does not know this resource type');
  return await type(inputs, logicalName);
}

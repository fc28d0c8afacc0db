/**
 * The AWS clients the stack is made with.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly s3: S3Client;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly events: EventBridgeClient;
  /** Closes their connections. */
  destroy(): void;
}

/** @param env where the endpoints are, as `startEndpoints` says; without it, the environment of this process. */
export function createClients(env?: Readonly<Record<string, string>>): Clients {
  const at = (service: string) => {
    if (env === undefined) return {};
    const endpoint = env[`AWS_ENDPOINT_URL_${service}`] ?? '';
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' };
    return { endpoint, credentials, region: env.AWS_REGION ?? '' };
  };
  const clients = {
    dynamodb: new DynamoDBClient(at('DYNAMODB')),
    s3: new S3Client(at('S3')),
    sqs: new SQSClient(at('SQS')),
    sns: new SNSClient(at('SNS')),
    events: new EventBridgeClient(at('EVENTBRIDGE')),
  };
  return {
    ...clients,
    destroy() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

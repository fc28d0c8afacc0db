/**
 * Queues, with or without a dead-letter queue.
 */
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { ConfigurationError, nameOf } from '@millrace/core/runtime';

export interface Queue {
  readonly name: string;
  readonly url: string;
  readonly arn: string;
}

export interface QueueSettings {
  /** Seconds a received message is hidden. */
  readonly visibilityTimeout?: number;
  /** Where a message goes after this many receives. */
  readonly redrive?: { readonly to: Queue; readonly after: number };
}

/** Makes the queue, or finds it and gives it these settings. */
export async function ensureQueue(client: SQSClient, name: string, settings: QueueSettings = {}): Promise<Queue> {
  const { visibilityTimeout, redrive } = settings;
  const Attributes = {
    ...(visibilityTimeout === undefined ? {} : { VisibilityTimeout: String(visibilityTimeout) }),
    ...(redrive === undefined
      ? {}
      : { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: redrive.to.arn, maxReceiveCount: redrive.after }) }),
  };
  const url = await createOrFind(client, name, Attributes);
  const { Attributes: found } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
  );
  if (found?.QueueArn === undefined) throw new ConfigurationError(`SQS gave no ARN for the queue ${name}`);
  return { name, url, arn: found.QueueArn };
}

async function createOrFind(client: SQSClient, QueueName: string, Attributes: Record<string, string>): Promise<string> {
  try {
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName, Attributes }));
    if (QueueUrl !== undefined) return QueueUrl;
    throw new ConfigurationError(`SQS gave no URL for the queue ${QueueName}`);
  } catch (caught) {
    if (!/QueueNameExists|QueueAlreadyExists/.test(nameOf(caught))) throw caught;
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName }));
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
    if (QueueUrl !== undefined) return QueueUrl;
    throw new ConfigurationError(`SQS gave no URL for the queue ${QueueName}`);
  }
}

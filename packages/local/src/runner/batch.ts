/**
 * An SQS batch as a handler sees it, and what its answer means.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import * as z from 'zod';

/** The event Lambda makes of received messages. Text attributes only: no function here sends others. */
export function toEvent(messages: readonly Message[], source: { arn: string; region: string }): object {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attribute(value)]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: source.arn,
      awsRegion: source.region,
    })),
  };
}

const attribute = (value: MessageAttributeValue) => ({
  stringValue: value.StringValue,
  stringListValues: [],
  binaryListValues: [],
  dataType: value.DataType,
});

/** An empty answer is a success; anything else must name failures by message id. */
const Answer = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() });

/**
 * The ids of the messages that failed. As Lambda has it, an answer that names an unknown message, or names none in a
 * wrong shape, fails the whole batch.
 */
export function failedMessages(answer: unknown, ids: readonly string[]): ReadonlySet<string> {
  if (answer === null || answer === undefined) return new Set();
  const parsed = Answer.safeParse(answer);
  if (!parsed.success) return typeof answer === 'object' ? new Set(ids) : new Set();
  const failed = (parsed.data.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
  return failed.every((id) => ids.includes(id)) ? new Set(failed) : new Set(ids);
}

/**
 * The way in: an SQS batch of EventBridge events, each checked against the definitions the function subscribes to.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSBatchResponse, SQSHandler, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { type EventDefinition, type EventOf, Metadata } from '../event/index.ts';
import {
  before,
  ConfigurationError,
  Deadline,
  followTrace,
  log,
  MillraceError,
  messageOf,
  ObsoleteWork,
  traced,
} from '../runtime/index.ts';

/** What EventBridge puts into the queue; fields we do not read are left alone. */
const Envelope = z.object({
  id: z.string(),
  time: z.string(),
  'detail-type': z.string(),
  detail: z.object({ metadata: Metadata, properties: z.unknown() }),
});

/** A message that no retry can heal: it goes to the dead-letter queue at once, with the reason. */
export class UnacceptableMessage extends MillraceError {
  constructor(code: 'not_json' | 'not_an_event' | 'unknown_type' | 'invalid_payload', message: string) {
    super(code, message, { retryable: false });
  }
}

/**
 * A Lambda handler for a queue fed by the typed bus. `handle` gets one typed event at a time.
 *
 * - Messages of a batch run one after the other and fail one by one: a failed one is reported by its message id and
 *   comes back after the queue's visibility timeout; its neighbours are done.
 * - A message whose work is obsolete (`ObsoleteWork`) is done.
 * - What reads a stream file in it stops before the run's time ends: see `readRecords`.
 * - An unknown type, a payload that fails its schema, or an error whose `retryable` is false goes to the function's own
 *   dead-letter queue (environment variable MILLRACE_DEAD_LETTER_URL) with attributes `errorCode` and `errorMessage`.
 */
export function subscriber<const D extends readonly EventDefinition[]>(
  definitions: D,
  handle: (event: EventOf<D[number]>, context: Context) => Promise<void>,
): SQSHandler {
  const byType = new Map<string, EventDefinition>(definitions.map((definition) => [definition.type, definition]));
  return queueConsumer(async (body, context) => {
    const event = parseEvent(body, byType);
    followTrace(event.metadata.traceId);
    const deadline = new Deadline(() => context.getRemainingTimeInMillis());
    await before(deadline, () => handle(event as EventOf<D[number]>, context)); // parseEvent has validated it against the definition of its type
  });
}

function parseEvent(body: string, byType: ReadonlyMap<string, EventDefinition>) {
  const envelope = Envelope.safeParse(parseJson(body));
  if (!envelope.success) throw new UnacceptableMessage('not_an_event', z.prettifyError(envelope.error));
  const { 'detail-type': type, detail } = envelope.data;
  const definition = byType.get(type);
  if (definition === undefined) {
    const known = [...byType.keys()].join(', ');
    throw new UnacceptableMessage('unknown_type', `"${type}" is not an event this function handles (${known})`);
  }
  const properties = definition.schema.safeParse(detail.properties);
  if (!properties.success) {
    throw new UnacceptableMessage('invalid_payload', `${type}: ${z.prettifyError(properties.error)}`);
  }
  return { type, properties: properties.data, metadata: detail.metadata };
}

/** @throws UnacceptableMessage where `body` is not JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new UnacceptableMessage('not_json', `the message body is not JSON: ${messageOf(cause)}`);
  }
}

/** A Lambda handler for any queue: partial batch responses by message id, hopeless messages to the dead-letter queue. */
export function queueConsumer(handle: (body: string, context: Context) => Promise<void>): SQSHandler {
  return async (batch, context): Promise<SQSBatchResponse> => {
    const failures: string[] = [];
    for (const record of batch.Records) {
      const done = await traced('message', () => consume(record, context, handle));
      if (!done) failures.push(record.messageId);
    }
    return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/** Whether the message is done with: handled, obsolete, or safely in the dead-letter queue. */
async function consume(
  record: SQSRecord,
  context: Context,
  handle: (body: string, context: Context) => Promise<void>,
): Promise<boolean> {
  try {
    await handle(record.body, context);
    return true;
  } catch (caught) {
    const code = caught instanceof MillraceError ? caught.code : 'unexpected';
    if (caught instanceof ObsoleteWork) {
      log.info('message is obsolete', { messageId: record.messageId, code, reason: caught.message });
      return true;
    }
    log.error('message failed', {
      messageId: record.messageId,
      receives: record.attributes.ApproximateReceiveCount,
      code,
      error: messageOf(caught),
    });
    if (!(caught instanceof MillraceError) || caught.retryable) return false;
    return await bury(record, caught);
  }
}

let queue: SQSClient | undefined;

async function bury(record: SQSRecord, error: MillraceError): Promise<boolean> {
  try {
    const url = process.env.MILLRACE_DEAD_LETTER_URL;
    if (!url) throw new ConfigurationError('MILLRACE_DEAD_LETTER_URL is not set');
    queue ??= new SQSClient({});
    await queue.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: record.body,
        MessageAttributes: {
          errorCode: { DataType: 'String', StringValue: error.code },
          errorMessage: { DataType: 'String', StringValue: error.message.slice(0, 1024) || error.code },
        },
      }),
    );
    return true;
  } catch (caught) {
    log.error('could not reach the dead-letter queue; the message stays in its queue', { error: messageOf(caught) });
    return false;
  }
}

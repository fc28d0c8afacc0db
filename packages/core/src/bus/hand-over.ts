/**
 * Handing over what a run has no time left for: a fresh message in the function's own queue, for another run.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import type { Event } from '../event/index.ts';
import { ConfigurationError, Deadline } from '../runtime/index.ts';
import { envelopeOf } from './envelope.ts';

export interface HandOver {
  /** Whether so little time is left that a run had better stop and hand over. */
  due(): boolean;
  /** Has the event worked by another run. */
  send(event: Event): Promise<void>;
}

let queue: SQSClient | undefined;

/** @throws in `send`: ConfigurationError where the function does not know its queue. */
export function handOver(context: Pick<Context, 'getRemainingTimeInMillis'>): HandOver {
  const deadline = new Deadline(() => context.getRemainingTimeInMillis());
  return {
    due: () => deadline.nears(),
    send: async (event) => {
      queue ??= new SQSClient({});
      const MessageBody = JSON.stringify(envelopeOf(event, 'hand-over'));
      await queue.send(new SendMessageCommand({ QueueUrl: ownQueueUrl(), MessageBody }));
    },
  };
}

/** What infra tells a function that is granted `queue:hand-over`. */
function ownQueueUrl(): string {
  const url = process.env.MILLRACE_QUEUE_URL;
  if (!url) throw new ConfigurationError('MILLRACE_QUEUE_URL is not set');
  return url;
}

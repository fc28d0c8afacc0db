/**
 * Handing over what a run has no time left for: a fresh message in the function's own queue, for another run.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import type { Event } from '../event/index.ts';
import { ConfigurationError, SECOND } from '../runtime/index.ts';
import { envelopeOf } from './envelope.ts';

/**
 * Left of a run's time when it is to stop: what is under way then (a request to a sink, 30 s at most where it is not
 * repeated, and parts on their way to S3) has to end, and what it came to has to be saved.
 */
const MARGIN = 45 * SECOND;

export interface HandOver {
  /** Whether so little time is left that a run had better stop and hand over. */
  due(): boolean;
  /** Has the event worked by another run. */
  send(event: Event): Promise<void>;
}

let queue: SQSClient | undefined;

/** @throws in `send`: ConfigurationError where the function does not know its queue. */
export function handOver(context: Pick<Context, 'getRemainingTimeInMillis'>): HandOver {
  return {
    due: () => context.getRemainingTimeInMillis() < MARGIN,
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

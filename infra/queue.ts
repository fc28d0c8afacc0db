/**
 * A queue and the dead-letter queue behind it.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { visibilityTimeout, type Workflow } from '../packages/functions/src/workflows.ts';

/** SQS's longest. A message keeps the age it had in its queue (4 days at most), which leaves ten to look into it. */
const DEAD_LETTER_DAYS = 14;

export interface DeadLetteredQueue {
  readonly queue: sst.aws.Queue;
  readonly deadLetters: sst.aws.Queue;
}

/** The consumer's timeout and attempts decide when a message comes back, and when it goes. */
export function deadLetteredQueue(
  name: string,
  consumer: Pick<Workflow, 'name' | 'timeout' | 'attempts'>,
): DeadLetteredQueue {
  const tags = { workflow: consumer.name };
  const deadLetters = new sst.aws.Queue(`${name}DeadLetters`, {
    transform: { queue: { messageRetentionSeconds: DEAD_LETTER_DAYS * 24 * 60 * 60, tags } },
  });
  const queue = new sst.aws.Queue(name, {
    visibilityTimeout: `${visibilityTimeout(consumer)} seconds`,
    dlq: { queue: deadLetters.arn, retry: consumer.attempts },
    transform: { queue: { tags } },
  });
  return { queue, deadLetters };
}

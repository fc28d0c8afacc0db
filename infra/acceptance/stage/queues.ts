/**
 * The queues of the deployed stage: whether work waits in them, and what no retry could help.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

const sqs = new SQSClient({});

/** Looks, a second apart, that must find every queue empty: between two queues an event is in neither for a moment. */
const QUIET_LOOKS = 3;
/** Seconds: many times what the emulator, which runs one function at a time, needs for a file. */
const STALL = 45;

/** Messages in each queue, those being worked included, by the queue's name. */
async function depths(): Promise<Map<string, number>> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ MaxResults: 100 }));
  return new Map(
    await Promise.all(QueueUrls.map(async (url) => [url.split('/').at(-1) ?? url, await depth(url)] as const)),
  );
}

async function depth(QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes ?? {}).reduce((sum, count) => sum + Number(count), 0);
}

const isDeadLetters = (name: string) => name.includes('DeadLetters');

/**
 * Waits for every queue but those of dead letters to be empty.
 * @throws Error naming the queues in which nothing moves any more: their function failed, and SQS hides its messages.
 */
export async function untilIdle(): Promise<void> {
  let before = '';
  let moved = Date.now();
  for (let quiet = 0; quiet < QUIET_LOOKS; await wait(1000)) {
    const busy = JSON.stringify([...(await depths())].filter(([name, count]) => count > 0 && !isDeadLetters(name)));
    quiet = busy === '[]' ? quiet + 1 : 0;
    if (busy !== before) moved = Date.now();
    if (quiet === 0 && Date.now() - moved > STALL * 1000) throw new Error(`nothing moves in these queues: ${busy}`);
    before = busy;
  }
}

export async function deadLetters(): Promise<Record<string, number>> {
  return Object.fromEntries([...(await depths())].filter(([name]) => isDeadLetters(name)));
}

/**
 * What the alerts topic sends out, as a subscriber sees it: a queue of its own on the topic, emptied as it fills.
 */
import { SubscribeCommand } from '@aws-sdk/client-sns';
import * as z from 'zod';
import { REGION } from '../account.ts';
import { type Clients, ensureQueue, type Queue } from '../provision/index.ts';
import { Poller } from '../runner/index.ts';

/** Notifications kept; older ones are forgotten. */
const KEPT = 1000;

/** One SNS notification. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const Notification = z.object({
  MessageId: z.string(),
  TopicArn: z.string(),
  Subject: z.string().optional(),
  Message: z.string(),
  Timestamp: z.string(),
});
export type Notification = z.infer<typeof Notification>;

const Batch = z.object({ Records: z.array(z.object({ body: z.string() })) });

export interface Inbox {
  readonly queue: Queue;
  /** Oldest first, at most the last 1000. */
  readonly notifications: readonly Notification[];
  readonly poller: Poller;
}

export async function openInbox(
  { sns, sqs }: Clients,
  {
    prefix,
    topicArn,
    onNotification,
  }: { prefix: string; topicArn: string; onNotification?: OnNotification | undefined },
): Promise<Inbox> {
  const queue = await ensureQueue(sqs, `${prefix}-alerts-inbox`);
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: queue.arn }));
  const notifications: Notification[] = [];
  const take = async (batch: unknown) => {
    for (const { body } of Batch.parse(batch).Records) {
      const notification = Notification.parse(JSON.parse(body));
      notifications.push(notification);
      notifications.splice(0, notifications.length - KEPT);
      onNotification?.(notification);
    }
  };
  const source = { name: 'alerts inbox', queue, batchSize: 10, retryDelay: 1, region: REGION, limit: 1, run: take };
  return { queue, notifications, poller: new Poller(source, sqs) };
}

export type OnNotification = (notification: Notification) => void;

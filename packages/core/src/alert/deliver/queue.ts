/**
 * The queue between router and sender. A message names a delivery; what it says and how it stands is in the ledger.
 */
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { parseJson, UnacceptableMessage } from '../../bus/index.ts';
import type { Metadata } from '../../event/index.ts';
import { type Backoff, deterministicId, MINUTE, MillraceError, retryRemaining, SECOND } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import type { Deadline } from '../deadline.ts';
import { type DeliveryKey, deliveryId } from './delivery.ts';

const name = z.string().min(1);

/** One delivery to see to, and the event that asked for it (an event about the delivery names it as its cause). */
export const DeliveryMessage = z.object({
  delivery: name,
  project: name,
  episode: name,
  position: name,
  route: name,
  cause: z.object({
    id: name,
    traceId: name,
    hop: z.number().int().min(0),
    replay: name.optional(),
  }),
});
export type DeliveryMessage = z.infer<typeof DeliveryMessage>;

/** What a message remembers of an event. */
export type Cause = Pick<Metadata, 'id' | 'traceId' | 'hop' | 'replay'>;

export function deliveryMessage(key: DeliveryKey, { id, traceId, hop, replay }: Cause): DeliveryMessage {
  const { project, episode, position, route } = key;
  const cause = { id, traceId, hop, ...(replay === undefined ? {} : { replay }) };
  return { delivery: deliveryId(key), project, episode, position, route, cause };
}

/** What stands for an event where none asked for a delivery but time. */
export function timeCause({ project, subject, route, planned }: Omit<Deadline, 'due'>): Cause {
  const id = deterministicId('evt', 'alert.deadline', project, subject, route, planned);
  return { id, traceId: deterministicId('trc', subject), hop: 0 };
}

/** Reads a message's body. @throws UnacceptableMessage where it names no delivery. */
export function parseDeliveryMessage(body: string): DeliveryMessage {
  const parsed = DeliveryMessage.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw new UnacceptableMessage('invalid_payload', `not a delivery message: ${z.prettifyError(parsed.error)}`);
}

/** Where router and sender leave deliveries to be seen to. */
export interface DeliveryQueue {
  /** At least once each, hidden for `delay` ms first (rounded up to seconds, at most 15 minutes). */
  send(messages: readonly DeliveryMessage[], delay?: number): Promise<void>;
}

/** Messages a request may hold. */
const MAX_ENTRIES = 10;
/** SQS's longest delay, ms; a deadline brings back what is due later. */
export const LONGEST_DELAY = 15 * MINUTE;
/** About 5 s of waiting at most, well inside the router's and the sender's time. */
const ATTEMPTS = 6;
const BACKOFF: Backoff = { base: 100, cap: 2000 };

/** Deliveries entered in the ledger that the queue did not take; the event or message that asked for them comes back. */
export class EnqueueError extends MillraceError {
  constructor(messages: readonly DeliveryMessage[]) {
    const named = messages.map(({ delivery }) => delivery).join(', ');
    super('enqueue_failed', `the delivery queue did not take ${named} in ${ATTEMPTS} attempts`);
  }
}

let shared: SQSClient | undefined;

/** The queue SST linked. */
export const deliveryQueue: DeliveryQueue = {
  async send(messages, delay = 0) {
    const DelaySeconds = Math.ceil(Math.min(LONGEST_DELAY, Math.max(0, delay)) / SECOND);
    for (let start = 0; start < messages.length; start += MAX_ENTRIES) {
      const left = await retryRemaining(
        messages.slice(start, start + MAX_ENTRIES),
        (entries) => sendEntries(entries, DelaySeconds),
        { times: ATTEMPTS, backoff: BACKOFF },
      );
      if (left !== undefined) throw new EnqueueError(left);
    }
  },
};

/** One request; returns the messages it did not take, undefined where it took all. */
async function sendEntries(messages: DeliveryMessage[], DelaySeconds: number): Promise<DeliveryMessage[] | undefined> {
  shared ??= new SQSClient({});
  const { Failed = [] } = await shared.send(
    new SendMessageBatchCommand({
      QueueUrl: deliveriesQueueUrl(),
      Entries: messages.map((message, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(message),
        DelaySeconds,
      })),
    }),
  );
  const failed = new Set(Failed.map(({ Id }) => Id));
  return failed.size === 0 ? undefined : messages.filter((_, index) => failed.has(String(index)));
}

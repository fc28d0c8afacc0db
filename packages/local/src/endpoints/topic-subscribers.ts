/**
 * Subscribers of topics that are web servers: a message is posted to them as SNS posts it. fauxqs knows them and their
 * filters, and by a patch hands over what they are to get.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html#http-header
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, fullJitter, log, messageOf, SECOND } from '@millrace/core/runtime';

/** One message to one subscriber. */
export interface TopicDelivery {
  readonly endpoint: string;
  readonly subscriptionArn: string;
  /** Whether only the message itself is posted. */
  readonly raw: boolean;
  readonly body: {
    readonly Type: string;
    readonly MessageId: string;
    readonly TopicArn: string;
    readonly Message: string;
  };
}

/** SNS goes on for an hour; nobody waits so long at a laptop. */
const ATTEMPTS = 5;
const BACKOFF: Backoff = { base: 200, cap: 2 * SECOND };
/** SNS's own. */
const TIMEOUT = 15 * SECOND;

export class TopicSubscribers {
  readonly #stopping = new AbortController();

  /** Posts in the background, as SNS does. */
  readonly deliver = (delivery: TopicDelivery): void => {
    void this.#deliver(delivery);
  };

  /** What is on its way is lost, as that of a stopped laptop is. */
  stop(): void {
    this.#stopping.abort();
  }

  async #deliver(delivery: TopicDelivery): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt++) {
      try {
        return await post(delivery, AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]));
      } catch (caught) {
        log.warn('a subscriber of a topic did not take a message', {
          endpoint: delivery.endpoint,
          error: messageOf(caught),
        });
      }
      await sleep(fullJitter(attempt, BACKOFF), undefined, { signal }).catch(() => undefined);
    }
  }
}

async function post({ endpoint, subscriptionArn, raw, body }: TopicDelivery, signal: AbortSignal): Promise<void> {
  const confirming = body.Type === 'SubscriptionConfirmation';
  const response = await fetch(endpoint, {
    method: 'POST',
    signal,
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': body.Type,
      'x-amz-sns-message-id': body.MessageId,
      'x-amz-sns-topic-arn': body.TopicArn,
      ...(confirming ? {} : { 'x-amz-sns-subscription-arn': subscriptionArn }),
      ...(raw ? { 'x-amz-sns-rawdelivery': 'true' } : {}),
    },
    body: raw ? body.Message : JSON.stringify(body),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
}

/** The way a subscriber confirms, as the `SubscribeURL` of the message it got: which fauxqs takes in a POST alone. */
export function isConfirmation(url: string): boolean {
  return url.startsWith('/?Action=ConfirmSubscription&');
}

/** @returns SNS's answer, as XML. */
export async function confirm(host: string, url: string): Promise<{ status: number; body: string }> {
  const response = await fetch(`http://${host}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(url.slice(2)),
  });
  return { status: response.status, body: await response.text() };
}

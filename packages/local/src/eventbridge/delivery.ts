/**
 * From a matched rule to its target: SQS queues and Lambda functions, with the target's retry policy and dead-letter
 * queue. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backoff,
  type Clock,
  fullJitter,
  log,
  MillraceError,
  messageOf,
  nameOf,
  SECOND,
} from '@millrace/core/runtime';
import * as z from 'zod';

export const Target = z.object({
  Id: z.string().min(1).max(64),
  Arn: z.string().min(1),
  RetryPolicy: z
    .object({
      MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
      MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
    })
    .optional(),
  DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
});
export type Target = z.infer<typeof Target>;

/** How the endpoint reaches targets. */
export interface Reach {
  /** Puts a message into the queue of an ARN. */
  sendToQueue(arn: string, body: string, attributes: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a function by its ARN; rejects where no function is attached. */
  invoke(arn: string, event: unknown): Promise<void>;
}

/** AWS starts near a second and spreads retries over a day; here a person waits. */
const BACKOFF: Backoff = { base: 200, cap: 30 * SECOND };
const DEFAULT_ATTEMPTS = 185;
const DEFAULT_AGE = 86_400;

/** Whether no retry heals it (no such queue, a message too long for one): the event goes to the dead-letter queue at once. */
function isFinal(failure: unknown): boolean {
  if (failure instanceof MillraceError) return !failure.retryable;
  const ours = failure instanceof Error && '$fault' in failure && failure.$fault === 'client';
  return ours && !/Throttl|OverLimit/.test(nameOf(failure));
}

/** Deliveries of one EventBridge endpoint, those under way and those waiting for a retry. */
export class Deliveries {
  readonly #reach: Reach;
  readonly #now: Clock;
  readonly #stopping = new AbortController();
  readonly #retrying = new Set<Promise<void>>();

  constructor(reach: Reach, now: Clock) {
    this.#reach = reach;
    this.#now = now;
  }

  /** Deliveries that failed and are tried again later. */
  get waiting(): number {
    return this.#retrying.size;
  }

  /** Resolves after the first attempt: the event is in its queue, or its retries go on in the background. */
  async deliver(ruleArn: string, target: Target, event: unknown): Promise<void> {
    const failure = await this.#attempt(target, event);
    if (failure === undefined) return;
    const retries = this.#retry(ruleArn, target, event, failure).finally(() => this.#retrying.delete(retries));
    this.#retrying.add(retries);
  }

  /** Ends waiting retries; their events are lost, as those of a stopped laptop are. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#retrying);
  }

  async #attempt(target: Target, event: unknown): Promise<unknown> {
    try {
      const isQueue = target.Arn.startsWith('arn:aws:sqs:');
      if (isQueue) await this.#reach.sendToQueue(target.Arn, JSON.stringify(event), {});
      else await this.#reach.invoke(target.Arn, event);
      return undefined;
    } catch (caught) {
      return caught ?? new Error('delivery failed');
    }
  }

  async #retry(ruleArn: string, target: Target, event: unknown, first: unknown): Promise<void> {
    const { MaximumRetryAttempts = DEFAULT_ATTEMPTS, MaximumEventAgeInSeconds = DEFAULT_AGE } =
      target.RetryPolicy ?? {};
    const deadline = this.#now() + MaximumEventAgeInSeconds * SECOND;
    let failure = first;
    let retries = 0;
    while (!isFinal(failure) && retries < MaximumRetryAttempts && this.#now() < deadline) {
      try {
        await sleep(fullJitter(retries, BACKOFF), undefined, { signal: this.#stopping.signal });
      } catch {
        return;
      }
      retries++;
      failure = await this.#attempt(target, event);
      if (failure === undefined) return;
    }
    const exhausted = retries >= MaximumRetryAttempts ? 'MaximumRetryAttempts' : 'MaximumEventAgeInSeconds';
    await this.#bury(target, event, {
      RULE_ARN: ruleArn,
      TARGET_ARN: target.Arn,
      ERROR_CODE: nameOf(failure) || 'DELIVERY_FAILED',
      ERROR_MESSAGE: messageOf(failure).slice(0, 1024) || 'no message',
      RETRY_ATTEMPTS: String(retries),
      ...(isFinal(failure) ? {} : { EXHAUSTED_RETRY_CONDITION: exhausted }),
    });
  }

  async #bury(target: Target, event: unknown, attributes: Readonly<Record<string, string>>): Promise<void> {
    const arn = target.DeadLetterConfig?.Arn;
    const lost = { target: target.Arn, error: attributes.ERROR_MESSAGE };
    if (arn === undefined) return log.error('event dropped: its target failed and has no dead-letter queue', lost);
    try {
      await this.#reach.sendToQueue(arn, JSON.stringify(event), attributes);
    } catch (caught) {
      log.error('event dropped: target and dead-letter queue both failed', { ...lost, deadLetter: messageOf(caught) });
    }
  }
}

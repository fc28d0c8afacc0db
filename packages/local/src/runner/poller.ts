/**
 * From a queue to a function, as Lambda's event source mapping: receives, runs, deletes what succeeded, and lets what
 * failed come back; SQS itself moves a message to the dead-letter queue after its last attempt.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { log, messageOf, SECOND } from '@millrace/core/runtime';
import { failedMessages, toEvent } from './batch.ts';

/** Messages a receive takes at most. */
const MOST = 10;
/**
 * Seconds a receive waits for the first message. Short, because a receive is never cut off: fauxqs would hand the next
 * message to the closed connection, and hide it, and count it as an attempt. So stopping takes as long.
 */
const WAIT = 1;

export interface Source {
  /** Name of the function, for the log. */
  readonly name: string;
  readonly queue: { readonly url: string; readonly arn: string };
  readonly batchSize: number;
  /** Seconds until a failed message is tried again. */
  readonly retryDelay: number;
  readonly region: string;
  /** Batches at once, at most. */
  readonly limit: number;
  run(event: unknown): Promise<unknown>;
}

export class Poller {
  readonly #source: Source;
  readonly #sqs: SQSClient;
  readonly #stopping = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  readonly #stopped = new Promise<void>((resolve) => {
    this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  readonly #polling: Promise<void>;

  constructor(source: Source, sqs: SQSClient) {
    this.#source = source;
    this.#sqs = sqs;
    this.#polling = this.#poll();
  }

  /** Batches received and not done with. */
  get busy(): number {
    return this.#batches.size;
  }

  /** Takes no further message; resolves within the wait of a receive, with batches still running. */
  async stopReceiving(): Promise<void> {
    this.#stopping.abort();
    await this.#polling;
  }

  /** Resolves when no batch runs. */
  async finished(): Promise<void> {
    await Promise.all(this.#batches);
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      if (this.#batches.size >= this.#source.limit) {
        await Promise.race([...this.#batches, this.#stopped]);
        continue;
      }
      const messages = await this.#receive(signal);
      if (messages.length === 0) continue;
      if (signal.aborted) return await this.#showAgain(messages);
      const batch = this.#handle(messages).finally(() => this.#batches.delete(batch));
      this.#batches.add(batch);
    }
  }

  async #receive(signal: AbortSignal): Promise<Message[]> {
    const { queue, batchSize, name } = this.#source;
    try {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queue.url,
          MaxNumberOfMessages: Math.min(batchSize, MOST),
          WaitTimeSeconds: WAIT,
          MessageSystemAttributeNames: ['All'],
          MessageAttributeNames: ['All'],
        }),
      );
      return Messages;
    } catch (caught) {
      log.warn('could not receive messages; trying again', { function: name, error: messageOf(caught) });
      await sleep(SECOND, undefined, { signal }).catch(() => undefined);
      return [];
    }
  }

  async #handle(messages: Message[]): Promise<void> {
    const failed = await this.#run(messages);
    const done = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
    const again = messages.filter(({ MessageId = '' }) => failed.has(MessageId));
    try {
      await this.#delete(done);
      await this.#showAgain(again);
    } catch (caught) {
      const error = messageOf(caught);
      log.warn('could not settle a batch; its messages come back later', { function: this.#source.name, error });
    }
  }

  async #run(messages: Message[]): Promise<ReadonlySet<string>> {
    const ids = messages.map(({ MessageId = '' }) => MessageId);
    try {
      const event = toEvent(messages, { arn: this.#source.queue.arn, region: this.#source.region });
      return failedMessages(await this.#source.run(event), ids);
    } catch (caught) {
      if (!this.#stopping.signal.aborted) log.warn(messageOf(caught), { function: this.#source.name });
      return new Set(ids);
    }
  }

  async #delete(messages: Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await this.#sqs.send(new DeleteMessageBatchCommand({ QueueUrl: this.#source.queue.url, Entries }));
  }

  /** At once where the stack is stopping: nobody has the message any more. */
  async #showAgain(messages: Message[]): Promise<void> {
    if (messages.length === 0) return;
    const VisibilityTimeout = this.#stopping.signal.aborted ? 0 : this.#source.retryDelay;
    const Entries = messages.map(({ ReceiptHandle }, index) => ({
      Id: String(index),
      ReceiptHandle,
      VisibilityTimeout,
    }));
    await this.#sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#source.queue.url, Entries }));
  }
}

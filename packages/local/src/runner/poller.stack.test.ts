/**
 * From a queue to a function and back: what succeeds goes, what fails returns, and in the end it is a dead letter.
 */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { streamsBucket } from '@millrace/core/resource';
import { afterEach, expect, test } from 'vitest';
import { drain } from '../../test/drain.ts';
import { ensureQueue } from '../provision/index.ts';
import { Poller } from './poller.ts';

interface Batch {
  readonly Records: readonly { messageId: string; body: string; attributes: { ApproximateReceiveCount: string } }[];
}

const sqs = new SQSClient({});
let queues = 0;
let poller: Poller | undefined;
afterEach(async () => {
  await poller?.stopReceiving();
  await poller?.finished();
});

async function start({
  attempts = 3,
  bodies,
  run,
  limit = 1,
}: {
  attempts?: number;
  bodies: readonly string[];
  run: (batch: Batch) => Promise<unknown>;
  limit?: number;
}) {
  const name = `${streamsBucket()}-poller-${++queues}`;
  const deadLetters = await ensureQueue(sqs, `${name}-dead`);
  const queue = await ensureQueue(sqs, name, { visibilityTimeout: 60, redrive: { to: deadLetters, after: attempts } });
  for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody }));
  poller = new Poller(
    {
      name,
      queue,
      batchSize: 10,
      retryDelay: 0,
      region: 'us-east-1',
      limit,
      run: async (event) => await run(event as Batch),
    },
    sqs,
  );
  return { queue, deadLetters };
}

test('only the messages an answer names come back', async () => {
  const seen: string[] = [];
  await start({
    bodies: ['good', 'bad', 'fine'],
    run: async ({ Records }) => {
      const failed = Records.filter(({ body, attributes }) => {
        seen.push(`${body} ${attributes.ApproximateReceiveCount}`);
        return body === 'bad' && attributes.ApproximateReceiveCount === '1';
      });
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  });
  await expect.poll(() => seen.toSorted()).toEqual(['bad 1', 'bad 2', 'fine 1', 'good 1']);
});

test('a batch that fails as a whole comes back until its attempts are used up, then each message is a dead letter', async () => {
  let runs = 0;
  const { queue, deadLetters } = await start({
    attempts: 3,
    bodies: ['one', 'two'],
    run: async () => {
      runs++;
      throw new Error('no luck');
    },
  });
  const dead: (string | undefined)[] = [];
  await expect
    .poll(async () => {
      dead.push(...(await drain(deadLetters.url)).map((message) => message.Body));
      return dead.toSorted();
    })
    .toEqual(['one', 'two']);
  expect(runs).toBe(3);
  expect(await drain(queue.url)).toEqual([]);
});

test('a failed message leaves its neighbours alone on its way to the dead letters', async () => {
  const done: string[] = [];
  const { deadLetters } = await start({
    attempts: 2,
    bodies: ['good', 'poison', 'fine'],
    run: async ({ Records }) => {
      const poison = Records.filter(({ body }) => body === 'poison');
      done.push(...Records.filter(({ body }) => body !== 'poison').map(({ body }) => body));
      return { batchItemFailures: poison.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    },
  });
  await expect.poll(async () => (await drain(deadLetters.url)).map((message) => message.Body)).toEqual(['poison']);
  expect(done.toSorted()).toEqual(['fine', 'good']);
});

test('batches at once are at most the limit', async () => {
  let now = 0;
  let most = 0;
  let runs = 0;
  await start({
    bodies: Array.from({ length: 45 }, (_, index) => String(index)),
    limit: 2,
    run: async ({ Records }) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 30));
      now--;
      runs += Records.length;
    },
  });
  await expect.poll(() => runs).toBe(45);
  expect(most).toBe(2);
});

test('stopping shows unfinished messages again at once', async () => {
  let fail: ((error: Error) => void) | undefined;
  const { queue } = await start({
    bodies: ['unfinished'],
    run: async () =>
      await new Promise((_, reject) => {
        fail = reject;
      }),
  });
  await expect.poll(() => fail).toBeDefined();
  await poller?.stopReceiving();
  fail?.(new Error('ended'));
  await poller?.finished();
  expect((await drain(queue.url)).map((message) => message.Body)).toEqual(['unfinished']);
});

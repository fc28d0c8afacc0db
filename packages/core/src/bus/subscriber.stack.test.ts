import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { StreamFileReceived } from '../event/index.ts';
import { MillraceError, ObsoleteWork } from '../runtime/index.ts';
import { subscriber } from './index.ts';

const context = { functionName: 'test', getRemainingTimeInMillis: () => 300_000 } as Context; // a handler under test reads no more of it
const metadata = { id: 'evt_1', version: 1, project: 'shop', traceId: 'trc_1', hop: 0, producedBy: 'ingest' };
const properties = {
  bucket: 'streams',
  key: 'k',
  size: 1,
  etag: 'e',
  project: 'shop',
  collection: 'pageviews',
  interval: '2017-08-01T00:05:00.000Z',
  intervalLength: 300_000,
  receivedAt: '2017-08-01T00:10:00.000Z',
  writtenBy: 'producer',
};
const envelope = (type: string, detail: unknown) =>
  JSON.stringify({ id: 'x', time: '2017-08-01T00:10:00Z', 'detail-type': type, detail });
const good = (key: string) => envelope('stream.file_received', { metadata, properties: { ...properties, key } });

function batch(...bodies: string[]): SQSEvent {
  const record = (body: string, n: number) => ({
    messageId: `m${n}`,
    body,
    attributes: { ApproximateReceiveCount: '1' },
  });
  return { Records: bodies.map((body, n) => record(body, n) as SQSRecord) };
}

async function buried(): Promise<Message[]> {
  const { Messages = [] } = await new SQSClient({}).send(
    new ReceiveMessageCommand({
      QueueUrl: process.env.MILLRACE_DEAD_LETTER_URL,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 1,
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

describe('subscriber', () => {
  const handled: string[] = [];
  const handler = subscriber([StreamFileReceived], async ({ properties: { key } }) => {
    if (key === 'fails') throw new Error('for now');
    if (key === 'hopeless') throw new MillraceError('no_remedy', 'nothing helps', { retryable: false });
    if (key === 'obsolete') throw new ObsoleteWork('superseded_file', 'a newer one is coming');
    handled.push(key);
  });
  const run = (...bodies: string[]) => handler(batch(...bodies), context, () => {});
  beforeEach(() => {
    handled.length = 0;
    vi.spyOn(process.stdout, 'write').mockImplementation(() => true); // the log lines of failures that are meant
  });

  it('reports a failed message by its id; its neighbours are done', async () => {
    expect(await run(good('a'), good('fails'), good('b'))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] });
    expect(handled).toEqual(['a', 'b']);
    expect(await buried()).toEqual([]);
  });

  it('is done with a message whose work a newer one replaces', async () => {
    expect(await run(good('obsolete'), good('b'))).toEqual({ batchItemFailures: [] });
    expect(handled).toEqual(['b']);
    expect(await buried()).toEqual([]);
  });

  it.each([
    ['not_json', '{"id":', /not JSON/],
    ['not_an_event', '{"Records":[]}', /detail-type/],
    [
      'unknown_type',
      envelope('stream.file_lost', { metadata, properties }),
      /"stream.file_lost" is not an event.*stream.file_received/,
    ],
    [
      'invalid_payload',
      envelope('stream.file_received', { metadata, properties: { ...properties, size: 'big' } }),
      /size/,
    ],
    ['no_remedy', good('hopeless'), /nothing helps/],
  ])('puts %s into the dead-letter queue with the reason, and goes on', async (code, body, reason) => {
    expect(await run(good('a'), body, good('b'))).toEqual({ batchItemFailures: [] });
    expect(handled).toEqual(['a', 'b']);
    const [message] = await buried();
    expect(message?.Body).toBe(body);
    expect(message?.MessageAttributes?.errorCode?.StringValue).toBe(code);
    expect(message?.MessageAttributes?.errorMessage?.StringValue).toMatch(reason);
  });

  it('leaves the message in its queue where the dead-letter queue cannot be reached', async () => {
    vi.stubEnv('MILLRACE_DEAD_LETTER_URL', '');
    expect(await run('nonsense')).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    vi.unstubAllEnvs();
  });
});

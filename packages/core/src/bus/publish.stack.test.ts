import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Event, patternOf, StreamFileReceived } from '../event/index.ts';
import { busName } from '../runtime/resource.ts';
import { PublishError, publish } from './index.ts';

const quick = { base: 1, cap: 1 };

function fileReceived(id: string, key = id): Event {
  return StreamFileReceived.create(
    {
      bucket: 'streams',
      key,
      size: 1,
      etag: 'e',
      project: 'shop',
      collection: 'pageviews',
      interval: '2017-08-01T00:05:00.000Z',
      intervalLength: 300_000,
      receivedAt: '2017-08-01T00:10:00.000Z',
      writtenBy: 'producer',
    },
    { id, version: 1, project: 'shop', traceId: 'trc_1', hop: 0, producedBy: 'ingest' },
  );
}

async function subscribedQueue(name: string): Promise<string> {
  const sqs = new SQSClient({});
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const events = new EventBridgeClient({});
  const EventBusName = busName();
  const EventPattern = JSON.stringify(patternOf([StreamFileReceived]));
  await events.send(new PutRuleCommand({ Name: name, EventBusName, EventPattern }));
  await events.send(
    new PutTargetsCommand({ Rule: name, EventBusName, Targets: [{ Id: '1', Arn: Attributes?.QueueArn ?? '' }] }),
  );
  return QueueUrl;
}

async function receiveIds(QueueUrl: string, expected: number): Promise<string[]> {
  const sqs = new SQSClient({});
  const ids: string[] = [];
  for (let polls = 0; ids.length < expected && polls < 50; polls++) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    ids.push(...Messages.map((message) => JSON.parse(message.Body ?? '{}').detail.metadata.id));
  }
  return ids.sort();
}

describe('publish to the bus', () => {
  it('sends any number of events, ten a request, in SST’s wire shape', async () => {
    const queue = await subscribedQueue('publish-many');
    const ids = Array.from({ length: 37 }, (_, n) => `evt_${String(n).padStart(2, '0')}`);
    await publish(ids.map((id) => fileReceived(id)));
    expect(await receiveIds(queue, 37)).toEqual(ids);
  });

  it('names the one that is too large, and sends its neighbours', async () => {
    const queue = await subscribedQueue('publish-large');
    const huge: Event = { ...fileReceived('evt_huge'), properties: { text: 'x'.repeat(1024 * 1024) } };
    const error = await publish([fileReceived('evt_a'), huge, fileReceived('evt_b')]).catch((caught) => caught);
    expect(error).toBeInstanceOf(PublishError);
    expect(error.unpublished.map((one: { event: Event }) => one.event.metadata.id)).toEqual(['evt_huge']);
    expect(error.message).toMatch(/evt_huge.*publish a pointer/);
    expect(await receiveIds(queue, 2)).toEqual(['evt_a', 'evt_b']);
  });
});

/** An EventBridge that fails the entries it is told to, and remembers what each request held. */
describe('publish when entries fail', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  async function failing(code: (id: string, attempt: number) => string | undefined) {
    const requests: string[][] = [];
    const attempts = new Map<string, number>();
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const ids: string[] = JSON.parse(body).Entries.map(
          (entry: { Detail: string }) => JSON.parse(entry.Detail).metadata.id,
        );
        requests.push(ids);
        const Entries = ids.map((id) => {
          attempts.set(id, (attempts.get(id) ?? 0) + 1);
          const ErrorCode = code(id, attempts.get(id) ?? 0);
          return ErrorCode ? { ErrorCode, ErrorMessage: 'by order' } : { EventId: id };
        });
        response.setHeader('content-type', 'application/x-amz-json-1.1');
        response.end(
          JSON.stringify({ FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries }),
        );
      });
    });
    await new Promise<void>((listening) => server?.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    return { requests, client: new EventBridgeClient({ endpoint: `http://127.0.0.1:${port}` }) };
  }

  it('sends again only those that failed', async () => {
    const { requests, client } = await failing((id, attempt) =>
      id === 'evt_b' && attempt < 3 ? 'ThrottlingException' : undefined,
    );
    await publish(
      ['evt_a', 'evt_b', 'evt_c'].map((id) => fileReceived(id)),
      { client, backoff: quick },
    );
    expect(requests).toEqual([['evt_a', 'evt_b', 'evt_c'], ['evt_b'], ['evt_b']]);
  });

  it('gives up after six attempts and names what never went, with the reason', async () => {
    const { requests, client } = await failing((id) => (id === 'evt_b' ? 'InternalFailure' : undefined));
    const error = await publish(
      ['evt_a', 'evt_b'].map((id) => fileReceived(id)),
      { client, backoff: quick },
    ).catch((caught) => caught);
    expect(error.unpublished.map((one: { event: Event }) => one.event.metadata.id)).toEqual(['evt_b']);
    expect(error.message).toContain('stream.file_received evt_b (InternalFailure: by order)');
    expect(requests).toHaveLength(6);
  });

  it('does not repeat what cannot heal', async () => {
    const { requests, client } = await failing(() => 'MalformedDetail');
    await expect(publish([fileReceived('evt_a')], { client, backoff: quick })).rejects.toThrow(/MalformedDetail/);
    expect(requests).toHaveLength(1);
  });
});

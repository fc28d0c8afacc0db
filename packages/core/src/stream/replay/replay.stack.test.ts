import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { type Filter, type Metadata, patternOf, type StreamFile, StreamFileReceived } from '../../event/index.ts';
import { MINUTE } from '../../runtime/index.ts';
import { busName, stagePrefix, streamsBucket } from '../../runtime/resource.ts';
import {
  defineStreams,
  firehose,
  isDone,
  keen,
  lineageMetadata,
  markDone,
  measureReplay,
  quarantineKey,
  type ReplayProgress,
  readQuarantine,
  readStreamFile,
  redeliver,
  replay,
  retryQuarantined,
  summarizeQuarantine,
} from '../index.ts';
import { s3 } from '../object.ts';
import { cause, interval, put } from '../test/streams.ts';

const bucket = streamsBucket();
const layout = keen();
const streams = defineStreams({
  layout,
  sources: [{ prefix: 'fh/', layout: firehose({ prefix: 'fh/{project}/{collection}/' }) }],
  idleTimeout: 0,
});
const to = interval + 60 * MINUTE;

/** A workflow's rule and queue, as infra makes them. The function returned takes what the queue holds. */
async function subscribe(workflow: string, filter?: Filter) {
  const sqs = new SQSClient({});
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${busName()}-${workflow}-Q` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const events = new EventBridgeClient({});
  const rule = { EventBusName: busName(), Name: `${stagePrefix()}-${workflow}` };
  await events.send(
    new PutRuleCommand({ ...rule, EventPattern: JSON.stringify(patternOf([StreamFileReceived], filter)) }),
  );
  await events.send(
    new PutTargetsCommand({
      EventBusName: rule.EventBusName,
      Rule: rule.Name,
      Targets: [{ Id: '1', Arn: Attributes?.QueueArn ?? '' }],
    }),
  );
  return async () => {
    const taken: { metadata: Metadata; properties: StreamFile }[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return taken;
      for (const { Body = '', ReceiptHandle } of Messages) {
        taken.push((JSON.parse(Body) as { detail: (typeof taken)[number] }).detail);
        await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  };
}

const keysOf = (taken: readonly { properties: StreamFile }[]) =>
  taken.map(({ properties }) => properties.key).toSorted();
const keyOf = (project: string, collection: string, n: number) =>
  layout.key({ project, collection, interval: interval + n * 5 * MINUTE });
const options = { streams, bucket, notify: false, now: () => 1_772_450_000_000 };

it.each([
  ['all collections', {}, 4],
  ['one of them', { collection: 'pageviews' }, 3],
])('passes over years of silence in a few requests: %s', async (_, of, files) => {
  const requests: string[] = [];
  s3().middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        requests.push(String(commandName));
        return next(args);
      },
    { step: 'initialize' },
  );
  for (const n of [0, 1, 150_000]) await put(keyOf('years', 'pageviews', n), 'x');
  await put(keyOf('years', 'clicks', 75_000), 'x');
  requests.length = 0;
  const range = { project: 'years', from: Date.UTC(2025, 0), to: Date.UTC(2028, 0), ...of };
  expect(await measureReplay(range, options)).toEqual({ files, bytes: files });
  expect(requests.length).toBeLessThan(120);
});

describe('replay', () => {
  it('delivers the files of a range to the workflows chosen, as ingest announced them', async () => {
    const take = await subscribe('copier', { properties: { writtenBy: [{ 'anything-but': ['copier'] }] } });
    const takeOther = await subscribe('enricher');
    const file = await put(keyOf('shop', 'pageviews', 0), 'x');
    const second = await put(keyOf('shop', 'clicks', 11), 'x');
    const derived = await put(keyOf('shop', 'copies', 1), 'x', lineageMetadata('copier', cause, file));
    const other = await put('fh/shop/pageviews/2026/03/02/09/s-1-2026-03-02-09-21-00-abc', 'x');
    await put(keyOf('shop', 'pageviews', 12), 'x'); // where the range ends
    await put(keyOf('client', 'pageviews', 0), 'x');
    await markDone('copier', file, { counts: { read: 1, accepted: 1, quarantined: 0 }, outputs: [] });

    const range = { project: 'shop', from: interval, to };
    expect(await measureReplay(range, options)).toEqual({ files: 4, bytes: 4 });
    expect(await takeOther()).toEqual([]);
    const workflows = ['copier', 'enricher'];
    expect(await replay({ ...options, range, workflows })).toEqual({ files: 4, resumed: 0, messages: 7 });

    const copied = await take();
    expect(keysOf(copied)).toEqual([file.key, second.key, other.key].toSorted());
    expect(keysOf(await takeOther())).toEqual([file.key, second.key, other.key, derived.key].toSorted());
    expect(copied.find(({ properties }) => properties.key === file.key)).toMatchObject({
      metadata: { project: 'shop', hop: 0, producedBy: 'replay', replay: expect.stringMatching(/^rpl_/) },
      properties: { ...file, receivedAt: expect.any(String) },
    });
    expect(copied.find(({ properties }) => properties.key === other.key)?.properties).toMatchObject({
      interval: '2026-03-02T09:20:00.000Z',
    });
    expect(await isDone('copier', file)).toBe(false);

    const one = { ...range, collection: 'clicks' };
    expect(await replay({ ...options, range: one, workflows: ['enricher'], notify: true })).toMatchObject({ files: 1 });
    const [loud] = await takeOther();
    expect(loud?.properties.key).toBe(second.key);
    expect(loud?.metadata).not.toHaveProperty('replay');
  });

  it('goes on where it was ended, under the same id, and begins anew once it is through', async () => {
    const take = await subscribe('resumed');
    const files = [];
    for (let n = 0; n < 24; n++)
      files.push(
        await put(
          layout.key({
            project: 'long',
            collection: n % 2 ? 'c' : 'c_d',
            interval: interval + (n >> 4) * 5 * MINUTE,
            part: String(n),
          }),
          'x',
        ),
      );
    const range = { project: 'long', from: interval, to };
    const run = (onProgress?: (progress: ReplayProgress) => void) =>
      replay({ ...options, range, workflows: ['resumed'], ...(onProgress === undefined ? {} : { onProgress }) });
    const end = (progress: ReplayProgress) => {
      if (progress.files >= 10) throw new Error('ended');
    };
    await expect(run(end)).rejects.toThrow('ended');
    const before = await take();
    expect(await run()).toEqual({ files: 24, resumed: 10, messages: 14 });
    const after = await take();
    expect(keysOf([...before, ...after])).toEqual(files.map(({ key }) => key).toSorted());
    expect(new Set([...before, ...after].map(({ metadata }) => metadata.replay)).size).toBe(1);
    expect(await run()).toEqual({ files: 24, resumed: 0, messages: 24 });
    await expect(run(end)).rejects.toThrow('ended');
    expect(await replay({ ...options, range, workflows: ['resumed'], restart: true })).toMatchObject({ resumed: 0 });
  });

  it('keeps to the rate', async () => {
    await subscribe('slow');
    const range = { project: 'long', from: interval, to };
    const start = Date.now();
    await replay({ ...options, range, workflows: ['slow'], rate: 20, now: () => Date.now() });
    expect(Date.now() - start).toBeGreaterThan(1000);
  });

  it('says so where there is no such workflow', async () => {
    const range = { project: 'shop', from: interval, to };
    await expect(replay({ ...options, range, workflows: ['nobody'] })).rejects.toThrow(/no workflow "nobody"/);
  });
});

it('gives a refused line a second chance, as long as its file is there', async () => {
  const take = await subscribe('refuser');
  const file = await put(keyOf('refused', 'c', 0), '{"a":1}\nbad\n');
  await readStreamFile({ file, workflow: 'refuser', cause }, { record: () => undefined });
  const key = quarantineKey('refuser', file.key);
  const lines: string[] = [];
  expect(
    await readQuarantine({ bucket, key }, ({ line, source, bytes }) => lines.push(`${line} ${source} ${bytes}`)),
  ).toBe(true);
  expect(lines).toEqual([`2 s3://${bucket}/${file.key} bad`]);
  const entry = await summarizeQuarantine(bucket, key);
  if (entry === undefined) return expect.unreachable();

  const missing = { ...entry, source: `${entry.source}-gone` };
  expect(await retryQuarantined(missing, { bucket, layoutFor: () => layout })).toBe(false);
  expect(await summarizeQuarantine(bucket, key)).toEqual(entry);
  expect(await retryQuarantined(entry, { bucket, layoutFor: () => layout })).toBe(true);
  expect(await readQuarantine({ bucket, key }, () => undefined)).toBe(false);
  expect(keysOf(await take())).toEqual([file.key]);
});

it('redelivers single files', async () => {
  const take = await subscribe('again');
  const file = await put(keyOf('again', 'c', 0), 'x');
  const gone = { bucket, key: keyOf('again', 'c', 1) };
  expect(await redeliver([file, gone], { workflow: 'again', layoutFor: () => layout })).toBe(1);
  const [message] = await take();
  expect(message?.properties.key).toBe(file.key);
  expect(message?.metadata).not.toHaveProperty('replay');
});

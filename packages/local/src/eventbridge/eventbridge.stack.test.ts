/**
 * EventBridge through the real client, and core's publish() against an endpoint that refuses entries.
 */
import {
  CreateEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  type EventBridgeClient,
  ListRulesCommand,
  ListTargetsByRuleCommand,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { publish } from '@millrace/core/bus';
import { defineEvent, type Event } from '@millrace/core/event';
import { busName } from '@millrace/core/resource';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { drain } from '../../test/drain.ts';
import { type Endpoints, startEndpoints } from '../endpoints/index.ts';
import { type Clients, createClients, ensureQueue, type Queue } from '../provision/index.ts';

let endpoints: Endpoints;
let clients: Clients;
let events: EventBridgeClient;
let inbox: Queue;
let deadLetters: Queue;

beforeAll(async () => {
  endpoints = await startEndpoints();
  clients = createClients(endpoints.env);
  events = clients.events;
  inbox = await ensureQueue(clients.sqs, 'inbox');
  deadLetters = await ensureQueue(clients.sqs, 'dead-letters');
  await events.send(new CreateEventBusCommand({ Name: busName() }));
  await rule('all', { source: [{ prefix: '' }] }, inbox.arn);
});
afterAll(async () => {
  clients.destroy();
  await endpoints.stop();
});
beforeEach(async () => {
  endpoints.buses.refuseEntry = undefined;
  await received();
});

async function rule(Name: string, pattern: object, Arn: string, target: object = {}) {
  const EventBusName = busName();
  await events.send(new PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify(pattern) }));
  await events.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets: [{ Id: Name, Arn, ...target }] }));
}

const received = async (queue = inbox) =>
  (await drain(queue.url, clients.sqs)).map((message) => ({ ...message, event: JSON.parse(message.Body ?? '') }));

const entry = (given: PutEventsRequestEntry = {}): PutEventsRequestEntry => ({
  EventBusName: busName(),
  Source: 'test',
  DetailType: 'thing.happened',
  Detail: '{"a":1}',
  ...given,
});
const put = async (...Entries: PutEventsRequestEntry[]) => await events.send(new PutEventsCommand({ Entries }));

const MiB = 1024 * 1024;
/** An entry of exactly so many bytes. */
const sized = (bytes: number) => {
  const rest = 'test'.length + 'thing.happened'.length + '{"a":""}'.length;
  return entry({ Detail: JSON.stringify({ a: 'x'.repeat(bytes - rest) }) });
};

describe('PutEvents', () => {
  test('an event has every field AWS gives it', async () => {
    const Time = new Date('2017-08-01T00:05:00.900Z');
    const { Entries, FailedEntryCount } = await put(entry({ Time, Resources: ['arn:x'], Detail: '{"a":{"b":[1]}}' }));
    expect(FailedEntryCount).toBe(0);
    const [{ event } = { event: {} }] = await received();
    expect(event).toEqual({
      version: '0',
      id: Entries?.[0]?.EventId,
      'detail-type': 'thing.happened',
      source: 'test',
      account: '000000000000',
      time: '2017-08-01T00:05:00Z',
      region: 'us-east-1',
      resources: ['arn:x'],
      detail: { a: { b: [1] } },
    });
  });

  test.each<[string, PutEventsRequestEntry, string]>([
    ['no source', { Source: '' }, 'InvalidArgument'],
    ['no detail type', { DetailType: '' }, 'InvalidArgument'],
    ['no detail', { Detail: '' }, 'InvalidArgument'],
    ['a detail that is no JSON', { Detail: '{"a":' }, 'MalformedDetail'],
    ['a detail that is no object', { Detail: '[1]' }, 'MalformedDetail'],
    ["a source of AWS's", { Source: 'aws.s3' }, 'NotAuthorizedForSourceException'],
    ['an unknown bus', { EventBusName: 'nowhere' }, 'ResourceNotFoundException'],
  ])('%s fails its entry alone', async (_, wrong, code) => {
    const { Entries = [], FailedEntryCount } = await put(entry(), entry(wrong), entry());
    expect(FailedEntryCount).toBe(1);
    expect(Entries.map(({ ErrorCode }) => ErrorCode)).toEqual([undefined, code, undefined]);
    expect(await received()).toHaveLength(2);
  });

  test.each<[string, () => PutEventsRequestEntry[]]>([
    ['more than 10 entries', () => Array.from({ length: 11 }, () => entry())],
    ['over 1 MiB in one entry', () => [sized(MiB + 1)]],
    ['over 1 MiB together', () => [sized(MiB / 2), sized(MiB / 2), entry()]],
    ['over 1 MiB by the 14 bytes of a time', () => [{ ...sized(MiB - 13), Time: new Date() }]],
  ])('%s refuses the request', async (_, entries) => {
    await expect(put(...entries())).rejects.toMatchObject({ name: 'ValidationException' });
    expect(await received()).toEqual([]);
  });

  test('an entry of 1 MiB is taken, and with its envelope is too long for a queue', async () => {
    await rule('sized', { source: ['test'] }, inbox.arn, { DeadLetterConfig: { Arn: deadLetters.arn } });
    expect((await put(sized(MiB))).FailedEntryCount).toBe(0);
    await expect.poll(() => endpoints.undelivered()).toBe(0);
    expect(await received()).toEqual([]);
    await events.send(new RemoveTargetsCommand({ Rule: 'sized', EventBusName: busName(), Ids: ['sized'] }));
  });
});

describe('core’s publish()', () => {
  const Happened = defineEvent('thing.happened', () => z.object({ n: z.number() }));
  const event = (n: number): Event =>
    Happened.create({ n }, { id: `evt_${n}`, version: 1, project: 'p', traceId: 't', hop: 0, producedBy: 'test' });
  const options = () => ({ client: events, backoff: { base: 1, cap: 2 } });
  const numberOf = (detail: unknown) =>
    z.object({ properties: z.object({ n: z.number() }) }).parse(detail).properties.n;

  test('tries again only what failed, until all went', async () => {
    const failures = new Map([
      [3, 2],
      [11, 1],
    ]);
    let entries = 0;
    endpoints.buses.refuseEntry = ({ Detail = '' }) => {
      entries++;
      const n = numberOf(JSON.parse(Detail));
      const left = failures.get(n) ?? 0;
      failures.set(n, left - 1);
      return left > 0 ? { code: 'InternalFailure', message: 'try again' } : undefined;
    };
    await publish(
      Array.from({ length: 25 }, (_, n) => event(n)),
      options(),
    );
    const got = (await received()).map((message) => numberOf(message.event.detail));
    expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 25 }, (_, n) => n));
    expect(entries).toBe(25 + 3);
  });

  test('names what never went; the others did', async () => {
    endpoints.buses.refuseEntry = ({ Detail = '' }) =>
      numberOf(JSON.parse(Detail)) === 1 ? { code: 'ThrottlingException', message: 'slow down' } : undefined;
    await expect(publish([event(0), event(1), event(2)], options())).rejects.toMatchObject({
      name: 'PublishError',
      message: expect.stringContaining('evt_1'),
    });
    expect(await received()).toHaveLength(2);
  });
});

describe('rules', () => {
  const EventBusName = () => busName();

  test('a malformed pattern is refused, by PutRule and by TestEventPattern', async () => {
    const EventPattern = '{"source": [{"prefix": 5}]}';
    const refusal = expect.objectContaining({ name: 'InvalidEventPatternException' });
    await expect(events.send(new PutRuleCommand({ Name: 'bad', EventPattern }))).rejects.toThrow(refusal);
    const Event = JSON.stringify({ id: '1', account: '1', source: 's', time: 't', region: 'r', 'detail-type': 'd' });
    await expect(events.send(new TestEventPatternCommand({ EventPattern, Event }))).rejects.toThrow(refusal);
    const fine = { EventPattern: '{"source": ["s"]}', Event };
    expect((await events.send(new TestEventPatternCommand(fine))).Result).toBe(true);
  });

  test('are listed, replaced, and gone when deleted', async () => {
    await rule('once', { source: ['once'] }, inbox.arn);
    await rule('once', { source: ['twice'] }, inbox.arn);
    const list = new ListRulesCommand({ EventBusName: EventBusName(), NamePrefix: 'once' });
    const { Rules = [] } = await events.send(list);
    expect(Rules).toMatchObject([{ Name: 'once', State: 'ENABLED', EventPattern: '{"source":["twice"]}' }]);
    const ofRule = { Rule: 'once', EventBusName: EventBusName() };
    const { Targets } = await events.send(new ListTargetsByRuleCommand(ofRule));
    expect(Targets).toEqual([{ Id: 'once', Arn: inbox.arn }]);

    const remove = new DeleteRuleCommand({ Name: 'once', EventBusName: EventBusName() });
    await expect(events.send(remove)).rejects.toThrow(/has targets/);
    await events.send(new RemoveTargetsCommand({ ...ofRule, Ids: ['once'] }));
    await events.send(remove);
    expect((await events.send(list)).Rules).toEqual([]);
  });

  test('what is not there is not found', async () => {
    const refusal = expect.objectContaining({ name: 'ResourceNotFoundException' });
    await expect(events.send(new DescribeEventBusCommand({ Name: 'nowhere' }))).rejects.toThrow(refusal);
    const target = { Rule: 'nothing', Targets: [{ Id: 'a', Arn: inbox.arn }] };
    await expect(events.send(new PutTargetsCommand(target))).rejects.toThrow(refusal);
  });

  test('a schedule wakes its target', async () => {
    const woken: unknown[] = [];
    endpoints.attachFunctions(async (name, event) => void woken.push([name, event]));
    const { buses } = endpoints;
    let due: number | undefined;
    const once = {
      next: (time: number) => {
        due ??= time + 100;
        return time < due ? due : undefined;
      },
    };
    await events.send(new PutRuleCommand({ Name: 'clock', ScheduleExpression: 'rate(1 minute)' }));
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:ticker';
    await events.send(new PutTargetsCommand({ Rule: 'clock', Targets: [{ Id: 'ticker', Arn: arn }] }));
    buses.schedule(buses.rule(buses.find(), 'clock'), once);
    await expect.poll(() => woken).toMatchObject([['ticker', { 'detail-type': 'Scheduled Event', detail: {} }]]);
  });
});

describe('delivery', () => {
  const lambda = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`;
  const withDeadLetters = () => ({ DeadLetterConfig: { Arn: deadLetters.arn } });

  test('a queue that is not there makes a dead letter at once, with the reason', async () => {
    const missing = inbox.arn.replace(/inbox$/, 'missing');
    await rule('to-missing', { source: ['to-missing'] }, missing, withDeadLetters());
    await put(entry({ Source: 'to-missing' }));
    const dead: Awaited<ReturnType<typeof received>> = [];
    await expect.poll(async () => dead.push(...(await received(deadLetters)))).toBe(1);
    expect(dead[0]?.event).toMatchObject({ source: 'to-missing' });
    expect(dead[0]?.MessageAttributes).toMatchObject({
      TARGET_ARN: { StringValue: missing },
      ERROR_CODE: { StringValue: expect.stringMatching(/NonExistentQueue|QueueDoesNotExist/) },
      RETRY_ATTEMPTS: { StringValue: '0' },
    });
  });

  test('a target that fails for a while gets its event', async () => {
    let calls = 0;
    endpoints.attachFunctions(async () => {
      if (++calls < 3) throw new Error('not yet');
    });
    await rule('to-flaky', { source: ['to-flaky'] }, lambda('flaky'), withDeadLetters());
    await put(entry({ Source: 'to-flaky' }));
    await expect.poll(() => calls).toBe(3);
    await expect.poll(() => endpoints.undelivered()).toBe(0);
    expect(await received(deadLetters)).toEqual([]);
  });

  test('the retry policy ends it', async () => {
    let calls = 0;
    endpoints.attachFunctions(async () => {
      calls++;
      throw new Error('never');
    });
    const RetryPolicy = { MaximumRetryAttempts: 2 };
    await rule('to-dead', { source: ['to-dead'] }, lambda('dead'), { ...withDeadLetters(), RetryPolicy });
    await put(entry({ Source: 'to-dead' }));
    const dead: Awaited<ReturnType<typeof received>> = [];
    await expect.poll(async () => dead.push(...(await received(deadLetters)))).toBe(1);
    expect(calls).toBe(3);
    expect(dead[0]?.MessageAttributes).toMatchObject({
      EXHAUSTED_RETRY_CONDITION: { StringValue: 'MaximumRetryAttempts' },
      RETRY_ATTEMPTS: { StringValue: '2' },
    });
  });
});

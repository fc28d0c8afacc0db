/**
 * A workflow's own queue, and whether its rule lets an event in: asked of the rule that feeds it, which has the name the
 * registry gives it in every stage, deployed or local.
 */
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { GetQueueUrlCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { envelopeOf } from '../../bus/index.ts';
import type { Event } from '../../event/index.ts';
import { type Backoff, ConfigurationError, MillraceError, nameOf, retryRemaining } from '../../runtime/index.ts';
import { busName, stagePrefix } from '../../runtime/resource.ts';

/** Messages a request takes. */
const BATCH = 10;
/** About 10 s of waiting at most: long enough for a throttled queue, short for a person. */
const ATTEMPTS = 8;
const BACKOFF: Backoff = { base: 50, cap: 3000 };

/** The fields of an event its pattern looks at. */
const Pattern = z.object({
  detail: z
    .object({ metadata: z.record(z.string(), z.unknown()), properties: z.record(z.string(), z.unknown()) })
    .partial()
    .optional(),
});

export class NotSent extends MillraceError {
  constructor(count: number, queue: string, reason: string) {
    super('not_sent', `${count} messages were not taken by ${queue} (${reason}); run it again to go on`);
  }
}

export class WorkflowQueue {
  readonly workflow: string;
  readonly #url: string;
  readonly #clients: Clients;
  readonly #pattern: string;
  /** Fields of metadata and properties that decide, and what was decided for their values. */
  readonly #fields: readonly (readonly [part: 'metadata' | 'properties', field: string])[];
  readonly #decided = new Map<string, Promise<boolean>>();

  private constructor(workflow: string, url: string, pattern: string, clients: Clients) {
    this.workflow = workflow;
    this.#url = url;
    this.#clients = clients;
    this.#pattern = pattern;
    const { detail = {} } = Pattern.parse(JSON.parse(pattern));
    this.#fields = (['metadata', 'properties'] as const).flatMap((part) =>
      Object.keys(detail[part] ?? {}).map((field) => [part, field] as const),
    );
  }

  /** @throws ConfigurationError where no such workflow is deployed. */
  static async of(workflow: string): Promise<WorkflowQueue> {
    const clients = { events: new EventBridgeClient({}), sqs: new SQSClient({}) };
    const rule = { Name: `${stagePrefix()}-${workflow}`, EventBusName: busName() };
    try {
      const { EventPattern = '{}' } = await clients.events.send(new DescribeRuleCommand(rule));
      const { Targets = [] } = await clients.events.send(
        new ListTargetsByRuleCommand({ Rule: rule.Name, EventBusName: rule.EventBusName }),
      );
      const [, , , , account, name] = (Targets[0]?.Arn ?? '').split(':');
      const { QueueUrl = '' } = await clients.sqs.send(
        new GetQueueUrlCommand({ QueueName: name ?? '', QueueOwnerAWSAccountId: account }),
      );
      return new WorkflowQueue(workflow, QueueUrl, EventPattern, clients);
    } catch (caught) {
      if (nameOf(caught) !== 'ResourceNotFoundException') throw caught;
      throw new ConfigurationError(`no workflow "${workflow}" runs in this stage: it has no rule ${rule.Name}`, {
        cause: caught,
      });
    }
  }

  /** Whether the workflow's rule would let an event in. Asked once for events that look alike to it. */
  async wants(event: Event): Promise<boolean> {
    if (this.#fields.length === 0) return true;
    const parts = { metadata: { ...event.metadata }, properties: { ...Object(event.properties) } };
    const alike = JSON.stringify(
      this.#fields.map(([part, field]) => Object.entries(parts[part]).find(([name]) => name === field)),
    );
    const known = this.#decided.get(alike);
    if (known !== undefined) return await known;
    const asked = this.#clients.events
      .send(
        new TestEventPatternCommand({
          EventPattern: this.#pattern,
          Event: JSON.stringify(envelopeOf(event, 'replay')),
        }),
      )
      .then(({ Result = false }) => Result);
    this.#decided.set(alike, asked);
    return await asked;
  }

  /** Puts events into the queue as EventBridge would. @throws NotSent */
  async send(events: readonly Event[]): Promise<void> {
    for (let start = 0; start < events.length; start += BATCH) {
      const entries = events.slice(start, start + BATCH).map((event, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(envelopeOf(event, 'replay')),
      }));
      let reason = '';
      const left = await retryRemaining(
        entries,
        async (some) => {
          const { Failed = [] } = await this.#clients.sqs.send(
            new SendMessageBatchCommand({ QueueUrl: this.#url, Entries: some }),
          );
          reason = Failed[0]?.Code ?? reason;
          const failed = new Set(Failed.map(({ Id }) => Id));
          return failed.size === 0 ? undefined : some.filter(({ Id }) => failed.has(Id));
        },
        { times: ATTEMPTS, backoff: BACKOFF },
      );
      if (left !== undefined) throw new NotSent(left.length, this.workflow, reason);
    }
  }
}

interface Clients {
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */

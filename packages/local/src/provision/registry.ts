/**
 * From the registry to a running system's parts: for each function its queue, dead-letter queue, rule and environment.
 * Everything is found again where it is already there, so a second start with the same folder changes nothing.
 */
import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { objectCreatedPattern, patternOf } from '@millrace/core/event';
import { environment, type Trigger, visibilityTimeout, type Workflow } from '@millrace/functions/workflows';
import { functionArn } from '../account.ts';
import type { Clients } from './clients.ts';
import { grantedEnvironment } from './link.ts';
import { ensureQueue, type Queue, type QueueSettings } from './queue.ts';
import { createResources, type Resources } from './resources.ts';

/** What exists, whatever wakes it. */
export interface ProvisionedFunction {
  readonly definition: Pick<Workflow, 'name' | 'handler' | 'timeout' | 'memory'>;
  /** Its own, without what every process of the stack shares. */
  readonly env: Readonly<Record<string, string>>;
  /** Absent for a function that a schedule wakes. */
  readonly consumes?: Consumption;
}

export interface Consumption {
  readonly queue: Queue;
  readonly deadLetters: Queue;
  readonly batchSize: number;
  readonly concurrency: number;
  /** Seconds. */
  readonly visibilityTimeout: number;
}

export interface Registry {
  readonly workflows: readonly Workflow[];
  readonly triggers: readonly Trigger[];
}

export interface Provisioned {
  readonly resources: Resources;
  readonly functions: readonly ProvisionedFunction[];
}

interface ProvisionOptions {
  readonly prefix: string;
  readonly secrets: Readonly<Record<string, string>>;
  readonly clients: Clients;
}

/** What a queue's consumer says of it. */
type Consumer = Pick<Workflow, 'name' | 'timeout' | 'batchSize' | 'concurrency' | 'attempts'>;

/**
 * Makes all of it.
 * @param prefix of every name.
 * @param secrets values by name, for the functions granted them.
 */
export async function provision(registry: Registry, options: ProvisionOptions): Promise<Provisioned> {
  const make = new Maker(options);
  const sender = registry.triggers.find(({ source }) => source.kind === 'deliveries');
  const resources = await make.resources(sender);
  const functions = await Promise.all([
    ...registry.workflows.map(async (workflow) => await make.workflow(workflow, resources)),
    ...registry.triggers.map(async (trigger) => await make.trigger(trigger, resources)),
  ]);
  return { resources, functions };
}

class Maker {
  readonly #prefix: string;
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #clients: Clients;

  constructor({ prefix, secrets, clients }: ProvisionOptions) {
    this.#prefix = prefix;
    this.#secrets = secrets;
    this.#clients = clients;
  }

  async resources(sender: Trigger | undefined): Promise<Resources> {
    const made = { prefix: this.#prefix, clients: this.#clients };
    if (sender?.source.kind !== 'deliveries') return await createResources(made);
    const consumer = { ...sender, ...sender.source };
    const deliveries = settings(consumer, await this.#deadLetters(consumer));
    return await createResources({ ...made, deliveries });
  }

  async workflow(workflow: Workflow, resources: Resources): Promise<ProvisionedFunction> {
    const consumes = await this.#consumption(workflow);
    const pattern = patternOf(workflow.events, workflow.filter);
    await this.#subscribe(workflow.name, consumes, { pattern, bus: resources.bus });
    return this.#consumer(workflow, resources, consumes);
  }

  async trigger(trigger: Trigger, resources: Resources): Promise<ProvisionedFunction> {
    const { source } = trigger;
    switch (source.kind) {
      case 'object-created': {
        const consumes = await this.#consumption({ ...trigger, ...source });
        await this.#subscribe(trigger.name, consumes, { pattern: objectCreatedPattern([resources.bucket]) });
        return this.#consumer(trigger, resources, consumes);
      }
      case 'deliveries': {
        const consumer = { ...trigger, ...source };
        const deadLetters = await this.#deadLetters(consumer);
        return this.#consumer(trigger, resources, consumption(consumer, resources.deliveries, deadLetters));
      }
      case 'schedule': {
        await this.#schedule(trigger.name, source.rate);
        return { definition: trigger, env: grantedEnvironment(trigger.grants, resources, this.#secrets) };
      }
    }
  }

  #consumer(
    definition: Pick<Workflow, 'name' | 'handler' | 'timeout' | 'memory' | 'grants'>,
    resources: Resources,
    consumes: Consumption,
  ): ProvisionedFunction {
    const granted = grantedEnvironment(definition.grants, resources, this.#secrets);
    const handsOver = definition.grants.includes('queue:hand-over');
    const env = {
      ...granted,
      [environment.deadLetterUrl]: consumes.deadLetters.url,
      ...(handsOver ? { [environment.queueUrl]: consumes.queue.url } : {}),
    };
    return { definition, consumes, env };
  }

  async #consumption(consumer: Consumer): Promise<Consumption> {
    const deadLetters = await this.#deadLetters(consumer);
    const queue = await ensureQueue(
      this.#clients.sqs,
      `${this.#prefix}-${consumer.name}`,
      settings(consumer, deadLetters),
    );
    return consumption(consumer, queue, deadLetters);
  }

  async #deadLetters(consumer: Consumer): Promise<Queue> {
    return await ensureQueue(this.#clients.sqs, `${this.#prefix}-${consumer.name}-dead-letters`);
  }

  async #subscribe(
    name: string,
    { queue, deadLetters }: Consumption,
    { pattern, bus }: { pattern: object; bus?: string },
  ): Promise<void> {
    const onBus = bus === undefined ? {} : { EventBusName: bus };
    const rule = `${this.#prefix}-${name}`;
    await this.#clients.events.send(
      new PutRuleCommand({ Name: rule, EventPattern: JSON.stringify(pattern), ...onBus }),
    );
    const Targets = [{ Id: name, Arn: queue.arn, DeadLetterConfig: { Arn: deadLetters.arn } }];
    await this.#clients.events.send(new PutTargetsCommand({ Rule: rule, Targets, ...onBus }));
  }

  async #schedule(name: string, ScheduleExpression: string): Promise<void> {
    const Name = `${this.#prefix}-${name}`;
    await this.#clients.events.send(new PutRuleCommand({ Name, ScheduleExpression }));
    await this.#clients.events.send(
      new PutTargetsCommand({ Rule: Name, Targets: [{ Id: name, Arn: functionArn(name) }] }),
    );
  }
}

function settings(consumer: Consumer, deadLetters: Queue): QueueSettings {
  return {
    visibilityTimeout: visibilityTimeout(consumer),
    redrive: { to: deadLetters, after: consumer.attempts },
  };
}

function consumption(consumer: Consumer, queue: Queue, deadLetters: Queue): Consumption {
  const { batchSize, concurrency } = consumer;
  return { queue, deadLetters, batchSize, concurrency, visibilityTimeout: visibilityTimeout(consumer) };
}

/**
 * The whole system on this machine: endpoints, resources of the registry, functions, schedule, Slack stand-in.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import { log, MillraceError, messageOf, SECOND, systemClock } from '@millrace/core/runtime';
import { triggers, workflows } from '@millrace/functions/workflows';
import { REGION } from '../account.ts';
import { type Endpoints, startEndpoints } from '../endpoints/index.ts';
import { scheduledEvent } from '../eventbridge/buses.ts';
import { DEFAULT_PORTS, type Ports } from '../ports.ts';
import {
  type Clients,
  createClients,
  linkEnvironment,
  localSecrets,
  type Provisioned,
  provision,
  type Queue,
  type Registry,
  type Resources,
} from '../provision/index.ts';
import type { OnLog } from '../runner/index.ts';
import { type SlackMessage, type SlackStandIn, startSlack } from '../slack/index.ts';
import { startControl } from './control.ts';
import { Functions } from './functions.ts';
import { type Inbox, type Notification, openInbox } from './inbox.ts';
import { lockFolder } from './lock.ts';

/** Of every name of the stack. */
const PREFIX = 'millrace-local';
/** In AWS a failed message comes back after six times the function's timeout; nobody waits half an hour at a laptop. */
const RETRY_DELAY = 2;
/** What runs when the stack stops gets this long to finish. */
const GRACE = 3 * SECOND;
/** How often `idle` looks. */
const LOOK = 50;

export interface StackOptions {
  /** Keeps all state over a restart; without it everything is in memory. */
  readonly dataDir?: string | undefined;
  /** Other ports than DEFAULT_PORTS; 0 for any free one. */
  readonly ports?: Partial<Ports>;
  /** Seconds until a failed message is tried again; Infinity for what AWS does. Default 2. */
  readonly retryDelay?: number;
  /** Added to every function's environment, and to that of other processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** Other functions than the project's. */
  readonly registry?: Registry;
  readonly onSlack?: (message: SlackMessage) => void;
  readonly onSns?: (notification: Notification) => void;
  /** Lines the functions write; by default they go to standard output. */
  readonly onLog?: OnLog;
}

export interface Stack {
  /** What another process needs in its environment to work with the stack: endpoints and links. */
  readonly env: Readonly<Record<string, string>>;
  /** URL of the control endpoint. */
  readonly control: string;
  readonly resources: Resources;
  readonly slack: SlackStandIn;
  /** What the alerts topic sent, oldest first. */
  readonly notifications: readonly Notification[];
  /**
   * Runs what the schedule wakes, as if it were `at` (milliseconds since 1970), and resolves when it is done.
   * @throws RunFailed
   */
  tick(at: number): Promise<void>;
  /**
   * Resolves when every queue is empty and nothing runs.
   * @throws StillBusy after `timeout` milliseconds; Stopped where the stack is stopped before.
   */
  idle(options?: { readonly timeout?: number }): Promise<void>;
  /** Messages in the dead-letter queue of each function behind a queue. */
  deadLetters(): Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export class StillBusy extends MillraceError {
  constructor(timeout: number, what: string) {
    super('still_busy', `the stack was not idle within ${timeout / SECOND} s: ${what}`);
  }
}

/** The stack was stopped, so what is asked of it will not come. */
export class Stopped extends MillraceError {
  constructor() {
    super('stopped', 'the stack was stopped; start another one');
  }
}

/** @throws PortInUse, FolderInUse */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const ports = { ...DEFAULT_PORTS, ...options.ports };
  const cleanup: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of cleanup.splice(0).reverse()) await step();
  };
  try {
    const { dataDir } = options;
    if (dataDir !== undefined) cleanup.push(lockFolder(dataDir));
    const endpoints = await startEndpoints({ dataDir, ports });
    cleanup.push(endpoints.stop);
    const slack = await startSlack({ port: ports.slack, onMessage: options.onSlack });
    cleanup.push(slack.stop);
    const clients = createClients(endpoints.env);
    cleanup.push(clients.destroy);

    const registry = options.registry ?? { workflows, triggers };
    const known = { SlackWebhookUrl: slack.webhookUrl };
    const secrets = localSecrets(registry, known, process.env);
    const provisioned = await provision(registry, { prefix: PREFIX, secrets, clients });
    await showHidden(endpoints, clients, provisioned);
    const { topicArn } = provisioned.resources;
    const inbox = await openInbox(clients, { prefix: PREFIX, topicArn, onNotification: options.onSns });
    const functions = new Functions(provisioned.functions, clients, {
      env: { ...inherited(), ...endpoints.env, ...options.env },
      retryDelay: options.retryDelay ?? RETRY_DELAY,
      onLog: options.onLog ?? ((_, line) => void process.stdout.write(`${line}\n`)),
    });
    cleanup.push(async () => {
      await inbox.poller.stopReceiving();
      await functions.stop(GRACE);
      await inbox.poller.finished();
    });

    const running = new RunningStack({ endpoints, provisioned, functions, inbox });
    cleanup.push(running.stopped);
    endpoints.attachFunctions(running.onSchedule);
    const env = { ...endpoints.env, ...options.env, ...linkEnvironment(provisioned.resources) };
    const senders = registry.triggers.filter(({ source }) => source.kind === 'deliveries');
    const routes = localSecrets({ workflows: [], triggers: senders }, known, process.env); // what a route is tried with
    const health = () => ({ status: 'ok', env, secrets: routes, deadLetters: running.deadLetters() });
    const control = await startControl(ports.control, { health, tick: running.tick });
    cleanup.push(control.stop);
    return {
      env,
      control: control.url,
      resources: provisioned.resources,
      slack,
      notifications: inbox.notifications,
      tick: running.tick,
      idle: running.idle,
      deadLetters: running.deadLetters,
      stop,
    };
  } catch (caught) {
    await stop();
    throw caught;
  }
}

/** Of this process's environment, what a function may see. */
function inherited(): Record<string, string> {
  const names = ['PATH', 'HOME', 'MILLRACE_LOG_LEVEL'];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** A stack that was killed left messages hidden; whoever had them is gone. */
async function showHidden({ storage }: Endpoints, { sqs }: Clients, { functions }: Provisioned): Promise<void> {
  for (const { consumes } of functions) {
    if (consumes === undefined) continue;
    const { url, name } = consumes.queue;
    for (const ReceiptHandle of storage.inFlight(name)) {
      await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }));
    }
  }
}

interface Parts {
  readonly endpoints: Endpoints;
  readonly provisioned: Provisioned;
  readonly functions: Functions;
  readonly inbox: Inbox;
}

/** What a started stack does on request. */
class RunningStack {
  readonly #parts: Parts;
  #isStopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Nothing is waited for any more. */
  readonly stopped = (): void => {
    this.#isStopped = true;
  };

  /** A failed run is not repeated: the next one, a period later, does its work. */
  readonly onSchedule = async (name: string, event: unknown): Promise<void> => {
    try {
      await this.#parts.functions.run(name, event);
    } catch (caught) {
      log.warn(messageOf(caught), { function: name });
    }
  };

  readonly tick = async (at: number): Promise<void> => {
    const { functions, provisioned } = this.#parts;
    for (const { definition, consumes } of provisioned.functions) {
      if (consumes !== undefined) continue;
      const ruleArn = `arn:aws:events:${REGION}:000000000000:rule/${PREFIX}-${definition.name}`;
      await functions.run(definition.name, scheduledEvent({ ruleArn, region: REGION, time: at, id: randomUUID() }));
    }
  };

  /** Quiet twice in a row, so that what one look caused is seen by the next. */
  readonly idle = async ({ timeout = Number.POSITIVE_INFINITY }: { timeout?: number } = {}): Promise<void> => {
    const end = systemClock() + timeout;
    for (let quiet = 0; quiet < 2; ) {
      if (this.#isStopped) throw new Stopped();
      const busy = this.#busy();
      quiet = busy === '' ? quiet + 1 : 0;
      if (quiet < 2 && systemClock() > end) throw new StillBusy(timeout, busy);
      await sleep(LOOK);
    }
  };

  readonly deadLetters = (): Record<string, number> =>
    Object.fromEntries(
      this.#parts.provisioned.functions.flatMap(({ definition, consumes }) =>
        consumes === undefined ? [] : [[definition.name, this.#depth(consumes.deadLetters)]],
      ),
    );

  /** What keeps the stack from being idle; empty where it is. */
  #busy(): string {
    const { endpoints, functions, inbox, provisioned } = this.#parts;
    const queues = [inbox.queue, ...provisioned.functions.flatMap(({ consumes }) => consumes?.queue ?? [])];
    const waiting = queues.map((queue) => ({ name: queue.name, depth: this.#depth(queue) }));
    return [
      ...waiting.filter(({ depth }) => depth > 0).map(({ name, depth }) => `${depth} messages in ${name}`),
      ...(functions.busy + inbox.poller.busy > 0 ? [`${functions.busy} runs under way`] : []),
      ...(endpoints.undelivered() > 0 ? [`${endpoints.undelivered()} events undelivered`] : []),
    ].join(', ');
  }

  #depth({ name }: Queue): number {
    const { ready, inFlight, delayed } = this.#parts.endpoints.storage.depth(name);
    return ready + inFlight + delayed;
  }
}

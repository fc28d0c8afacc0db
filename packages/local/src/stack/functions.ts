/**
 * The registry's functions, running: a pool of instances each, and for those behind a queue, the poller that feeds it.
 */
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { REGION } from '../account.ts';
import type { Clients, ProvisionedFunction } from '../provision/index.ts';
import { type OnLog, Poller, Pool } from '../runner/index.ts';

/** Handlers are named from here. */
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
/** Runs of one function at once: a laptop has few cores, and each instance holds its own copy of the AWS clients. */
const INSTANCES = 2;

export interface RunOptions {
  /** What every function has in its environment beside its own. */
  readonly env: Readonly<Record<string, string>>;
  /** Seconds until a failed message is tried again, at most its queue's visibility timeout. */
  readonly retryDelay: number;
  readonly onLog: OnLog;
}

export class Functions {
  readonly #pools = new Map<string, Pool>();
  readonly #pollers: Poller[] = [];

  constructor(provisioned: readonly ProvisionedFunction[], clients: Clients, options: RunOptions) {
    for (const one of provisioned) {
      const limit = Math.min(INSTANCES, one.consumes?.concurrency ?? 1);
      const pool = new Pool(codeOf(one, options), { limit, onLog: options.onLog });
      this.#pools.set(one.definition.name, pool);
      if (one.consumes === undefined) continue;
      const { queue, batchSize, visibilityTimeout } = one.consumes;
      const source = {
        name: one.definition.name,
        queue,
        batchSize,
        retryDelay: Math.min(options.retryDelay, visibilityTimeout),
        region: REGION,
        limit,
        run: async (event: unknown) => await pool.run(event),
      };
      this.#pollers.push(new Poller(source, clients.sqs));
    }
  }

  /** Runs and batches under way. */
  get busy(): number {
    const parts = [...this.#pools.values(), ...this.#pollers];
    return parts.reduce((sum, { busy }) => sum + busy, 0);
  }

  /** @throws RunFailed */
  async run(name: string, event: unknown): Promise<unknown> {
    const pool = this.#pools.get(name);
    if (pool === undefined) throw new RangeError(`there is no function named ${name}`);
    return await pool.run(event);
  }

  /**
   * Takes no more messages, lets what runs finish for `grace` milliseconds, and ends the rest: its messages are back in
   * their queues.
   */
  async stop(grace: number): Promise<void> {
    await Promise.all(this.#pollers.map(async (poller) => await poller.stopReceiving()));
    const finished = Promise.all(this.#pollers.map(async (poller) => await poller.finished()));
    const timer = setTimeout(() => void this.#end(), grace);
    await finished;
    clearTimeout(timer);
    await this.#end();
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(async (pool) => await pool.stop()));
  }
}

function codeOf({ definition, env }: ProvisionedFunction, options: RunOptions) {
  const { name, handler, timeout, memory } = definition;
  const dot = handler.lastIndexOf('.');
  return {
    name,
    module: pathToFileURL(join(ROOT, `${handler.slice(0, dot)}.ts`)).href,
    exported: handler.slice(dot + 1),
    timeout,
    memory,
    env: {
      ...options.env,
      ...env,
      AWS_LAMBDA_FUNCTION_NAME: name,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
    },
  };
}

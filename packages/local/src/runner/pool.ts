/**
 * The instances of one function: started when an event needs one, kept warm, never more than `limit`.
 */

import { stopped } from './failure.ts';
import { type FunctionCode, Instance, type OnLog } from './instance.ts';

export class Pool {
  readonly #code: FunctionCode;
  readonly #limit: number;
  readonly #onLog: OnLog;
  readonly #warm: Instance[] = [];
  readonly #all = new Set<Instance>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #stopping = false;

  constructor(code: FunctionCode, { limit, onLog }: { limit: number; onLog: OnLog }) {
    this.#code = code;
    this.#limit = limit;
    this.#onLog = onLog;
  }

  /** Runs at once, at most. */
  get limit(): number {
    return this.#limit;
  }

  /** Runs under way or waiting for an instance. */
  get busy(): number {
    return this.#running + this.#waiting.length;
  }

  /**
   * Runs the handler on a warm instance or a new one, after waiting for its turn.
   * @throws RunFailed
   */
  async run(event: unknown): Promise<unknown> {
    await this.#turn();
    try {
      return await this.#runNow(event);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Ends every instance, and every run with it. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#all].map(async (instance) => await instance.stop()));
  }

  async #turn(): Promise<void> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
  }

  async #runNow(event: unknown): Promise<unknown> {
    if (this.#stopping) throw stopped(this.#code.name);
    const instance = this.#take();
    try {
      return await instance.run(event);
    } finally {
      if (instance.usable) this.#warm.push(instance);
      else this.#all.delete(instance);
    }
  }

  #take(): Instance {
    for (let warm = this.#warm.pop(); warm !== undefined; warm = this.#warm.pop()) {
      if (warm.usable) return warm;
      this.#all.delete(warm); // it ended between two runs, by an error nobody awaited
    }
    const instance = new Instance(this.#code, this.#onLog);
    this.#all.add(instance);
    return instance;
  }
}

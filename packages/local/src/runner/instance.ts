/**
 * An instance of a function, what Lambda calls an execution environment: a thread with an environment of its own that
 * takes one event at a time and stays warm for the next. A run past its timeout ends the thread, even one stuck in a
 * synchronous loop; so does a crash. Whoever owns the instance starts another.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import { MINUTE, messageOf, SECOND, systemClock } from '@millrace/core/runtime';
import { functionArn } from '../account.ts';
import { crashed, handlerThrew, neverStarted, stopped, timedOut } from './failure.ts';
import type { FromInstance, InstanceData, ToInstance } from './protocol.ts';

/** What a function is, to run it. */
export interface FunctionCode {
  readonly name: string;
  /** URL of the module. */
  readonly module: string;
  readonly exported: string;
  /** Seconds. */
  readonly timeout: number;
  /** MB of heap, after which the thread ends. */
  readonly memory: number;
  /** The whole of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** A line a function wrote to its output. */
export type OnLog = (name: string, line: string) => void;

/** Importing a handler may take this long; Lambda gives 10 s, a busy laptop may need more. */
const START_LIMIT = MINUTE;

interface Run {
  readonly requestId: string;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Instance {
  readonly #code: FunctionCode;
  readonly #worker: Worker;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #run: Run | undefined;
  #end: Error | undefined;

  constructor(code: FunctionCode, onLog: OnLog) {
    this.#code = code;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { module: code.module, exported: code.exported, context: contextOf(code) } satisfies InstanceData,
      env: { ...code.env },
      execArgv: ['--disable-warning=ExperimentalWarning'], // Node's notice about running TypeScript
      resourceLimits: { maxOldGenerationSizeMb: code.memory },
      stdout: true,
      stderr: true,
    });
    this.#forward(this.#worker.stdout, onLog);
    this.#forward(this.#worker.stderr, onLog);
    this.#ready = this.#starting();
    this.#ready.catch(() => undefined); // whoever runs it is told; until then nobody listens
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.#worker.on('message', (message: FromInstance) => this.#settle(message));
    this.#worker.once('error', (error) => this.#ended(crashed(code.name, messageOf(error))));
    this.#worker.once('exit', (status) => this.#ended(crashed(code.name, `its thread ended with exit code ${status}`)));
  }

  /** False once the thread has ended or is ending. */
  get usable(): boolean {
    return this.#end === undefined;
  }

  /**
   * Runs the handler. One run at a time.
   * @returns what the handler returned, as JSON carries it.
   * @throws RunFailed; after a timeout or a crash the instance is not usable.
   */
  async run(event: unknown): Promise<unknown> {
    await this.#ready;
    const requestId = randomUUID();
    const { timeout, name } = this.#code;
    const result = new Promise<unknown>((resolve, reject) => {
      this.#run = { requestId, resolve, reject };
    });
    const timer = setTimeout(() => void this.#terminate(timedOut(name, timeout)), timeout * SECOND);
    try {
      if (this.#end !== undefined) throw this.#end;
      const deadline = systemClock() + timeout * SECOND;
      this.#worker.postMessage({ requestId, event: JSON.stringify(event), deadline } satisfies ToInstance);
      return await result;
    } finally {
      clearTimeout(timer);
      this.#run = undefined;
    }
  }

  /** Ends the thread and whatever runs in it; resolves when it is gone. */
  async stop(): Promise<void> {
    await this.#terminate(stopped(this.#code.name));
    await this.#exited;
  }

  async #starting(): Promise<void> {
    const { name } = this.#code;
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => {
        void this.#terminate(neverStarted(name, `importing it took over ${START_LIMIT / SECOND} s`));
      }, START_LIMIT);
      this.#worker.once('message', () => resolve());
      this.#worker.once('error', (error) => reject(neverStarted(name, error.stack ?? error.message)));
      this.#worker.once('exit', (status) => reject(this.#end ?? neverStarted(name, `exit code ${status}`)));
      this.#worker.once('exit', () => clearTimeout(limit));
      this.#worker.once('message', () => clearTimeout(limit));
    });
  }

  #settle(message: FromInstance): void {
    if (message.kind === 'ready' || message.requestId !== this.#run?.requestId) return;
    if (message.kind === 'result') this.#run.resolve(JSON.parse(message.result));
    else this.#run.reject(handlerThrew(this.#code.name, message.message));
  }

  async #terminate(why: Error): Promise<void> {
    this.#ended(why);
    await this.#worker.terminate();
  }

  #ended(why: Error): void {
    this.#end ??= why;
    this.#run?.reject(this.#end);
  }

  #forward(from: Readable, onLog: OnLog): void {
    createInterface({ input: from }).on('line', (line) => onLog(this.#code.name, line));
  }
}

const contextOf = (code: FunctionCode) => ({
  functionName: code.name,
  functionVersion: '$LATEST',
  invokedFunctionArn: functionArn(code.name),
  memoryLimitInMB: String(code.memory),
  logGroupName: `/aws/lambda/${code.name}`,
  logStreamName: 'local',
  callbackWaitsForEmptyEventLoop: true,
});

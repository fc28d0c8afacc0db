/**
 * A delivery queue in simulated time, for tests of hours in seconds: messages come back after their delay, the ticker
 * runs every minute.
 */
import { MINUTE, messageOf, SECOND } from '../../runtime/index.ts';
import {
  type DeliveryMessage,
  type DeliveryQueue,
  type Inhibitions,
  type Routes,
  sendDelivery,
  tickAlerts,
} from '../index.ts';

/** What one run of a sender takes (ms of simulated time). */
const RUN = 5;

export class SimulatedQueue implements DeliveryQueue {
  /** ms */
  now: number;
  /** Messages that a handler threw for. */
  readonly failures: string[] = [];
  /** Runs of the sender. */
  runs = 0;
  /** Messages sent to the queue. */
  sends = 0;
  readonly #routes: Routes;
  readonly #inhibitions: Inhibitions;
  /** Messages by the second they show in. */
  readonly #waiting = new Map<number, DeliveryMessage[]>();
  #count = 0;

  constructor(routes: Routes, now: number, inhibitions: Inhibitions = []) {
    this.#routes = routes;
    this.#inhibitions = inhibitions;
    this.now = now;
  }

  readonly clock = (): number => this.now;

  get size(): number {
    return this.#count;
  }

  /** SQS counts in whole seconds. */
  async send(messages: readonly DeliveryMessage[], delay = 0): Promise<void> {
    const second = Math.ceil((this.now + Math.max(0, delay)) / SECOND);
    this.#waiting.set(second, [...(this.#waiting.get(second) ?? []), ...messages]);
    this.#count += messages.length;
    this.sends += messages.length;
  }

  /** Lets time pass up to `end` (ms): sends what shows, ticks every minute. */
  async runUntil(end: number): Promise<void> {
    while (this.now < end) {
      const second = Math.floor(this.now / SECOND);
      if (second % (MINUTE / SECOND) === 0) await this.tick();
      await this.#work(second);
      this.now = Math.max(this.now, (second + 1) * SECOND);
    }
  }

  async tick(): Promise<void> {
    const [routes, inhibitions] = [this.#routes, this.#inhibitions];
    await tickAlerts({ now: this.now, queue: this, routes, inhibitions });
  }

  async #work(second: number): Promise<void> {
    for (const due of [...this.#waiting.keys()].filter((one) => one <= second).toSorted((a, b) => a - b)) {
      const messages = this.#waiting.get(due) ?? [];
      this.#waiting.delete(due);
      this.#count -= messages.length;
      for (const message of messages) await this.#handle(message);
    }
  }

  async #handle(message: DeliveryMessage): Promise<void> {
    this.runs += 1;
    this.now += RUN;
    try {
      await sendDelivery(message, { routes: this.#routes, now: this.clock, queue: this });
    } catch (caught) {
      this.failures.push(messageOf(caught));
    }
  }
}

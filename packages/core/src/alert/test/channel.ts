/**
 * A channel on a stack for tests: alerts are routed to a Slack of ours over the real queue, in time that a test moves on.
 */
import { MINUTE } from '../../runtime/index.ts';
import { deliveriesQueueUrl } from '../../runtime/resource.ts';
import { type AlertEvent, deliveryQueue, type Inhibitions, type Routes, tickAlerts } from '../index.ts';
import type { SlackStandIn } from './slack-stand-in.ts';
import { clearTable, drain, items, pump, routeEvent } from './stack.ts';

export interface ChannelOptions {
  readonly slack: SlackStandIn;
  readonly routes: Routes;
  readonly inhibitions?: Inhibitions;
  /** When (ms) a test begins. */
  readonly start: number;
}

export class Channel {
  /** ms */
  now: number;
  /** One for each test. */
  project = '';
  readonly #options: Required<ChannelOptions>;
  #count = 0;

  constructor(options: ChannelOptions) {
    this.#options = { inhibitions: [], ...options };
    this.now = options.start;
  }

  /** Back to the start, with nothing in table, queue and channel. */
  async clear(): Promise<void> {
    this.now = this.#options.start;
    this.#options.slack.forget();
    await Promise.all([drain(deliveriesQueueUrl()), clearTable()]);
  }

  /** `clear`, and another project. */
  async begin(): Promise<void> {
    this.project = `shop-${++this.#count}`;
    await this.clear();
  }

  async route(event: AlertEvent): Promise<void> {
    const { routes, inhibitions } = this.#options;
    await routeEvent(event, { routes, inhibitions, now: () => this.now });
  }

  async tick(queue = deliveryQueue): Promise<void> {
    const { routes, inhibitions } = this.#options;
    await tickAlerts({ now: this.now, queue, routes, inhibitions });
  }

  async send(): Promise<void> {
    await pump({ routes: this.#options.routes, now: () => this.now });
  }

  /** Lets time pass to `after` ms from the start, with a tick every minute. */
  async pass(after: number): Promise<void> {
    const end = this.#options.start + after;
    for (; this.now < end; this.now += MINUTE) {
      await this.tick();
      await this.send();
    }
    this.now = end;
  }

  /** Sends what is due; the messages since the last look. */
  async heard(): Promise<string[]> {
    await this.send();
    return this.#options.slack.messages.splice(0);
  }

  /** Names of what lies in the table. */
  async entities(): Promise<string[]> {
    return (await items(this.project)).map(({ __edb_e__ }) => String(__edb_e__));
  }
}

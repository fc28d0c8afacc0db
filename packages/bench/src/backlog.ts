/**
 * `backlog`: pending deliveries to Slack, drained by as many senders at once as there are in AWS. What each costs the
 * table, in capacity units, from the first to the last of a backlog, and whether anything was scanned.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { deterministicId, iso, MINUTE, SECOND } from '@millrace/core/runtime';
import { triggers } from '@millrace/functions/workflows';
import { createResources, linkEnvironment } from '@millrace/local/provision';

type Alert = typeof import('@millrace/core/alert');
type Message = import('@millrace/core/alert').DeliveryMessage;

const PENDING = 100_000;
const PARTS = 10;
/** Of each part, this many are drained: all of it takes about half an hour on two cores. `all` for all. */
const { MILLRACE_BENCH_DRAIN = '200' } = process.env;
const BATCH = 500;
const PROJECT = 'bench';
const ROUTE = 'ops-slack';
const START = Date.parse('2026-03-02T10:00:00.000Z');

export interface BacklogResult {
  readonly bench: 'backlog';
  readonly case: string;
  readonly deliveries: number;
  /** Capacity units and requests, each per delivery. */
  readonly reads: number;
  readonly writes: number;
  readonly requests: number;
  readonly scans: number;
  readonly perSecond: number;
}

/** Yields one result for each tenth of the backlog, while all the rest is pending. */
export async function* benchBacklog(): AsyncGenerator<BacklogResult> {
  const worker = new Worker(new URL('./endpoints-worker.ts', import.meta.url), { stderr: true });
  try {
    const [env] = await once(worker, 'message');
    Object.assign(process.env, env);
    Object.assign(process.env, linkEnvironment(await createResources({ prefix: 'bench' })));
    const alert = await import('@millrace/core/alert'); // reads Resource: after the environment
    const { documentClient, keyPart, table } = await import('@millrace/core/table');
    const meter = new Meter();
    meter.attach(documentClient() as unknown as Client); // its overloads come down to this
    const options = { ...table(), concurrency: 4 };
    const waiting: Message[] = [];
    for (let start = 0; start < PENDING; start += BATCH) {
      const some = Array.from({ length: Math.min(BATCH, PENDING - start) }, (_, n) => pendingOf(start + n, keyPart));
      await alert.AlertTransition.put(some.map(({ transition }) => transition)).go(options);
      await alert.AlertDelivery.put(some.map(({ delivery }) => delivery)).go(options);
      waiting.push(...some.map(({ message }) => message));
    }
    for (let part = 1; part <= PARTS; part++) {
      const tenth = waiting.splice(0, PENDING / PARTS);
      const share = MILLRACE_BENCH_DRAIN === 'all' ? tenth : tenth.slice(0, Number(MILLRACE_BENCH_DRAIN));
      yield await drain(alert, meter, share, `tenth ${part} of ${PENDING} pending`);
    }
  } finally {
    await worker.terminate();
  }
}

async function drain(alert: Alert, meter: Meter, share: Message[], name: string): Promise<BacklogResult> {
  const { length: deliveries } = share;
  const senders = triggers.find(({ source }) => source.kind === 'deliveries')?.source;
  const { concurrency, attempts } = senders?.kind === 'deliveries' ? senders : { concurrency: 1, attempts: 1 };
  // as fast as turns are given at all: at Slack's own rate, a minute's worth would take a minute
  const routes = alert.defineRoutes({ [ROUTE]: { kind: 'slack', secret: 'SlackWebhookUrl', perMinute: 60_000 } });
  const queue = { send: async (messages: readonly Message[]) => void share.push(...messages) };
  const comeBack = returning(share, attempts);
  meter.reset();
  const begun = performance.now();
  const work = async () => {
    for (let message = share.shift(); message !== undefined; message = share.shift()) {
      await alert.sendDelivery(message, { routes, now: Date.now, queue }).catch(comeBack(message));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const seconds = (performance.now() - begun) / SECOND;
  const each = (total: number) => Math.round((total / deliveries) * 100) / 100;
  return {
    bench: 'backlog',
    case: name,
    deliveries,
    reads: each(meter.reads),
    writes: each(meter.writes),
    requests: each(meter.requests),
    scans: meter.scans,
    perSecond: Math.round(deliveries / seconds),
  };
}

/** What the queue does: a message whose run failed comes back, so many times in all. */
function returning(share: Message[], attempts: number) {
  const failures = new Map<string, number>();
  return (message: Message) => (caught: unknown) => {
    const count = (failures.get(message.delivery) ?? 0) + 1;
    if (count >= attempts) throw caught;
    failures.set(message.delivery, count);
    share.push(message);
  };
}

/** One alert's raise, as the router leaves it. */
function pendingOf(n: number, keyPart: typeof import('@millrace/core/table').keyPart) {
  const episode = `eps_${n}`;
  const position = '000001';
  const window = { start: iso(START), end: iso(START + 5 * MINUTE) };
  const id = deterministicId('dlv', PROJECT, episode, position, ROUTE);
  const key = { project: keyPart(PROJECT), episode: keyPart(episode), position: keyPart(position) };
  const expiresAt = Math.floor(Date.parse(window.end) / SECOND) + 400 * 86_400;
  const alert = {
    episode,
    sequence: 1,
    rule: { id: 'payments-failed', version: 1, name: 'Payments failed' },
    severity: 'critical',
    partition: { country: String(n) },
    startedAt: window.start,
    window,
    value: '7',
    threshold: '>= 5',
    series: [2, 1, 3, 1, 2, 7],
    routes: [ROUTE],
    sendResolved: true,
    labels: { team: 'checkout' },
    summary: '7 payments failed within 5 minutes',
  };
  return {
    transition: { ...key, change: 'raised', status: 'firing', alert, expiresAt } as const,
    delivery: {
      ...key,
      route: keyPart(ROUTE),
      id: keyPart(id),
      sequence: 1,
      at: Date.parse(window.end),
      state: 'pending',
      attempts: 0,
      expiresAt,
    } as const,
    message: {
      delivery: id,
      project: PROJECT,
      episode,
      position,
      route: ROUTE,
      cause: { id: 'evt_1', traceId: 'trc_1', hop: 0 },
    },
  };
}

const WRITES = new Set(['PutCommand', 'UpdateCommand', 'DeleteCommand']);

interface Command {
  readonly input: { ReturnConsumedCapacity?: string };
}

interface Client {
  send(command: Command): Promise<{ readonly ConsumedCapacity?: { readonly CapacityUnits?: number } }>;
}

/** Adds up what the table says each request consumed. */
class Meter {
  reads = 0;
  writes = 0;
  requests = 0;
  scans = 0;

  attach(client: Client): void {
    const send = client.send.bind(client);
    client.send = async (command) => {
      command.input.ReturnConsumedCapacity = 'TOTAL';
      const result = await send(command);
      this.#count(command.constructor.name, result.ConsumedCapacity?.CapacityUnits ?? 0);
      return result;
    };
  }

  #count(name: string, units: number): void {
    this.requests += 1;
    if (name === 'ScanCommand') this.scans += 1;
    if (WRITES.has(name)) this.writes += units;
    else this.reads += units;
  }

  reset(): void {
    this.reads = 0;
    this.writes = 0;
    this.requests = 0;
    this.scans = 0;
  }
}

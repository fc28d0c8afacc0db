/**
 * The sender: brings one delivery to its destination, once.
 *
 * A claim in the ledger keeps two senders from posting the same message. What is left is one window, which no webhook
 * can close: from the moment the destination takes the message until the ledger says so. A crash in it, or an answer
 * that never arrives, repeats the message.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '../../bus/index.ts';
import { AlertDelivered, AlertDeliveryFailed, follow } from '../../event/index.ts';
import { type Backoff, type Clock, fullJitter, log, MINUTE, MillraceError, SECOND } from '../../runtime/index.ts';
import { ensureDeadline } from '../deadline.ts';
import type { Opened } from '../destination/destination.ts';
import type { Outcome } from '../destination/outcome.ts';
import { untold, wordingOf } from '../message/wording.ts';
import { kindOf, openRoute, type Routes } from '../route/routes.ts';
import {
  claimDelivery,
  type Delivery,
  deferDelivery,
  deliveriesOf,
  isSettled,
  readDelivery,
  type Settlement,
  settleDelivery,
} from './delivery.ts';
import { closeDestination, openDestination, takeTurn } from './pace.ts';
import { type DeliveryMessage, type DeliveryQueue, deliveryMessage, LONGEST_DELAY } from './queue.ts';

/** Waits before trying a destination again that named no time itself. */
const BACKOFF: Backoff = { base: 2 * SECOND, cap: 5 * MINUTE };
/** Attempts before a delivery fails: with the back-off above four hours or more, after which an alert is no news. */
const ATTEMPTS = 100;
/** How soon to look again at a delivery another sender holds: most take less, and its lease ends in a minute. */
const HELD = 5 * SECOND;
/** How much too early (ms) the ticker brings a delivery: it comes once a minute, and a turn does not last so long. */
const EARLY = 2 * MINUTE;
/** A turn this near is waited for: the queue counts in whole seconds. */
const NEAR = 300;

/** A delivery that will not happen; its message goes to the dead-letter queue. */
export class DeliveryFailed extends MillraceError {
  constructor({ id, route, episode, sequence }: Delivery, reason: string) {
    super('delivery_failed', `${id} (${episode} ${sequence} to ${route}) failed: ${reason}`, { retryable: false });
  }
}

/** A message without its ledger item: a delivery so old that it has expired, or not one of ours. */
export class UnknownDelivery extends MillraceError {
  constructor({ delivery, project }: DeliveryMessage) {
    super('unknown_delivery', `there is no delivery ${delivery} in project ${project}`, { retryable: false });
  }
}

export interface SenderOptions {
  readonly routes: Routes;
  readonly now: Clock;
  readonly queue: DeliveryQueue;
}

/**
 * Sees to one delivery; any number of repeats of a message send one notification.
 *
 * - In order: a delivery waits for the earlier ones of its episode and route. Its message is dropped meanwhile, because
 *   whoever settles an earlier delivery queues the next.
 * - At the destination's pace, where it has one: a delivery gets a turn and comes back for it.
 * - 429, 5xx, throttles and silence: back to the queue, after exactly `Retry-After` where the destination gave one, else
 *   by exponential back-off with full jitter; up to `ATTEMPTS`. A destination with a pace is left alone by all meanwhile.
 * - Everything else the destination says fails the delivery at once.
 * - A settled delivery is told by `alert.delivered` or `alert.delivery_failed`; by a repeat again, under the same id.
 *
 * @throws DeliveryFailed, UnknownDelivery (not retryable); ConfigurationError where a secret is missing: nothing was
 *   claimed then, and the message can be sent again from the dead-letter queue once the secret is set.
 */
export async function sendDelivery(message: DeliveryMessage, options: SenderOptions): Promise<void> {
  const { routes, now } = options;
  const [delivery, wording] = await Promise.all([readDelivery(message), wordingOf(message)]);
  if (delivery === undefined) throw new UnknownDelivery(message);
  if (isSettled(delivery)) return await conclude(delivery, message, options);

  const earlier = await earlierDeliveries(delivery);
  if (!earlier.every(isSettled)) return;
  if (wording === undefined) throw new UnknownDelivery(message);
  const opened = openRoute(routes, delivery.route);
  const free = freeAt(delivery, now());
  if (free > now()) return await sendLater(message, free, options);
  const left = untold(wording, earlier);
  const turn = left === undefined ? await turnFor(delivery, opened, now()) : { at: now(), failing: false };
  if (turn.at - now() > NEAR) return await sendLater(message, turn.at, options);
  if (turn.at > now()) await sleep(turn.at - now());
  const claimed = await claimDelivery(delivery, Math.max(now(), turn.at));
  if (claimed === undefined) return await sendLater(message, now() + HELD, options);

  const settlement = left ?? (await attempt(claimed, wording.message(earlier), { opened, now, failing: turn.failing }));
  const settled = await settleDelivery(claimed, settlement);
  if (settled === undefined) {
    log.warn('a delivery outlasted its claim and may be sent twice', { delivery: claimed.id, route: claimed.route });
    return;
  }
  if (isSettled(settled)) return await conclude(settled, message, options);
  await sendLater(message, settled.retryAt ?? now(), options);
}

/** What the same route was to hear of the same episode before. */
async function earlierDeliveries(delivery: Delivery): Promise<Delivery[]> {
  const all = await deliveriesOf(delivery, delivery.route);
  return all.filter(({ position }) => position < delivery.position);
}

/** When (ms) a delivery can be claimed. For one that has a turn, its destination decides. */
function freeAt({ state, leaseUntil = 0, retryAt = 0 }: Delivery, now: number): number {
  if (state === 'sending') return leaseUntil > now ? now + HELD : now;
  return retryAt;
}

async function turnFor(delivery: Delivery, { pace }: Opened, now: number) {
  if (pace === undefined) return { at: now, failing: false };
  const turn = await takeTurn(pace, delivery.retryAt, now);
  if (turn.at - now > NEAR) await deferDelivery(delivery, turn.at);
  return turn;
}

/** Has the message come back at a time (ms): by its queue where that can wait so long, else by the ticker. */
async function sendLater(message: DeliveryMessage, at: number, { queue, now }: SenderOptions): Promise<void> {
  const wait = at - now();
  if (wait <= LONGEST_DELAY) return await queue.send([message], wait);
  const { project, episode, route, position } = message;
  await ensureDeadline({ project, subject: episode, route, position }, at - EARLY);
}

interface Attempt {
  readonly opened: Opened;
  readonly now: Clock;
  /** Whether the destination failed last. */
  readonly failing: boolean;
}

/** Tries once. */
async function attempt(
  claimed: Delivery,
  message: Parameters<Opened['send']>[0],
  { opened, now, failing }: Attempt,
): Promise<Settlement> {
  const outcome = await opened.send(message, { delivery: claimed.id, now });
  const { pace } = opened;
  if (outcome.result !== 'retry') {
    if (pace !== undefined && failing) await openDestination(pace);
    return outcome.result === 'sent' ? { state: 'sent' } : { state: 'failed', reason: outcome.reason };
  }
  const { attempts } = claimed;
  if (attempts >= ATTEMPTS) {
    return { state: 'failed', reason: `gave up after ${attempts} attempts, the last: ${outcome.reason}` };
  }
  return { state: 'pending', retryAt: await retryTime(outcome, attempts, opened, now()) };
}

/** When (ms) to try again. */
async function retryTime(
  { after }: Extract<Outcome, { result: 'retry' }>,
  attempts: number,
  { pace }: Opened,
  now: number,
): Promise<number> {
  if (pace === undefined) return now + (after ?? fullJitter(attempts - 1, BACKOFF));
  await closeDestination(pace, after, now);
  return (await takeTurn(pace, undefined, now)).at;
}

/** What follows from a settled delivery; all of it can be repeated. @throws DeliveryFailed where it failed. */
async function conclude(delivery: Delivery, message: DeliveryMessage, options: SenderOptions): Promise<void> {
  const { state, route, reason = '' } = delivery;
  if (state === 'sent' || state === 'failed') await report(delivery, message, options);
  const next = (await deliveriesOf(delivery, route)).find((one) => !isSettled(one));
  if (next?.state === 'pending') await options.queue.send([deliveryMessage(next, message.cause)]);
  if (state === 'failed') throw new DeliveryFailed(delivery, reason);
}

/** Tells what became of a notification. */
async function report(delivery: Delivery, { cause }: DeliveryMessage, { routes }: SenderOptions): Promise<void> {
  const { id, project, episode, sequence, route, attempts, reason = '', retries } = delivery;
  const outcome = { delivery: id, episode, sequence, route, kind: kindOf(routes, route), attempts };
  const failed = delivery.state === 'failed';
  const metadata = follow(cause, {
    type: (failed ? AlertDeliveryFailed : AlertDelivered).type,
    subject: retries === undefined ? [id] : [id, retries],
    project,
    producedBy: 'sender',
  });
  const event = failed
    ? AlertDeliveryFailed.create({ ...outcome, reason }, metadata)
    : AlertDelivered.create(outcome, metadata);
  await publish([event]);
}

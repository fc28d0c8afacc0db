/**
 * The sender: brings one delivery to its destination, once.
 *
 * A claim in the ledger keeps two senders from posting the same message. What is left is one window, which no webhook
 * can close: from the moment the destination takes the message until the ledger says so. A crash in it, or an answer
 * that never arrives, repeats the message.
 */
import { publish } from '../bus/index.ts';
import { AlertDelivered, AlertDeliveryFailed, follow } from '../event/index.ts';
import { type Backoff, type Clock, fullJitter, log, MINUTE, MillraceError, SECOND } from '../runtime/index.ts';
import { claimDelivery, type Delivery, deliveriesOf, isSettled, readDelivery, settleDelivery } from './delivery.ts';
import type { Outcome } from './destination/outcome.ts';
import { type DeliveryMessage, type DeliveryQueue, deliveryMessage } from './queue.ts';
import { kindOf, openRoute, type Routes } from './routes.ts';
import { readTransition } from './transition.ts';

/** Waits before trying a destination again that named no time itself. */
const BACKOFF: Backoff = { base: 2 * SECOND, cap: 5 * MINUTE };
/** Attempts before a delivery fails: with the back-off above about four hours, after which an alert is no news. */
const ATTEMPTS = 100;
/** How soon to look again at a delivery another sender holds: most take less, and its lease ends in a minute. */
const HELD = 5 * SECOND;

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
 * - 429, 5xx, throttles and silence: back to the queue, after exactly `Retry-After` where the destination gave one, else
 *   by exponential back-off with full jitter; up to `ATTEMPTS`.
 * - Everything else the destination says fails the delivery at once.
 * - A settled delivery is told by `alert.delivered` or `alert.delivery_failed`; by a repeat again, under the same id.
 *
 * @throws DeliveryFailed, UnknownDelivery (not retryable); ConfigurationError where a secret is missing: nothing was
 *   claimed then, and the message can be sent again from the dead-letter queue once the secret is set.
 */
export async function sendDelivery(message: DeliveryMessage, options: SenderOptions): Promise<void> {
  const { routes, now, queue } = options;
  const [delivery, announcement] = await Promise.all([readDelivery(message), readTransition(message)]);
  if (delivery === undefined || announcement === undefined) throw new UnknownDelivery(message);
  if (isSettled(delivery)) return conclude(delivery, message, options);

  const earlier = await earlierDeliveries(delivery);
  if (!earlier.every(isSettled)) return;
  const { send } = openRoute(routes, delivery.route);
  const claimed = await claimDelivery(delivery, now());
  if (claimed === undefined) return queue.send([message], untilFree(delivery, now()));

  const outcome = neverAnnounced(earlier) ?? (await send(announcement, now));
  const settled = await settleDelivery(claimed, settlementOf(outcome, claimed, now()));
  if (settled === undefined) {
    log.warn('a delivery outlasted its claim and may be sent twice', { delivery: claimed.id, route: claimed.route });
    return;
  }
  if (isSettled(settled)) return conclude(settled, message, options);
  await queue.send([message], (settled.retryAt ?? now()) - now());
}

/** What the same route was to hear of the same episode before. */
async function earlierDeliveries(delivery: Delivery): Promise<Delivery[]> {
  const all = await deliveriesOf(delivery, delivery.route);
  return all.filter(({ position }) => position < delivery.position);
}

/** Nobody is told of the end of what nobody was told of. */
function neverAnnounced(earlier: readonly Delivery[]): Outcome | undefined {
  if (earlier.length === 0 || earlier.some(({ state }) => state === 'sent')) return undefined;
  return { result: 'refused', reason: 'the alert was never announced here, because its own delivery failed' };
}

/** How long (ms) until a delivery that could not be claimed is worth another look. */
function untilFree({ state, retryAt = 0 }: Delivery, now: number): number {
  return state === 'pending' && retryAt > now ? retryAt - now : HELD;
}

function settlementOf(outcome: Outcome, { attempts }: Delivery, now: number) {
  if (outcome.result === 'sent') return { state: 'sent' } as const;
  if (outcome.result === 'refused') return { state: 'failed', reason: outcome.reason } as const;
  if (attempts >= ATTEMPTS) {
    return { state: 'failed', reason: `gave up after ${attempts} attempts, the last: ${outcome.reason}` } as const;
  }
  return { state: 'pending', retryAt: now + (outcome.after ?? fullJitter(attempts - 1, BACKOFF)) } as const;
}

/** What follows from a settled delivery; all of it can be repeated. @throws DeliveryFailed where it failed. */
async function conclude(delivery: Delivery, message: DeliveryMessage, { routes, queue }: SenderOptions): Promise<void> {
  const { id, project, episode, sequence, route, attempts, reason = '' } = delivery;
  const outcome = { delivery: id, episode, sequence, route, kind: kindOf(routes, route), attempts };
  const failed = delivery.state === 'failed';
  const metadata = follow(message.cause, {
    type: (failed ? AlertDeliveryFailed : AlertDelivered).type,
    subject: [id],
    project,
    producedBy: 'sender',
  });
  const event = failed
    ? AlertDeliveryFailed.create({ ...outcome, reason }, metadata)
    : AlertDelivered.create(outcome, metadata);
  await publish([event]);

  const next = (await deliveriesOf(delivery, route)).find((one) => !isSettled(one));
  if (next?.state === 'pending') await queue.send([deliveryMessage(next, message.cause)]);
  if (failed) throw new DeliveryFailed(delivery, reason);
}

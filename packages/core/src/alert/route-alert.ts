/**
 * The router: remembers a transition and leaves one delivery for each destination that hears of it.
 */
import { type AlertEvent, announcementOf } from './announcement.ts';
import { deliveriesOf, deliveryId, enterDelivery, isSettled } from './delivery.ts';
import { advanceEpisode } from './episode.ts';
import { deliveriesDue } from './plan.ts';
import { type DeliveryQueue, deliveryMessage } from './queue.ts';
import { listTransitions, recordTransition } from './transition.ts';

/**
 * Routes one alert event. Idempotent, and independent of the order in which an episode's events arrive: the deliveries
 * follow from the history known, strongly read after this event entered it.
 *
 * Each write can be the last before a crash, since the event comes back and every step finds what is done. A delivery is
 * in the ledger before its message is in the queue. Queued are the deliveries of this event, and of later ones that
 * waited for it, which still wait; of each route only the earliest, because the sender queues the next when it is settled.
 *
 * @throws SequenceTaken where the event contradicts the episode's history; EnqueueError where the queue took too little.
 */
export async function routeAlert(event: AlertEvent, { queue }: { readonly queue: DeliveryQueue }): Promise<void> {
  const announcement = announcementOf(event);
  await recordTransition(announcement);
  await advanceEpisode(announcement);

  const episode = { project: announcement.project, episode: announcement.alert.episode };
  const [transitions, ledger] = await Promise.all([listTransitions(episode), deliveriesOf(episode)]);
  const deliveries = new Map(ledger.map((delivery) => [delivery.id, delivery]));
  const busy = new Set<string>(); // routes with an earlier delivery that is not settled
  const messages = [];
  for (const due of deliveriesDue(transitions)) {
    const { position } = due.announcement;
    const key = { ...episode, position, route: due.route };
    const delivery = deliveries.get(deliveryId(key));
    if (delivery === undefined)
      await enterDelivery(due); // in order of position, as the sender relies on
    else if (isSettled(delivery)) continue;
    const waits = delivery?.state !== 'sending';
    if (waits && !busy.has(due.route) && position >= announcement.position) {
      messages.push(deliveryMessage(key, event.metadata));
    }
    busy.add(due.route);
  }
  if (messages.length > 0) await queue.send(messages);
}

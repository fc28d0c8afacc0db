/**
 * The router: remembers a transition and leaves one delivery for each destination that hears of it, or leaves the alert
 * with the groups it is told in.
 */
import type { Clock } from '../../runtime/index.ts';
import { ensureDeadline } from '../deadline.ts';
import { deliveriesOf, deliveryId, enterDelivery, entryOf, isSettled } from '../deliver/delivery.ts';
import { type DeliveryQueue, deliveryMessage } from '../deliver/queue.ts';
import { advanceEpisode } from '../episode/episode.ts';
import { listTransitions, recordTransition } from '../episode/transition.ts';
import { joinGroup } from '../group/group.ts';
import { type AlertEvent, type Announcement, announcementOf } from '../message/announcement.ts';
import { type Inhibitions, recordInhibitors } from '../mute/inhibition.ts';
import { coolDown, type Mute, muteOf, type Surroundings, surroundingsOf } from '../mute/mute.ts';
import { subjectOf } from './matcher.ts';
import { type Due, deliveriesDue, unbroken } from './plan.ts';
import { groupingOf, policyFor } from './policy.ts';
import { type Routes, takes } from './routes.ts';

export interface RouterOptions {
  readonly queue: DeliveryQueue;
  readonly routes: Routes;
  readonly inhibitions: Inhibitions;
  readonly now: Clock;
}

/**
 * Routes one alert event. Idempotent, and independent of the order in which an episode's events arrive: the deliveries
 * follow from the history known, strongly read after this event entered it. Whether an alert is muted is decided once,
 * when its delivery enters the ledger.
 *
 * Each write can be the last before a crash, since the event comes back and every step finds what is done. A delivery is
 * in the ledger before its message is in the queue. Queued are the deliveries of this event, and of later ones that
 * waited for it, which still wait; of each route only the earliest, because the sender queues the next when it is settled.
 *
 * @throws SequenceTaken where the event contradicts the episode's history; EnqueueError where the queue took too little.
 */
export async function routeAlert(event: AlertEvent, options: RouterOptions): Promise<void> {
  const { queue, routes, inhibitions } = options;
  const announcement = announcementOf(event);
  await recordTransition(announcement);
  await advanceEpisode(announcement);
  await recordInhibitors(announcement, inhibitions);

  const episode = { project: announcement.project, episode: announcement.alert.episode };
  const [transitions, ledger] = await Promise.all([listTransitions(episode), deliveriesOf(episode)]);
  const deliveries = new Map(ledger.map((delivery) => [delivery.id, delivery]));
  const row = unbroken(transitions);
  const policies = policiesOf(row, routes);
  const enter = entrance(options, policies);
  const busy = new Set<string>(); // routes with an earlier delivery that is not settled
  const messages = [];
  for (const due of deliveriesDue(
    transitions,
    (route, one) => groupingOf(policies(route)) === undefined && takes(routes.get(route), one),
  )) {
    const { position } = due.announcement;
    const key = { ...episode, position, route: due.route };
    const delivery = deliveries.get(deliveryId(key));
    const settled = delivery === undefined ? (await enter(due)) === 'suppressed' : isSettled(delivery); // in order of position, as the sender relies on
    if (settled) continue;
    const waits = delivery?.state !== 'sending';
    if (waits && !busy.has(due.route) && position >= announcement.position) {
      messages.push(deliveryMessage(key, event.metadata));
    }
    busy.add(due.route);
  }
  if (messages.length > 0) await queue.send(messages);
  await joinGroups(row, options);
}

/** The policy of each route for an episode: its rule's settings are those it was raised with, to its end. */
function policiesOf([first]: readonly Announcement[], routes: Routes) {
  return (name: string) => policyFor(routes.get(name), first?.alert.notify);
}

/** Enters deliveries as pending, or as suppressed with somebody to come back when that may be over. */
function entrance({ inhibitions, now }: RouterOptions, policies: ReturnType<typeof policiesOf>) {
  const at = now();
  let surroundings: Promise<Surroundings> | undefined;
  return async ({ announcement, route }: Due): Promise<'pending' | 'suppressed'> => {
    const { project, status, change, alert } = announcement;
    const policy = policies(route);
    const subject = subjectOf(announcement);
    surroundings ??= surroundingsOf(project, inhibitions, at);
    const fresh = change === 'raised';
    const mute: Mute | undefined =
      (await muteOf(subject, policy, await surroundings)) ??
      (fresh ? await coolDown(subject, route, policy, at) : undefined);
    const again = mute?.until ?? (fresh && policy.repeat !== undefined ? at + policy.repeat : undefined);
    if (status === 'firing' && again !== undefined) {
      await ensureDeadline({ project, subject: alert.episode, route, position: '' }, again);
    }
    const state = mute === undefined ? 'pending' : 'suppressed';
    await enterDelivery({
      ...entryOf(announcement, route),
      state,
      ...(mute === undefined ? {} : { reason: mute.reason }),
    });
    return state;
  };
}

/**
 * Leaves an episode as it stands with the groups of every route that ever was to hear of it. Which those are follows from
 * how it began: an edit of the rule's labels moves no episode to another group.
 */
async function joinGroups(row: readonly Announcement[], { routes, now }: RouterOptions): Promise<void> {
  const [first] = row;
  const standing = row.at(-1);
  if (first === undefined || standing === undefined) return;
  for (const name of new Set(row.flatMap(({ alert }) => alert.routes))) {
    const route = routes.get(name);
    if (route !== undefined && takes(route, first)) await joinGroup({ first, standing }, { name, route }, now());
  }
}

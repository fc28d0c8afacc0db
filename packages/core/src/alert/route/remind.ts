/**
 * An episode's turn on a route: an alert that was muted is told when it still fires; one that was told is told again.
 */
import { MINUTE } from '../../runtime/index.ts';
import { type Deadline, finishDeadline } from '../deadline.ts';
import { deliveriesOf, enterDelivery, entryOf, isSettled, reminderPosition } from '../deliver/delivery.ts';
import { deliveryMessage, timeCause } from '../deliver/queue.ts';
import { readEpisode } from '../episode/episode.ts';
import { listTransitions } from '../episode/transition.ts';
import type { TimeOptions } from '../group/flush-group.ts';
import { coolDown, muteOf, surroundingsOf } from '../mute/mute.ts';
import { subjectOf } from './matcher.ts';
import { unbroken } from './plan.ts';
import { policyFor } from './policy.ts';
import { takes } from './routes.ts';

/** How soon to look again where the last message is still on its way: nobody needs two at once. */
const UNDER_WAY = 5 * MINUTE;

/**
 * Looks at the episode a deadline is about, and finishes the deadline. A message that a crash kept from its queue is
 * entered under the same name again, and queued.
 * @param held by `holdDeadline`.
 */
export async function remind(held: Deadline, options: TimeOptions): Promise<void> {
  const { now, queue, routes, inhibitions } = options;
  const { project, subject, route: name } = held;
  const episode = { project, episode: subject };
  const [transitions, ledger] = await Promise.all([listTransitions(episode), deliveriesOf(episode, name)]);
  const row = unbroken(transitions);
  const [first, standing] = [row[0], row.at(-1)];
  const route = routes.get(name);
  if (first === undefined || standing?.status !== 'firing' || route === undefined || !takes(route, first)) {
    return await finishDeadline(held, undefined);
  }
  const policy = policyFor(route, first.alert.notify);
  const key = { ...episode, position: reminderPosition(standing, held.planned), route: name };
  const again = policy.repeat === undefined ? undefined : now + policy.repeat;
  const send = async () => {
    await enterDelivery({ ...entryOf(standing, name), ...key, state: 'pending' });
    await queue.send([deliveryMessage(key, timeCause(held))]);
    await finishDeadline(held, again);
  };
  if (ledger.some(({ position }) => position === key.position)) return await send();
  if (ledger.some((delivery) => !isSettled(delivery))) return await finishDeadline(held, now + UNDER_WAY);

  const told = ledger.some(({ state }) => state === 'sent');
  if (told && (again === undefined || (await readEpisode(episode))?.acknowledged !== undefined)) {
    return await finishDeadline(held, again);
  }
  const about = subjectOf(standing);
  const mute =
    (await muteOf(about, policy, await surroundingsOf(project, inhibitions, now))) ??
    (told ? undefined : await coolDown(about, name, policy, now));
  if (mute !== undefined) return await finishDeadline(held, mute.until);
  await send();
}

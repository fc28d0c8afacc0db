/**
 * Sending again what failed for good, once somebody has mended why.
 */

import type { EpisodeKey } from '../episode/transition.ts';
import { deliveriesOf, reviveDelivery } from './delivery.ts';
import { type Cause, type DeliveryQueue, deliveryMessage } from './queue.ts';

/**
 * Makes every failed delivery of an episode (or a group) to a route pending again, in order, and queues the first: the
 * sender goes on with the others. What was told there already is not told twice.
 * @returns how many there were.
 */
export async function retryDeliveries(
  episode: EpisodeKey,
  route: string,
  { queue, cause }: { readonly queue: DeliveryQueue; readonly cause: Cause },
): Promise<number> {
  let revived = 0;
  for (const delivery of await deliveriesOf(episode, route)) {
    if (delivery.state === 'failed' && (await reviveDelivery(delivery))) revived += 1;
  }
  const first = (await deliveriesOf(episode, route)).find(({ state }) => state === 'pending');
  if (first !== undefined) await queue.send([deliveryMessage(first, cause)]);
  return revived;
}

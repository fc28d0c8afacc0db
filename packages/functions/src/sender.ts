/**
 * Woken by the delivery queue.
 */
import { deliveryQueue, parseDeliveryMessage, sendDelivery } from '@millrace/core/alert';
import { queueConsumer } from '@millrace/core/bus';
import { systemClock } from '@millrace/core/runtime';
import { routes } from '@millrace/pipeline/routes';

export const handler = queueConsumer((body) =>
  sendDelivery(parseDeliveryMessage(body), { routes, now: systemClock, queue: deliveryQueue }),
);

/**
 * Woken by the delivery queue.
 */
import { deliveryQueue, parseDeliveryMessage, sendDelivery } from '@millrace/core/alert';
import { queueConsumer } from '@millrace/core/bus';
import { followTrace, systemClock } from '@millrace/core/runtime';
import { routes } from '@millrace/pipeline/routes';

export const handler = queueConsumer(async (body) => {
  const message = parseDeliveryMessage(body);
  followTrace(message.cause.traceId);
  await sendDelivery(message, { routes, now: systemClock, queue: deliveryQueue });
});

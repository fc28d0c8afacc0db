/**
 * Moves rules and alerts on as time passes without events, and publishes what a crash left in an outbox. The time is that
 * of the scheduled event.
 */
import { deliveryQueue, tickAlerts } from '@millrace/core/alert';
import { tick } from '@millrace/core/rule';
import { tracedByTime } from '@millrace/core/runtime';
import { inhibitions, routes } from '@millrace/pipeline/routes';
import { streams } from '@millrace/pipeline/streams';
import type { ScheduledHandler } from 'aws-lambda';

export const handler: ScheduledHandler = async (event) => {
  const now = Date.parse(event.time);
  await tracedByTime('tick', [event.time], async () => {
    await Promise.all([tick({ ...streams, now }), tickAlerts({ now, queue: deliveryQueue, routes, inhibitions })]);
  });
};

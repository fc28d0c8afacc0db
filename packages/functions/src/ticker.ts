/**
 * Moves rules on as time passes without events, and publishes what a crash left in an outbox. The time is that of the
 * scheduled event.
 */
import { tick } from '@millrace/core/rule';
import { streams } from '@millrace/pipeline/streams';
import type { ScheduledHandler } from 'aws-lambda';

export const handler: ScheduledHandler = async (event) => {
  await tick({ ...streams, now: Date.parse(event.time) });
};

/** Makes attributions final whose touches are all there or will not come. The time is that of the scheduled event. */
import { finishAttributions } from '@millrace/core/attribution';
import { tracedByTime } from '@millrace/core/runtime';
import { attributions } from '@millrace/pipeline/attributions';
import { streams } from '@millrace/pipeline/streams';
import type { ScheduledHandler } from 'aws-lambda';

export const handler: ScheduledHandler = async ({ time }) => {
  await tracedByTime('finish', [time], async () => {
    await finishAttributions({ attributions, ...streams, now: () => Date.parse(time) });
  });
};

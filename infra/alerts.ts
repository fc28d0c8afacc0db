/**
 * The way of an alert out of the system: the queue of deliveries between router and sender, and the SNS topic that
 * routes of kind SNS publish to.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { triggers } from '../packages/functions/src/workflows.ts';
import { deadLetteredQueue } from './queue.ts';
import { arnOf, existing } from './stage.ts';

export const alerts = existing.topic
  ? sst.aws.SnsTopic.get('Alerts', arnOf('sns', existing.topic))
  : new sst.aws.SnsTopic('Alerts');

const sender = triggers.find(({ source }) => source.kind === 'deliveries');
if (sender?.source.kind !== 'deliveries') {
  throw new Error(
    'packages/functions/src/workflows.ts has no trigger with the source "deliveries": nothing would be sent',
  );
}

export const deliveries = deadLetteredQueue('Deliveries', {
  name: sender.name,
  timeout: sender.timeout,
  attempts: sender.source.attempts,
});

/**
 * The typed bus: every event in packages/core/src/event/catalogue.ts travels on it. Its archive keeps them, so that they can
 * be replayed to a workflow that was added or mended since (docs/operations.md#replay).
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { existing, permanent, prefix } from './stage.ts';

export const bus = existing.bus ? sst.aws.Bus.get('Events', existing.bus) : new sst.aws.Bus('Events');

/** Of a bus that others use too, ours alone. Events are pointers of about 1 KB: at a file a second, 8 GB in 90 days. */
new aws.cloudwatch.EventArchive('EventsArchive', {
  name: `${prefix}-events`,
  description: 'Every typed event, for replay.',
  eventSourceArn: bus.arn,
  eventPattern: $jsonStringify({ source: [`${$app.name}.${$app.stage}`] }), // as core's publish() names it
  retentionDays: permanent ? 90 : 7, // as long as quarantined lines are kept; nobody replays a stage of their own for long
});

/**
 * What differs between stages: `production` keeps its data whatever is removed, a personal stage leaves nothing behind.
 */
/// <reference path="../.sst/platform/config.d.ts" />

/** Whether what this stage holds must outlive it. sst.config.ts decides. */
export const permanent = $app.removal !== 'remove';

/** How long function logs are kept. */
export const logRetention = permanent ? '3 months' : '1 week';

/** The first part of every name we give ourselves; SST names the rest the same way. */
export const prefix = `${$app.name}-${$app.stage}`;

/**
 * An existing bucket to read streams from and write derived ones to, instead of one of our own: set MILLRACE_BUCKET to
 * its name in `.env.<stage>`, which SST reads. It must lie in the region of the stage and already send its events to
 * EventBridge (`aws s3api put-bucket-notification-configuration`, `EventBridgeConfiguration: {}`): setting that from
 * here would erase the notifications it has.
 */
export const existingBucket = process.env.MILLRACE_BUCKET || undefined;

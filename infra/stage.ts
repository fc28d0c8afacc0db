/**
 * What differs between stages: a permanent one (sst.config.ts says which) keeps its data whatever is removed and is
 * watched; a personal one leaves nothing behind and costs nothing while nobody uses it. What a stage borrows instead of
 * making its own comes from `.env.<stage>`, which SST reads; docs/operations.md has the list.
 */
/// <reference path="../.sst/platform/config.d.ts" />

/** Whether what this stage holds must outlive it. */
export const permanent = $app.removal !== 'remove';

/** Whether Pulumi refuses to delete or to replace what holds data; a deployment with `protect: false` lifts that. */
export const kept = $app.protect === true;

/** How long function logs are kept. */
export const logRetention = permanent ? '3 months' : '1 week';

/** Whether alarms and a dashboard are made: about $10 a month, which a stage of one's own can do without. */
export const watched = permanent || process.env.MILLRACE_WATCHED === 'true';

/** Where alarms are mailed to, in addition to the operators' topic. Whoever it is has to confirm once. */
export const operatorsEmail = process.env.MILLRACE_OPERATORS_EMAIL || undefined;

/** Where you serve the web console for this stage; alerts then link to it. */
export const consoleUrl = process.env.MILLRACE_CONSOLE_URL || undefined;

/** The first part of every name we give ourselves; SST names the rest the same way. */
export const prefix = `${$app.name}-${$app.stage}`;

/** Names of what exists already and is used as it is. All must lie in the region and account of the stage. */
export const existing = {
  /**
   * For streams and what is derived from them. It must already send its events to EventBridge
   * (`aws s3api put-bucket-notification-configuration`, `EventBridgeConfiguration: {}`): setting that from here would
   * erase the notifications it has.
   */
  bucket: process.env.MILLRACE_BUCKET || undefined,
  /** For typed events; one that other applications use too will do. */
  bus: process.env.MILLRACE_BUS || undefined,
  /** With the keys, index and TTL that infra/storage.ts would have given it, and nothing else in it. */
  table: process.env.MILLRACE_TABLE || undefined,
  /** For alerts. */
  topic: process.env.MILLRACE_TOPIC || undefined,
} as const;

/** The ARN of something of this account and region. */
export function arnOf(service: string, resource: $util.Input<string>): $util.Output<string> {
  const { partition } = aws.getPartitionOutput();
  const { name: region } = aws.getRegionOutput();
  const { accountId } = aws.getCallerIdentityOutput();
  return $interpolate`arn:${partition}:${service}:${region}:${accountId}:${resource}`;
}

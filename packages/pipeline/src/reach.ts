/**
 * What of your own, outside of Millrace, its functions may touch. They are granted what is named here and nothing more,
 * so name a bucket here before a source or a copy uses it; a test compares. All lie in the stage's account and region,
 * but for what a role opens.
 */
export const reach = {
  /**
   * Buckets that producers write to, beside the app's own: read by every workflow over stream files; what is refused of
   * them is quarantined in them. Each has to send its events to EventBridge; see docs/streams.md.
   */
  sourceBuckets: [],
  /** Buckets that copies with a sink of kind s3 write to with the copier's own rights. */
  copyBuckets: [],
  /** ARNs of roles, of any account, that copies assume to write to a bucket; see docs/copies.md. */
  copyRoles: [],
  /** Names of the delivery streams of copies with a sink of kind firehose. */
  deliveryStreams: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Where data lies: the bucket of stream files (producers' and derived ones) and the one table of state.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { CHECKPOINT_PREFIX, QUARANTINE_PREFIX } from '../packages/core/src/event/index.ts';
import { existing, kept, permanent } from './stage.ts';

/**
 * What becomes of objects in time. Producers' files are theirs: nothing here ends them. docs/operations.md says how to
 * give an existing bucket the same rules.
 */
const lifecycle = [
  {
    id: 'replaced-versions', // every run over a file writes its derived files again, and each leaves a version behind
    status: 'Enabled',
    filter: {},
    noncurrentVersionExpiration: { noncurrentDays: 30 }, // a month to notice, and to bring a version back
    expiration: { expiredObjectDeleteMarker: true },
    abortIncompleteMultipartUpload: { daysAfterInitiation: 1 }, // a run lasts minutes
  },
  {
    id: 'quarantine',
    status: 'Enabled',
    filter: { prefix: QUARANTINE_PREFIX },
    expiration: { days: 90 }, // as long as the events that led there can be replayed
  },
  {
    id: 'checkpoints',
    status: 'Enabled',
    filter: { prefix: CHECKPOINT_PREFIX },
    expiration: { days: 7 }, // longer than a message lives; the parts it refers to are gone after a day
  },
  {
    id: 'derived',
    status: 'Enabled',
    filter: { tag: { key: 'millrace', value: 'derived' } }, // core's stream/writer.ts; a test compares
    transitions: [{ days: 30, storageClass: 'INTELLIGENT_TIERING' }], // read rarely by then, and kept: people rely on them
  },
];

export const streams = existing.bucket ? sst.aws.Bucket.get('Streams', existing.bucket) : ownBucket();

/** Public access is blocked and plain HTTP refused, both SST's defaults. */
function ownBucket() {
  const bucket = new sst.aws.Bucket('Streams', {
    cors: false,
    versioning: true,
    transform: {
      bucket: (args, options) => {
        args.forceDestroy = !permanent;
        options.protect = kept;
      },
    },
  });
  // SST has no option for EventBridge; an empty list of notifications carries it.
  bucket.notify({ notifications: [], transform: { notification: { eventbridge: true } } });
  new aws.s3.BucketServerSideEncryptionConfigurationV2('StreamsEncryption', {
    bucket: bucket.name,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }], // S3's own key: no price, no key policy
  });
  new aws.s3.BucketLifecycleConfigurationV2('StreamsLifecycle', { bucket: bucket.name, rules: lifecycle });
  return bucket;
}

/** On demand and with point-in-time recovery, both SST's defaults. Index and TTL as packages/core/src/table has them. */
export const state = existing.table
  ? sst.aws.Dynamo.get('State', existing.table)
  : new sst.aws.Dynamo('State', {
      fields: { pk: 'string', sk: 'string', gsi1pk: 'string', gsi1sk: 'string' },
      primaryIndex: { hashKey: 'pk', rangeKey: 'sk' },
      globalIndexes: { gsi1: { hashKey: 'gsi1pk', rangeKey: 'gsi1sk' } },
      ttl: 'expiresAt',
      transform: {
        table: (args, options) => {
          args.deletionProtectionEnabled = permanent;
          options.protect = kept;
        },
      },
    });

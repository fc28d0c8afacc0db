/**
 * Where data lies: the bucket of stream files (producers' and derived ones) and the one table of state.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { existingBucket, permanent } from './stage.ts';

export const streams = existingBucket ? sst.aws.Bucket.get('Streams', existingBucket) : ownBucket();

function ownBucket() {
  const bucket = new sst.aws.Bucket('Streams', {
    cors: false,
    transform: { bucket: { forceDestroy: !permanent } },
  });
  // SST has no option for EventBridge; an empty list of notifications carries it.
  bucket.notify({ notifications: [], transform: { notification: { eventbridge: true } } });
  return bucket;
}

/** On demand and with point-in-time recovery, both SST's defaults. Index and TTL as packages/core/src/table has them. */
export const state = new sst.aws.Dynamo('State', {
  fields: { pk: 'string', sk: 'string', gsi1pk: 'string', gsi1sk: 'string' },
  primaryIndex: { hashKey: 'pk', rangeKey: 'sk' },
  globalIndexes: { gsi1: { hashKey: 'gsi1pk', rangeKey: 'gsi1sk' } },
  ttl: 'expiresAt',
  transform: { table: { deletionProtectionEnabled: permanent } },
});

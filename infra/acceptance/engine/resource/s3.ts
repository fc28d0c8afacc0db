import { readFile } from 'node:fs/promises';
import {
  CreateBucketCommand,
  type LifecycleRule,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import { resourceType } from './resource-type.ts';

const s3 = new S3Client({});

const lifecycleRule = z.strictObject({
  id: z.string(),
  status: z.literal('Enabled'),
  filter: z.strictObject({
    prefix: z.string().optional(),
    tag: z.strictObject({ key: z.string(), value: z.string() }).optional(),
  }),
  expiration: z
    .strictObject({ days: z.number() })
    .or(z.strictObject({ expiredObjectDeleteMarker: z.boolean() }))
    .optional(),
  noncurrentVersionExpiration: z.strictObject({ noncurrentDays: z.number() }).optional(),
  abortIncompleteMultipartUpload: z.strictObject({ daysAfterInitiation: z.number() }).optional(),
  transitions: z.array(z.strictObject({ days: z.number(), storageClass: z.literal('INTELLIGENT_TIERING') })).optional(),
});

function toLifecycleRule(rule: z.output<typeof lifecycleRule>): LifecycleRule {
  const { prefix, tag } = rule.filter;
  const { expiration, noncurrentVersionExpiration: noncurrent, abortIncompleteMultipartUpload: abort } = rule;
  return {
    ID: rule.id,
    Status: rule.status,
    Filter: tag === undefined ? { Prefix: prefix ?? '' } : { Tag: { Key: tag.key, Value: tag.value } },
    ...(expiration && {
      Expiration:
        'days' in expiration
          ? { Days: expiration.days }
          : { ExpiredObjectDeleteMarker: expiration.expiredObjectDeleteMarker },
    }),
    ...(noncurrent && { NoncurrentVersionExpiration: { NoncurrentDays: noncurrent.noncurrentDays } }),
    ...(abort && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: abort.daysAfterInitiation } }),
    ...(rule.transitions && {
      Transitions: rule.transitions.map(({ days, storageClass }) => ({ Days: days, StorageClass: storageClass })),
    }),
  };
}

export const s3Types = {
  'aws:s3/bucketV2:BucketV2': resourceType(
    { bucket: z.string(), forceDestroy: z.boolean() }, // how to remove it: the provider's own business
    async ({ bucket }) => {
      await s3.send(new CreateBucketCommand({ Bucket: bucket }));
      const region = await s3.config.region();
      const domains = {
        bucketDomainName: `${bucket}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${bucket}.s3.${region}.amazonaws.com`,
      };
      return { id: bucket, outputs: { bucket, arn: `arn:aws:s3:::${bucket}`, region, ...domains } };
    },
  ),

  'aws:s3/bucketVersioningV2:BucketVersioningV2': resourceType(
    { bucket: z.string(), versioningConfiguration: z.strictObject({ status: z.literal('Enabled') }) },
    async ({ bucket, versioningConfiguration: { status } }) => {
      const VersioningConfiguration = { Status: status };
      await s3.send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration }));
      return { id: bucket, outputs: {} };
    },
  ),

  'aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2': resourceType(
    {
      bucket: z.string(),
      rules: z.tuple([
        z.strictObject({ applyServerSideEncryptionByDefault: z.strictObject({ sseAlgorithm: z.literal('AES256') }) }),
      ]),
    },
    async ({ bucket, rules }) => {
      const Rules = rules.map(({ applyServerSideEncryptionByDefault: { sseAlgorithm } }) => ({
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: sseAlgorithm },
      }));
      await s3.send(new PutBucketEncryptionCommand({ Bucket: bucket, ServerSideEncryptionConfiguration: { Rules } }));
      return { id: bucket, outputs: {} };
    },
  ),

  'aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2': resourceType(
    { bucket: z.string(), rules: z.array(lifecycleRule) },
    async ({ bucket, rules }) => {
      const LifecycleConfiguration = { Rules: rules.map(toLifecycleRule) };
      await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: bucket, LifecycleConfiguration }));
      return { id: bucket, outputs: {} };
    },
  ),

  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': resourceType(
    {
      bucket: z.string(),
      blockPublicAcls: z.boolean(),
      blockPublicPolicy: z.boolean(),
      ignorePublicAcls: z.boolean(),
      restrictPublicBuckets: z.boolean(),
    },
    async ({ bucket, ...block }) => {
      const PublicAccessBlockConfiguration = {
        BlockPublicAcls: block.blockPublicAcls,
        BlockPublicPolicy: block.blockPublicPolicy,
        IgnorePublicAcls: block.ignorePublicAcls,
        RestrictPublicBuckets: block.restrictPublicBuckets,
      };
      await s3.send(new PutPublicAccessBlockCommand({ Bucket: bucket, PublicAccessBlockConfiguration }));
      return { id: bucket, outputs: {} };
    },
  ),

  'aws:s3/bucketPolicy:BucketPolicy': resourceType(
    { bucket: z.string(), policy: z.string() },
    async ({ bucket, policy }) => {
      await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: policy }));
      return { id: bucket, outputs: {} };
    },
  ),

  'aws:s3/bucketNotification:BucketNotification': resourceType(
    {
      bucket: z.string(),
      eventbridge: z.literal(true),
      lambdaFunctions: z.tuple([]),
      queues: z.tuple([]),
      topics: z.tuple([]),
    },
    async ({ bucket }) => {
      const NotificationConfiguration = { EventBridgeConfiguration: {} };
      await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }));
      return { id: bucket, outputs: {} };
    },
  ),

  'aws:s3/bucketObjectv2:BucketObjectv2': resourceType(
    { bucket: z.string(), key: z.string(), source: z.strictObject({ path: z.string() }) },
    async ({ bucket, key, source }) => {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: await readFile(source.path) }));
      return { id: key, outputs: {} };
    },
  ),
};

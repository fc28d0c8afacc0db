import { readFile } from 'node:fs/promises';
import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import { resourceType } from './resource-type.ts';

const s3 = new S3Client({});

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

/**
 * What a function may do with what is not Millrace's: the buckets, roles, topics and delivery streams that
 * packages/pipeline/src/reach.ts and the registry name, and no others.
 */
import type { Reach } from '../packages/functions/src/workflows.ts';

/** How what exists already is called in the stage's account. */
interface Naming<Arn> {
  /** ARN of something of this account and region. */
  arnOf(service: string, resource: string): Arn;
  /** ARN of a bucket, or of objects in one, which have neither. */
  bucketArn(path: string): Arn;
}

interface Permission<Arn> {
  readonly actions: string[];
  readonly resources: (Arn | string)[];
}

/** Buckets that producers write to: all of it is read. */
export function readSources<Arn>(buckets: readonly string[], { bucketArn }: Naming<Arn>): Permission<Arn>[] {
  return buckets.flatMap((bucket) => [
    { actions: ['s3:GetObject'], resources: [bucketArn(`${bucket}/*`)] },
    { actions: ['s3:ListBucket'], resources: [bucketArn(bucket)] },
  ]);
}

/** And what is refused of them is kept beside it: nothing else is written there. */
export function quarantineInSources<Arn>(
  buckets: readonly string[],
  { prefix, bucketArn }: Naming<Arn> & { readonly prefix: string },
): Permission<Arn>[] {
  return buckets.map((bucket) => ({
    actions: ['s3:PutObject', 's3:AbortMultipartUpload'],
    resources: [bucketArn(`${bucket}/${prefix}*`)],
  }));
}

export function reachOut<Arn>(
  { buckets = [], roles = [], deliveryStreams = [], topics = [] }: Reach,
  { arnOf, bucketArn }: Naming<Arn>,
): Permission<Arn>[] {
  return [
    ...buckets.map((bucket) => ({
      actions: ['s3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'],
      resources: [bucketArn(`${bucket}/*`)],
    })),
    ...roles.map((role) => ({ actions: ['sts:AssumeRole'], resources: [role] })),
    ...deliveryStreams.map((stream) => ({
      actions: ['firehose:PutRecordBatch'],
      resources: [arnOf('firehose', `deliverystream/${stream}`)],
    })),
    ...topics.map((topic) => ({ actions: ['sns:Publish'], resources: [topic] })),
  ];
}

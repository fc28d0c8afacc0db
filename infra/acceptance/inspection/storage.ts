import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { at, text } from '../../test/graph.ts';
import { type ClientSettings, json, type Look } from './look.ts';

export function bucketLooks(settings: ClientSettings): Record<string, Look> {
  const s3 = new S3Client({ ...settings, forcePathStyle: true });
  const of = (inputs: Parameters<Look>[0]) => ({ Bucket: text(inputs, 'bucket') });
  return {
    'aws:s3/bucketV2:BucketV2': async (inputs) => {
      const { $metadata } = await s3.send(new HeadBucketCommand(of(inputs)));
      return { status: [$metadata.httpStatusCode, 200] };
    },
    'aws:s3/bucketVersioningV2:BucketVersioningV2': async (inputs) => {
      const { Status } = await s3.send(new GetBucketVersioningCommand(of(inputs)));
      return { status: [Status, at(inputs, 'versioningConfiguration', 'status')] };
    },
    'aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2': async (inputs) => {
      const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand(of(inputs)));
      const found = ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm;
      return { algorithm: [found, at(inputs, 'rules', 0, 'applyServerSideEncryptionByDefault', 'sseAlgorithm')] };
    },
    'aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2': async (inputs) => {
      const { Rules = [] } = await s3.send(new GetBucketLifecycleConfigurationCommand(of(inputs)));
      const wanted = at(inputs, 'rules');
      const rules = Array.isArray(wanted) ? wanted : [];
      const found = Rules.map(({ ID, Expiration, NoncurrentVersionExpiration, Transitions }) => [
        ...[ID, Expiration?.Days, NoncurrentVersionExpiration?.NoncurrentDays, Transitions?.[0]?.StorageClass],
      ]);
      const asked = rules.map((rule) => [
        ...[at(rule, 'id'), at(rule, 'expiration', 'days'), at(rule, 'noncurrentVersionExpiration', 'noncurrentDays')],
        at(rule, 'transitions', 0, 'storageClass'),
      ]);
      return { rules: [found, asked] };
    },
    'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': async (inputs) => {
      const { PublicAccessBlockConfiguration: found } = await s3.send(new GetPublicAccessBlockCommand(of(inputs)));
      return {
        blockPublicAcls: [found?.BlockPublicAcls, inputs.blockPublicAcls],
        blockPublicPolicy: [found?.BlockPublicPolicy, inputs.blockPublicPolicy],
        ignorePublicAcls: [found?.IgnorePublicAcls, inputs.ignorePublicAcls],
        restrictPublicBuckets: [found?.RestrictPublicBuckets, inputs.restrictPublicBuckets],
      };
    },
    'aws:s3/bucketPolicy:BucketPolicy': async (inputs) => {
      const { Policy } = await s3.send(new GetBucketPolicyCommand(of(inputs)));
      return { policy: [json(Policy), json(inputs.policy)] };
    },
    'aws:s3/bucketNotification:BucketNotification': async (inputs) => {
      const found = await s3.send(new GetBucketNotificationConfigurationCommand(of(inputs)));
      return { eventbridge: [found.EventBridgeConfiguration !== undefined, inputs.eventbridge] };
    },
    'aws:s3/bucketObjectv2:BucketObjectv2': async (inputs) => {
      const { ContentLength = 0 } = await s3.send(new HeadObjectCommand({ ...of(inputs), Key: text(inputs, 'key') }));
      return { isEmpty: [ContentLength === 0, false] };
    },
  };
}

export function tableLooks(settings: ClientSettings): Record<string, Look> {
  const dynamodb = new DynamoDBClient(settings);
  return {
    'aws:dynamodb/table:Table': async (inputs, TableName) => {
      const [{ Table }, { TimeToLiveDescription: ttl }, { ContinuousBackupsDescription: backups }] = await Promise.all([
        dynamodb.send(new DescribeTableCommand({ TableName })),
        dynamodb.send(new DescribeTimeToLiveCommand({ TableName })),
        dynamodb.send(new DescribeContinuousBackupsCommand({ TableName })),
      ]);
      const restorable = backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
      const keys = (schema: { AttributeName: string | undefined }[] = []) => schema.map((one) => one.AttributeName);
      const index = at(inputs, 'globalSecondaryIndexes', 0);
      return {
        keys: [keys(Table?.KeySchema), [inputs.hashKey, inputs.rangeKey]],
        index: [keys(Table?.GlobalSecondaryIndexes?.[0]?.KeySchema), [at(index, 'hashKey'), at(index, 'rangeKey')]],
        billing: [Table?.BillingModeSummary?.BillingMode, inputs.billingMode],
        protected: [Table?.DeletionProtectionEnabled, inputs.deletionProtectionEnabled],
        ttl: [ttl?.AttributeName, at(inputs, 'ttl', 'attributeName')],
        restorable: [restorable, at(inputs, 'pointInTimeRecovery', 'enabled')],
      };
    },
  };
}

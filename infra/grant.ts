/**
 * What each grant of the registry means in AWS: exactly these actions on exactly these resources, and the link by which
 * the function finds them.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { QUARANTINE_PREFIX } from '../packages/core/src/event/index.ts';
import { type Grant, type Reach, sourceBuckets } from '../packages/functions/src/workflows.ts';
import { alerts, deliveries } from './alerts.ts';
import { bus } from './bus.ts';
import { quarantineInSources, reachOut, readSources } from './reach.ts';
import {
  copyHashKey,
  copySigningKey,
  enrichHashKey,
  enrichLookupKey,
  keenWriteKey,
  slackWebhookUrl,
  webhookSigningKey,
} from './secret.ts';
import { arnOf } from './stage.ts';
import { state, streams } from './storage.ts';

export interface Permission {
  readonly actions: string[];
  readonly resources: $util.Input<string>[];
}

interface Meaning {
  /** Absent where nothing has to be found. */
  readonly link?: object;
  readonly permissions: Permission[];
}

const allow = (resource: $util.Input<string>, ...actions: string[]): Permission => ({ actions, resources: [resource] });

const { partition } = aws.getPartitionOutput();
const naming = { arnOf, bucketArn: (path: string) => $interpolate`arn:${partition}:s3:::${path}` };

const streamFiles = $interpolate`${streams.arn}/*`;
const stateIndex = $interpolate`${state.arn}/index/gsi1`;

const meaning: Record<Grant, Meaning> = {
  'streams:read': {
    link: streams,
    permissions: [
      allow(streamFiles, 's3:GetObject'),
      allow(streams.arn, 's3:ListBucket'),
      ...readSources(sourceBuckets, naming),
    ],
  },
  'streams:write': {
    link: streams,
    permissions: [
      allow(streamFiles, 's3:PutObject', 's3:PutObjectTagging', 's3:AbortMultipartUpload'),
      ...quarantineInSources(sourceBuckets, { ...naming, prefix: QUARANTINE_PREFIX }),
    ],
  },
  'state:get': { link: state, permissions: [allow(state.arn, 'dynamodb:GetItem')] },
  'state:get-many': { link: state, permissions: [allow(state.arn, 'dynamodb:BatchGetItem')] },
  'state:query': { link: state, permissions: [allow(state.arn, 'dynamodb:Query')] },
  'state:query-index': { link: state, permissions: [allow(stateIndex, 'dynamodb:Query')] },
  'state:put': { link: state, permissions: [allow(state.arn, 'dynamodb:PutItem')] },
  'state:update': { link: state, permissions: [allow(state.arn, 'dynamodb:UpdateItem')] },
  'state:delete': { link: state, permissions: [allow(state.arn, 'dynamodb:DeleteItem')] },
  'state:write-many': { link: state, permissions: [allow(state.arn, 'dynamodb:BatchWriteItem')] },
  'bus:publish': { link: bus, permissions: [allow(bus.arn, 'events:PutEvents')] },
  'queue:hand-over': { permissions: [] }, // about its own queue: see consumer.ts
  'deliveries:send': { link: deliveries.queue, permissions: [allow(deliveries.queue.arn, 'sqs:SendMessage')] },
  'alerts:publish': { link: alerts, permissions: [allow(alerts.arn, 'sns:Publish')] },
  'secret:SlackWebhookUrl': { link: slackWebhookUrl, permissions: [] }, // its value travels in the link
  'secret:WebhookSigningKey': { link: webhookSigningKey, permissions: [] },
  'secret:KeenWriteKey': { link: keenWriteKey, permissions: [] },
  'secret:CopySigningKey': { link: copySigningKey, permissions: [] },
  'secret:CopyHashKey': { link: copyHashKey, permissions: [] },
  'secret:EnrichHashKey': { link: enrichHashKey, permissions: [] },
  'secret:EnrichLookupKey': { link: enrichLookupKey, permissions: [] },
};

/** The links a function with these grants needs, each once. */
export function linksOf(grants: readonly Grant[]): object[] {
  return [...new Set(grants.flatMap((grant) => meaning[grant].link ?? []))];
}

export function permissionsOf(grants: readonly Grant[], reach: Reach = {}): Permission[] {
  return [...grants.flatMap((grant) => meaning[grant].permissions), ...reachOut(reach, naming)];
}

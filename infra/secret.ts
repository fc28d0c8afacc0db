/**
 * Secrets, each with a placeholder so that a stage deploys before anybody has set it:
 * `npx sst secret set SlackWebhookUrl https://hooks.slack.com/services/…`
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { UNSET_SECRET } from '../packages/core/src/runtime/resource.ts';

/** Where routes of kind Slack post to. */
export const slackWebhookUrl = new sst.Secret('SlackWebhookUrl', UNSET_SECRET);

/** What routes of kind webhook sign their messages with. */
export const webhookSigningKey = new sst.Secret('WebhookSigningKey', UNSET_SECRET);

/** The write key of the Keen-compatible API that copies with a sink of kind keen send to. */
export const keenWriteKey = new sst.Secret('KeenWriteKey', UNSET_SECRET);

/** What copies with a sink of kind http sign their requests with. */
export const copySigningKey = new sst.Secret('CopySigningKey', UNSET_SECRET);

/** What copies hash personal data with: without it nobody can try which pseudonym a value has. */
export const copyHashKey = new sst.Secret('CopyHashKey', UNSET_SECRET);

/** What enrichments hash personal data with. */
export const enrichHashKey = new sst.Secret('EnrichHashKey', UNSET_SECRET);

/** What lookups show whom they ask: a token of an HTTP API, or the URL of a Redis. */
export const enrichLookupKey = new sst.Secret('EnrichLookupKey', UNSET_SECRET);

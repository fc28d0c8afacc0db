/**
 * What a link tells a function: where a resource is, and nothing more. SST's links also grant every action of the
 * service (`s3:*`, `dynamodb:*`, …); here a function gets its actions from its grants alone, see grant.ts.
 */
/// <reference path="../.sst/platform/config.d.ts" />

sst.Linkable.wrap(sst.aws.Bucket, ({ name }) => ({ properties: { name } }));
sst.Linkable.wrap(sst.aws.Dynamo, ({ name }) => ({ properties: { name } }));
sst.Linkable.wrap(sst.aws.Bus, ({ name, arn }) => ({ properties: { name, arn } }));
sst.Linkable.wrap(sst.aws.Queue, ({ url }) => ({ properties: { url } }));
sst.Linkable.wrap(sst.aws.SnsTopic, ({ arn }) => ({ properties: { arn } }));

/**
 * The functions of the registry that something else than the typed bus wakes: a new object in the streams bucket, the
 * queue of deliveries, the clock.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { type Trigger, triggers } from '../packages/functions/src/workflows.ts';
import { deliveries } from './alerts.ts';
import { type ConsumerDefinition, consumer } from './consumer.ts';
import { componentName, lambda } from './function.ts';
import { deadLetteredQueue } from './queue.ts';
import { streams } from './storage.ts';
import { subscribe } from './subscription.ts';

/** Where core's stream/quarantine.ts keeps what is not a stream file; infra may not import that, so a test compares. */
const RESERVED_PREFIX = '_millrace/';

for (const trigger of triggers) wake(trigger);

function wake(trigger: Trigger): void {
  const { source } = trigger;
  switch (source.kind) {
    case 'object-created':
      onObjectCreated({ ...trigger, ...source });
      break;
    case 'deliveries':
      consumer({ ...trigger, ...source }, deliveries);
      break;
    case 'schedule':
      onSchedule(trigger, source.rate);
      break;
  }
}

/** S3 tells the account's default bus of every object. */
function onObjectCreated(definition: ConsumerDefinition): void {
  const queues = deadLetteredQueue(`${componentName(definition.name)}Events`, definition);
  consumer(definition, queues);
  const pattern = {
    source: ['aws.s3'],
    'detail-type': ['Object Created'],
    detail: { bucket: { name: [streams.name] }, object: { key: [{ 'anything-but': { prefix: RESERVED_PREFIX } }] } },
  };
  subscribe({ name: definition.name, description: definition.purpose, pattern }, queues);
}

/** A failed run is not repeated: the next one, a period later, does its work. */
function onSchedule(trigger: Trigger, schedule: `rate(${string})`): void {
  const fn = lambda(trigger, { retries: 0 });
  new sst.aws.Cron(`${componentName(trigger.name)}Schedule`, { schedule, function: fn.arn });
}

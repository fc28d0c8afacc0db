/**
 * The functions of the registry that something else than the typed bus wakes: a new object in the streams bucket, the
 * queue of deliveries, the clock.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { objectCreatedPattern } from '../packages/core/src/event/index.ts';
import { environment, sourceBuckets, type Trigger, triggers } from '../packages/functions/src/workflows.ts';
import { deliveries } from './alerts.ts';
import { type ConsumerDefinition, consumer } from './consumer.ts';
import { componentName, lambda } from './function.ts';
import type { Loop } from './loop.ts';
import { deadLetteredQueue } from './queue.ts';
import { consoleUrl } from './stage.ts';
import { streams } from './storage.ts';
import { subscribe } from './subscription.ts';

export const triggerLoops = triggers.map(wake);

function wake(trigger: Trigger): Loop {
  const { source } = trigger;
  switch (source.kind) {
    case 'object-created':
      return onObjectCreated({ ...trigger, ...source });
    case 'deliveries':
      return sending({ ...trigger, ...source });
    case 'schedule':
      return onSchedule(trigger, source.rate);
  }
}

function sending(definition: Trigger & ConsumerDefinition): Loop {
  const link: Record<string, string> = consoleUrl === undefined ? {} : { [environment.consoleUrl]: consoleUrl };
  return { definition, fn: consumer(definition, deliveries, link), queues: deliveries };
}

/** S3 tells the account's default bus of every object. */
function onObjectCreated(definition: ConsumerDefinition): Loop {
  const queues = deadLetteredQueue(`${componentName(definition.name)}Events`, definition);
  const fn = consumer(definition, queues);
  const pattern = objectCreatedPattern([streams.name, ...sourceBuckets]);
  const rule = subscribe({ name: definition.name, description: definition.purpose, pattern }, queues);
  return { definition, fn, queues, rule };
}

/** A failed run is not repeated: the next one, a period later, does its work. */
function onSchedule(trigger: Trigger, schedule: `rate(${string})`): Loop {
  const fn = lambda(trigger, { retries: 0 });
  const { nodes } = new sst.aws.Cron(`${componentName(trigger.name)}Schedule`, { schedule, function: fn.arn });
  return { definition: trigger, fn, every: minutesOf(schedule), rule: { name: nodes.rule.name } };
}

/** `rate(5 minutes)` → 5, as the registry's types have it. */
function minutesOf(rate: string): number {
  return Number(/\d+/.exec(rate)?.[0]);
}

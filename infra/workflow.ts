/**
 * A workflow in AWS: rule → queue → function, and a dead-letter queue of its own.
 */
/// <reference path="../.sst/platform/config.d.ts" />
import { patternOf } from '../packages/core/src/event/index.ts';
import type { Workflow } from '../packages/functions/src/workflows.ts';
import { bus } from './bus.ts';
import { consumer } from './consumer.ts';
import { componentName } from './function.ts';
import type { Loop } from './loop.ts';
import { deadLetteredQueue } from './queue.ts';
import { subscribe } from './subscription.ts';

/** The pattern of the rule is what the workflow's event definitions and filter imply. */
export function workflow(definition: Workflow): Loop {
  const queues = deadLetteredQueue(`${componentName(definition.name)}Events`, definition);
  const fn = consumer(definition, queues);
  const rule = subscribe(
    {
      name: definition.name,
      description: definition.purpose,
      busName: bus.name,
      pattern: patternOf(definition.events, definition.filter),
    },
    queues,
  );
  return { definition, fn, queues, rule };
}

/**
 * Links: what SST puts into a function's environment so that `Resource.State.name` and the like work there.
 */
import type { Resources } from './resources.ts';

/** The stage name of the stack on a laptop. */
export const LOCAL_STAGE = 'local';

/** `SST_RESOURCE_<name>` of every resource, and of App. */
export function linkEnvironment(resources: Resources): Record<string, string> {
  return {
    ...link('App', { name: 'millrace', stage: LOCAL_STAGE }),
    ...link('Streams', { name: resources.bucket }),
    ...link('Events', { name: resources.bus }),
    ...link('State', { name: resources.table }),
    ...link('Alerts', { arn: resources.topicArn }),
    ...link('Deliveries', { url: resources.deliveries.url }),
  };
}

export function link(name: string, value: Readonly<Record<string, string>>): Record<string, string> {
  return { [`SST_RESOURCE_${name}`]: JSON.stringify(value) };
}

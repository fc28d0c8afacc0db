/**
 * Links: what SST puts into a function's environment so that `Resource.State.name` and the like work there.
 */
import type { Grant } from '@millrace/functions/workflows';
import type { Resources } from './resources.ts';

/** The stage name of the stack on a laptop. */
export const LOCAL_STAGE = 'local';

const app = link('App', { name: 'millrace', stage: LOCAL_STAGE });

/** `SST_RESOURCE_<name>` of every resource, and of App. */
export function linkEnvironment(resources: Resources): Record<string, string> {
  const { streams, bus, state, alerts, deliveries } = links(resources);
  return { ...app, ...streams, ...bus, ...state, ...alerts, ...deliveries };
}

/**
 * The links a function's grants ask for, as infra gives them, and App.
 * @param secrets values by name; one that is missing is not linked, as one never set is not.
 */
export function grantedEnvironment(
  grants: readonly Grant[],
  resources: Resources,
  secrets: Readonly<Record<string, string>>,
): Record<string, string> {
  const of = links(resources);
  const granted: Record<string, string> = { ...app };
  for (const grant of grants) {
    const [kind, name] = grant.split(':');
    if (kind === 'secret') Object.assign(granted, secret(name ?? '', secrets));
    else if (kind !== 'queue') Object.assign(granted, of[kind as Exclude<Kind, 'secret' | 'queue'>]); // the kinds of Grant, and nothing else
  }
  return granted;
}

/** What of a grant stands before its colon. */
type Kind = Grant extends `${infer Before}:${string}` ? Before : never;

function links(resources: Resources): Record<Exclude<Kind, 'secret' | 'queue'>, Record<string, string>> {
  return {
    streams: link('Streams', { name: resources.bucket }),
    bus: link('Events', { name: resources.bus }),
    state: link('State', { name: resources.table }),
    alerts: link('Alerts', { arn: resources.topicArn }),
    deliveries: link('Deliveries', { url: resources.deliveries.url }),
  };
}

function secret(name: string, secrets: Readonly<Record<string, string>>): Record<string, string> {
  const value = secrets[name];
  return value === undefined ? {} : link(name, { value });
}

function link(name: string, value: Readonly<Record<string, string>>): Record<string, string> {
  return { [`SST_RESOURCE_${name}`]: JSON.stringify(value) };
}

/**
 * The one module that reads what SST linked to this function. Everything else takes names as arguments or asks here.
 */
import { Resource } from 'sst';
import { ConfigurationError, messageOf } from './error.ts';

function linked(name: string, field: string): string {
  let value: unknown;
  try {
    value = (Resource as unknown as Record<string, Record<string, unknown>>)[name]?.[field]; // links are typed per app, core is not
  } catch (cause) {
    throw new ConfigurationError(`${name} is not linked to this function: ${messageOf(cause)}`, { cause });
  }
  if (typeof value !== 'string' || value === '') {
    throw new ConfigurationError(`${name} is linked but its ${field} is empty`);
  }
  return value;
}

/** The bucket that stream files land in, and derived ones too. */
export const streamsBucket = () => linked('Streams', 'name');
/** The typed bus. */
export const busName = () => linked('Events', 'name');
/** The one table. */
export const tableName = () => linked('State', 'name');
/** The SNS topic alerts go to where a route names no other. */
export const alertsTopicArn = () => linked('Alerts', 'arn');
/** The queue between alert router and alert sender. */
export const deliveriesQueueUrl = () => linked('Deliveries', 'url');
/** `millrace.<stage>`: the source of every event this app publishes. */
export const eventSource = () => `${linked('App', 'name')}.${linked('App', 'stage')}`;
/** What the names of everything in this stage begin with. */
export const stagePrefix = () => `${linked('App', 'name')}-${linked('App', 'stage')}`;

/**
 * The value of a secret, by the name routes use for it.
 * @throws ConfigurationError naming the command that sets it, where it is not linked or still at its placeholder.
 */
export function secret(name: string): string {
  const remedy = `set it with: npx sst secret set ${name} <value>`;
  let value: string;
  try {
    value = linked(name, 'value');
  } catch (cause) {
    throw new ConfigurationError(`the secret ${name} is missing; ${remedy}`, { cause });
  }
  if (value === UNSET_SECRET) throw new ConfigurationError(`the secret ${name} is not set; ${remedy}`);
  return value;
}

/** What infra gives a secret as its placeholder, so that a stage deploys before anybody has set it. */
export const UNSET_SECRET = 'unset';

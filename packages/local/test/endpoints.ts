/**
 * vitest's global set-up of the project `stack`: the AWS endpoints, in memory, once for the whole run. Where the
 * environment already names all of them (another emulator, or AWS itself), those are used and nothing is started.
 */
import { startEndpoints } from '@millrace/local/endpoints';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Environment variables that point the SDK at the endpoints. */
    endpoints: Readonly<Record<string, string>>;
  }
}

const SERVICES = ['DYNAMODB', 'S3', 'SQS', 'SNS', 'EVENTBRIDGE'];

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (SERVICES.every((service) => process.env[`AWS_ENDPOINT_URL_${service}`] ?? process.env.AWS_ENDPOINT_URL)) {
    project.provide('endpoints', {});
    return undefined;
  }
  const endpoints = await startEndpoints();
  project.provide('endpoints', endpoints.env);
  return endpoints.stop;
}

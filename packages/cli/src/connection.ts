/**
 * Which stage a command talks to: a deployed one, linked by `sst shell` or named by its bucket, or the stack that runs on
 * this machine. What it finds goes into the environment, where the AWS clients and SST's `Resource` look, so everything
 * that reads those (all of core) is imported after it.
 */
import { MillraceError, messageOf } from '@millrace/core/runtime';
import { CONTROL_PORT } from '@millrace/local';
import { UsageError } from './arguments.ts';

/** The control endpoint of the running stack. */
export interface LocalStack {
  readonly kind: 'local';
  readonly endpoint: string;
}
/** A stage in AWS. */
export interface DeployedStage {
  readonly kind: 'deployed';
}
export type Connection = LocalStack | DeployedStage;

/** Long for a program on the same machine, and short for a person. */
const PATIENCE = 5000;

export class NoStage extends MillraceError {
  constructor(endpoint: string, cause: unknown) {
    super(
      'no_stage',
      `no stack answers at ${endpoint} (${messageOf(cause)}). Start one with "pnpm start" in another terminal, give its ` +
        'address with --endpoint, or, for a deployed stage, run this under "npx sst shell --stage NAME"',
      { cause, retryable: false },
    );
  }
}

export const endpointOption = {
  endpoint: { value: 'URL', says: `control endpoint of the running stack (default http://127.0.0.1:${CONTROL_PORT})` },
} as const;

/**
 * A stack given by its endpoint; else the stage linked by `sst shell`; else the stack at the default port.
 * @throws NoStage where nobody answers, UsageError where the endpoint is no URL.
 */
export async function connect(endpoint: string | undefined): Promise<Connection> {
  if (endpoint === undefined && process.env.SST_RESOURCE_State !== undefined) return { kind: 'deployed' };
  return await connectLocal(endpoint);
}

export async function connectLocal(endpoint = `http://127.0.0.1:${CONTROL_PORT}`): Promise<LocalStack> {
  if (!URL.canParse(endpoint))
    throw new UsageError(`--endpoint "${endpoint}" is no URL; write it as http://127.0.0.1:PORT`);
  const health = await ask(endpoint, 'health');
  const env = typeof health === 'object' && health !== null && 'env' in health ? health.env : undefined;
  if (typeof env !== 'object' || env === null) throw new NoStage(endpoint, 'what answers is no millrace stack');
  for (const [name, value] of Object.entries(env)) if (typeof value === 'string') process.env[name] = value;
  return { kind: 'local', endpoint };
}

/** Sends a request to a stack's control endpoint. @returns what it says, as JSON. @throws NoStage */
export async function ask(endpoint: string, path: string, body?: unknown): Promise<unknown> {
  try {
    const response = await fetch(new URL(path, endpoint.endsWith('/') ? endpoint : `${endpoint}/`), {
      signal: AbortSignal.timeout(PATIENCE),
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`HTTP ${response.status} ${(await response.text()).slice(0, 200)}`);
    return await response.json();
  } catch (caught) {
    const cause = caught instanceof Error && caught.cause instanceof Error ? caught.cause : caught;
    throw new NoStage(endpoint, cause);
  }
}

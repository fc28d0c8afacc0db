/**
 * Where resources are made: on this machine, or not at all.
 */

/** @throws Error unless the endpoint's host is the loopback address. */
export function requireLoopback(endpoint: string | undefined): void {
  const host = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint).hostname : undefined;
  if (host === '127.0.0.1') return;
  throw new Error(`AWS_ENDPOINT_URL must lead to an emulator at 127.0.0.1; it is ${endpoint ?? 'not set'}`);
}

/**
 * Listening on this machine only, and saying clearly when a port is taken.
 */
import type { Server } from 'node:http';
import { MillraceError } from '@millrace/core/runtime';

/** Nothing of the stack is reachable from another machine. */
export const LOOPBACK = '127.0.0.1';

export class PortInUse extends MillraceError {
  constructor(port: number, purpose: string, options: { cause?: unknown } = {}) {
    const remedy = 'stop the program that has it (another millrace, perhaps), or give another port';
    super('port_in_use', `port ${port}, for ${purpose}, is in use: ${remedy}`, { ...options, retryable: false });
  }
}

/** Whether `caught` says that the port was taken. */
export function isPortInUse(caught: unknown): boolean {
  return caught instanceof Error && 'code' in caught && caught.code === 'EADDRINUSE';
}

/**
 * @param port 0 for any free one.
 * @returns the port.
 * @throws PortInUse
 */
export async function listen(server: Server, port: number, purpose: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  }).catch((cause: unknown) => {
    throw isPortInUse(cause) ? new PortInUse(port, purpose, { cause }) : cause;
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/** Ends the server and every connection it has. */
export async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/**
 * The console on this machine, for this machine alone: bound to loopback, and deaf to requests that come by another
 * name, because a web page elsewhere can have its own name resolve to 127.0.0.1 and would then read what is here.
 */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { MillraceError } from '@millrace/core/runtime';
import { streams } from '@millrace/pipeline/streams';
import { createConsole, refusal } from './server.ts';

const LOOPBACK = '127.0.0.1';
const NAMES = new Set([LOOPBACK, 'localhost', '[::1]']);

export class ConsolePortInUse extends MillraceError {
  constructor(port: number, cause: unknown) {
    const remedy = 'stop the program that has it (another millrace, perhaps), or give another port';
    super('port_in_use', `port ${port}, for the console, is in use: ${remedy}`, { cause, retryable: false });
  }
}

export interface RunningConsole {
  /** `http://127.0.0.1:8485/` */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param port 0 for any free one. @throws ConsolePortInUse */
export async function serveConsole(port: number): Promise<RunningConsole> {
  const app = createConsole(streams);
  const server = createServer(
    getRequestListener((request) => {
      const name = (request.headers.get('host') ?? '').replace(/:\d+$/, '');
      if (NAMES.has(name)) return app.fetch(request);
      return refusal(403, 'wrong_host', `the console answers at http://${LOOPBACK} only`);
    }),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  }).catch((caught: unknown) => {
    const taken = caught instanceof Error && 'code' in caught && caught.code === 'EADDRINUSE';
    throw taken ? new ConsolePortInUse(port, caught) : caught;
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${LOOPBACK}:${bound}/`,
    stop: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

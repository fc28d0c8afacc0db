/**
 * MiniStack, a public emulator of AWS without Docker, on a free port of the loopback interface.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { endGroup, endOf, start } from './program.ts';

const LOOPBACK = '127.0.0.1';
/** Seconds; it takes about two. */
const START_LIMIT = 60;

export interface Emulator {
  readonly endpoint: string;
  stop(): void;
}

/** @param folder for all it writes; the caller removes it. */
export async function startEmulator(python: string, folder: string, log: string): Promise<Emulator> {
  const port = await freePort();
  const tmp = path.join(folder, 'tmp');
  mkdirSync(tmp, { recursive: true });
  const child = start({
    command: python,
    args: ['-m', 'ministack'],
    cwd: folder,
    log,
    env: {
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH ?? ''}`, // functions run on this node
      HOME: folder,
      TMPDIR: tmp,
      BIND_HOST: LOOPBACK,
      GATEWAY_PORT: String(port),
      STATE_DIR: path.join(folder, 'state'),
      LAMBDA_EXECUTOR: 'local',
      DOCKER_HOST: `unix://${path.join(folder, 'no-docker.sock')}`, // leads nowhere
      IOT_MTLS_ENABLED: '0', // listeners of their own
      SFTP_ENABLED: '0',
      // It starts functions elsewhere than in their folder, where SST's links lie encrypted beside the code.
      NODE_OPTIONS: '--import=data:text/javascript,process.chdir(process.env.LAMBDA_TASK_ROOT)',
    },
  });
  const endpoint = `http://${LOOPBACK}:${port}`;
  for (const end = Date.now() + START_LIMIT * 1000; !(await answers(endpoint)); await wait(200)) {
    if (child.exitCode === null && Date.now() < end) continue;
    endGroup(child);
    throw new Error(`the emulator did not start:\n${endOf(readFileSync(log, 'utf8'))}`);
  }
  return { endpoint, stop: () => endGroup(child) };
}

async function answers(endpoint: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/_ministack/health`).catch(() => undefined);
  return response?.ok === true;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(0, LOOPBACK, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

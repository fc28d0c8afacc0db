/**
 * For tests: the command as a person runs it, in a process of its own that knows nothing of the test's environment.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A script of the tests, or `millrace` where none is named. */
export async function run(args: readonly string[], { script = MAIN, input = '' } = {}): Promise<Ran> {
  return await launch(args, { script, input }).finished;
}

/** @returns the process, and what it came to when it has ended. */
export function launch(args: readonly string[], { script = MAIN, input = '' } = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined).end(input); // a command that reads nothing may be gone by then
  const finished = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { child, finished, output: () => stdout };
}

/**
 * Programs started from here, each in a process group of its own, so that none of what they start is left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** Gets all it says. */
  readonly log: string;
}

const running = new Set<ChildProcess>();
process.on('exit', endAll);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

function endAll(): void {
  for (const child of running) endGroup(child);
}

export function start({ command, args, cwd, env, log }: Program): ChildProcess {
  const out = openSync(log, 'a');
  try {
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', out, out] });
    running.add(child);
    return child;
  } finally {
    closeSync(out);
  }
}

/** Ends a program and all it started. */
export function endGroup(child: ChildProcess): void {
  running.delete(child);
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (caught) {
    if (!(caught instanceof Error && 'code' in caught && caught.code === 'ESRCH')) throw caught; // all gone already
  }
}

/**
 * Runs a program to its end.
 * @param limit seconds; a program that needs longer hangs.
 * @returns what its log says.
 * @throws Error with the end of what it said.
 */
export async function run(program: Program, limit: number): Promise<string> {
  const child = start(program);
  const timer = setTimeout(() => endGroup(child), limit * 1000);
  try {
    const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
    const said = readFileSync(program.log, 'utf8');
    if (code === 0) return said;
    const why = code === null ? `was ended, after ${limit} s at most` : `ended with code ${code}`;
    throw new Error(`${program.command} ${program.args.join(' ')} ${why}:\n${endOf(said)}`);
  } finally {
    clearTimeout(timer);
    endGroup(child);
  }
}

/** The last lines. */
export function endOf(text: string): string {
  return text.trimEnd().split('\n').slice(-40).join('\n');
}

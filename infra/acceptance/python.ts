/**
 * The Python that the emulator runs on: the machine's, with the packages of emulator.txt in an environment of their own.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run } from './program.ts';

/** Seconds for pip to fetch and install ten packages over a slow line. */
const INSTALL_LIMIT = 300;

const PROBE = 'import sys, venv, ensurepip; sys.exit(0 if sys.version_info >= (3, 10) else 1)';

/**
 * @param folder kept from one run to the next; made anew where emulator.txt changed.
 * @returns the environment's interpreter.
 */
export async function preparePython(folder: string, requirements: string, log: string): Promise<string> {
  const python = path.join(folder, 'bin/python');
  const wanted = readFileSync(requirements, 'utf8');
  const stamp = path.join(folder, 'installed.txt');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && works(python)) return python;
  const system = findPython();
  rmSync(folder, { recursive: true, force: true });
  const common = { cwd: path.dirname(requirements), env: process.env, log };
  await run({ ...common, command: system, args: ['-m', 'venv', folder] }, INSTALL_LIMIT);
  const args = ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirements];
  await run({ ...common, command: python, args }, INSTALL_LIMIT);
  writeFileSync(stamp, wanted);
  return python;
}

function findPython(): string {
  const found = ['python3', 'python'].find(works);
  if (found !== undefined) return found;
  throw new Error(
    'pnpm acceptance needs Python 3.10 or later with venv and pip, for the AWS emulator (Debian: apt install python3-venv). ' +
      'Everything else, pnpm test included, works without it.',
  );
}

function works(command: string): boolean {
  return spawnSync(command, ['-c', PROBE]).status === 0;
}

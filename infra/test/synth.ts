/**
 * Evaluates the real sst.config.ts with SST's real components and no AWS account: `synthesize('production')`.
 *
 * Replaced are only the two things SST talks to: Pulumi's engine with the AWS provider (synth/monitor.ts,
 * synth/provider.ts) and the sst CLI (synth/cli.ts). What AWS itself would refuse is not seen here; checks/ asserts it.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Graph } from './graph.ts';

const program = fileURLToPath(new URL('./synth/main.ts', import.meta.url));

/** Seconds; an evaluation takes about four. */
const TIMEOUT = 60;

/**
 * One process per evaluation: Pulumi and SST keep global state.
 * @param env added to an environment that holds nothing of the person's own stages.
 * @throws Error with what the process said, where it left no graph. A program that fails leaves its errors in the graph.
 */
export async function synthesize(stage: string, env: Readonly<Record<string, string>> = {}): Promise<Graph> {
  const folder = await mkdtemp(path.join(tmpdir(), 'millrace-synth-'));
  try {
    const file = path.join(folder, 'graph.json');
    const said = await run([stage, file], env);
    try {
      return JSON.parse(await readFile(file, 'utf8'));
    } catch (cause) {
      throw new Error(`evaluating stage "${stage}" left no graph:\n${said}`, { cause });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(args: string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { PATH = '', HOME = tmpdir() } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, ...args], {
    env: { PATH, HOME, ...env },
    timeout: TIMEOUT * 1000,
  });
  let said = '';
  const listen = (chunk: Buffer) => {
    said += chunk;
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  return new Promise((resolve, reject) => child.on('error', reject).on('close', () => resolve(said)));
}

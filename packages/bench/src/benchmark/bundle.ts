/**
 * `bundle`: what each function of the registry weighs, bundled and minified as sst deploys it, and how long a fresh Node
 * takes to load it: the part of a cold start that is ours.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { triggers, workflows } from '@millrace/functions/workflows';
import { bundleHandler, fileOf } from '../../../../infra/test/synth/bundler.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Fresh processes each bundle is loaded in, turn by turn, so that a slow minute meets all alike. */
const RUNS = 25;

export interface BundleResult {
  readonly bench: 'bundle';
  /** Name of the function, or `node`: an empty bundle, which tells what of the others' figures is Node's own. */
  readonly case: string;
  /** Minified. */
  readonly bytes: number;
  /** From the first line of the bundle to the last, ms by the clock: the least of all runs, since what else a machine does adds. */
  readonly initMs: number;
  /** The middle one, and the worst: what this machine made of it meanwhile. */
  readonly medianMs: number;
  readonly worstMs: number;
  /** What the processor worked at it, ms, the middle one: others who use the machine hardly change it. */
  readonly cpuMs: number;
}

interface Built {
  readonly name: string;
  readonly bytes: number;
  /** The file to load. */
  readonly outfile: string;
}

export async function* bundle(): AsyncGenerator<BundleResult> {
  const folder = mkdtempSync(path.join(root, '.sst/bundles-'));
  try {
    const built: Built[] = [empty(folder)];
    for (const one of [...workflows, ...triggers]) built.push(await build(one, path.join(folder, `${one.name}.mjs`)));
    const runs = Array.from({ length: RUNS }, () => built.map(({ outfile }) => load(outfile)));
    for (const [index, { name, bytes }] of built.entries()) {
      const own = runs.flatMap((round) => round[index] ?? []);
      const clock = sorted(own.map(({ initMs }) => initMs));
      const cpuMs = middle(sorted(own.map((one) => one.cpuMs)));
      const [initMs = Number.NaN, worstMs = Number.NaN] = [clock[0], clock.at(-1)];
      yield { bench: 'bundle', case: name, bytes, initMs, medianMs: middle(clock), worstMs, cpuMs };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function build({ name, handler }: { readonly name: string; readonly handler: string }, outfile: string) {
  const { bytes } = await bundleHandler(root, fileOf(handler), outfile);
  return { name, bytes, outfile };
}

/** What all the others are measured above. */
function empty(folder: string): Built {
  const outfile = path.join(folder, 'node.mjs');
  const code = 'export const handler = () => {};\n';
  writeFileSync(outfile, code);
  return { name: 'node', bytes: code.length, outfile };
}

const sorted = (numbers: readonly number[]) => numbers.toSorted((one, other) => one - other);
const middle = (inOrder: readonly number[]) => inOrder[Math.floor(inOrder.length / 2)] ?? Number.NaN;

/** Run in a fresh process: loads a bundle and prints what that took, without the start of the process itself. */
const PROGRAM = `
  const cpu = process.threadCpuUsage(), start = performance.now();
  await import(process.argv[1]);
  const initMs = performance.now() - start, { user, system } = process.threadCpuUsage(cpu);
  process.stdout.write(JSON.stringify({ initMs, cpuMs: (user + system) / 1000 }));
  process.exit();`;

/** The variable is there in Lambda, and core looks for it. */
function load(file: string): Pick<BundleResult, 'initMs' | 'cpuMs'> {
  const env = { ...process.env, AWS_LAMBDA_FUNCTION_NAME: 'bench' };
  const args = ['--input-type=module', '--eval', PROGRAM, file];
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

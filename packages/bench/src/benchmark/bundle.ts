/**
 * `bundle`: what each function of the registry weighs, bundled and minified as sst deploys it, and how long a fresh Node
 * takes to load it: the part of a cold start that is ours.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { triggers, workflows } from '@millrace/functions/workflows';
import { external } from '../../../../infra/bundle.ts';
import { BANNER } from '../../../../infra/test/synth/config.ts';
import { loadPlatform } from '../../../../infra/test/synth/platform-modules.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Fresh processes each bundle is loaded in, turn by turn; the fastest counts: whatever else the machine does only adds. */
const RUNS = 25;

export interface BundleResult {
  readonly bench: 'bundle';
  /** Name of the function. */
  readonly case: string;
  /** Minified, bytes. */
  readonly bytes: number;
  /** From the first line of the bundle to the last, ms by the clock: what a cold start adds on a machine at leisure. */
  readonly initMs: number;
  /** Of these, ms that the processor worked at it: they tell what a busy machine adds. */
  readonly cpuMs: number;
}

export async function* bundle(): AsyncGenerator<BundleResult> {
  const folder = mkdtempSync(path.join(root, '.sst/bundles-'));
  try {
    const built = await Promise.all([...workflows, ...triggers].map((one) => build(one, folder)));
    const runs = Array.from({ length: RUNS }, () => built.map(({ outfile }) => load(outfile)));
    for (const [index, { name, bytes }] of built.entries()) {
      const own = runs.flatMap((round) => round[index] ?? []);
      yield {
        bench: 'bundle',
        case: name,
        bytes,
        initMs: Math.min(...own.map(({ initMs }) => initMs)),
        cpuMs: Math.min(...own.map(({ cpuMs }) => cpuMs)),
      };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles a function as sst does. */
async function build({ name, handler }: { readonly name: string; readonly handler: string }, folder: string) {
  const outfile = path.join(folder, `${name}.mjs`);
  const { metafile } = await loadPlatform(root).esbuild.build({
    absWorkingDir: root,
    entryPoints: [handler.replace(/\.handler$/, '.ts')],
    outfile,
    metafile: true,
    bundle: true,
    minify: true,
    external,
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    logLevel: 'silent',
  });
  const [output] = Object.values(metafile.outputs);
  return { name, outfile, bytes: output?.bytes ?? 0 };
}

/** Run in a fresh process: loads a bundle and prints what that took. */
const PROGRAM = `
  const cpu = process.threadCpuUsage(), start = performance.now();
  await import(process.argv[1]);
  const initMs = performance.now() - start, { user, system } = process.threadCpuUsage(cpu);
  process.stdout.write(JSON.stringify({ initMs, cpuMs: (user + system) / 1000 }));
  process.exit();`;

/** Without the start of the process itself. The variable is there in Lambda, and core looks for it. */
function load(file: string): Pick<BundleResult, 'initMs' | 'cpuMs'> {
  const env = { ...process.env, AWS_LAMBDA_FUNCTION_NAME: 'bench' };
  const args = ['--input-type=module', '--eval', PROGRAM, file];
  return JSON.parse(execFileSync(process.execPath, args, { env, encoding: 'utf8' }));
}

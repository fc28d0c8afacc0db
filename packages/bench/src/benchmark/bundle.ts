/**
 * `bundle`: what each function of the registry weighs, bundled and minified as sst deploys it, and how long a fresh Node
 * takes to load it: the part of a cold start that is ours.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { triggers, workflows } from '@millrace/functions/workflows';
import { BANNER } from '../../../../infra/test/synth/config.ts';
import { loadPlatform } from '../../../../infra/test/synth/platform-modules.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../..');

/** Fresh processes a bundle is loaded in; the fastest counts: whatever else the machine does only adds. */
const RUNS = 9;

export interface BundleResult {
  readonly bench: 'bundle';
  /** Name of the function. */
  readonly case: string;
  /** Minified, bytes. */
  readonly bytes: number;
  /** From the first line of the bundle to the last, ms. */
  readonly initMs: number;
}

export async function* bundle(): AsyncGenerator<BundleResult> {
  const { esbuild } = loadPlatform(root);
  const folder = mkdtempSync(path.join(root, '.sst/bundles-'));
  try {
    for (const { name, handler } of [...workflows, ...triggers]) {
      const outfile = path.join(folder, `${name}.mjs`);
      const { metafile } = await esbuild.build({
        absWorkingDir: root,
        entryPoints: [handler.replace(/\.handler$/, '.ts')],
        outfile,
        metafile: true,
        bundle: true,
        minify: true,
        keepNames: true,
        format: 'esm',
        platform: 'node',
        target: 'es2023',
        mainFields: ['module', 'main'],
        banner: { js: BANNER },
        logLevel: 'silent',
      });
      const [output] = Object.values(metafile.outputs);
      yield {
        bench: 'bundle',
        case: name,
        bytes: output?.bytes ?? 0,
        initMs: Math.min(...Array.from({ length: RUNS }, () => loadTime(outfile))),
      };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** ms; the process itself starts before. */
function loadTime(file: string): number {
  const program = `const start = performance.now(); await import(${JSON.stringify(file)}); process.stdout.write(String(performance.now() - start)); process.exit()`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }));
}

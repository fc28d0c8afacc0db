/**
 * Bundles a handler as the sst CLI does (pkg/runtime/node/build.go), with the esbuild that comes with it.
 */
import { bundling } from '../../bundle.ts';
import { BANNER } from './config.ts';
import { loadPlatform } from './platform-modules.ts';

export interface Bundle {
  /** Minified. */
  readonly bytes: number;
  readonly exports: readonly string[];
}

/**
 * @param file path of the handler from the root, as in `packages/functions/src/copier.ts`.
 * @param outfile where the bundle goes; absent: it is not written.
 * @throws Error of esbuild where it cannot be bundled.
 */
export async function bundleHandler(root: string, file: string, outfile?: string): Promise<Bundle> {
  const { metafile } = await loadPlatform(root).esbuild.build({
    absWorkingDir: root,
    entryPoints: [file],
    outfile: outfile ?? 'bundle.mjs',
    write: outfile !== undefined,
    external: bundling.esbuild.external,
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
  const [{ bytes = 0, exports = [] } = {}] = Object.values(metafile.outputs);
  return { bytes, exports };
}

/** `packages/functions/src/copier.handler` → the path of its file. */
export const fileOf = (handler: string) => handler.replace(/\.[^.]+$/, '.ts');

/**
 * Bundles a handler as the sst CLI does (pkg/runtime/node/build.go), with the esbuild that comes with it.
 */
import path from 'node:path';
import { bundling } from '../../bundle.ts';
import { BANNER } from './config.ts';
import { type Esbuild, loadPlatform } from './platform-modules.ts';

/** A bundled handler: the file Lambda loads, and those beside it that it loads when it needs them. */
export interface Bundle {
  /** Minified, bytes, of all files. */
  readonly bytes: number;
  /** Of these, the files loaded at start. */
  readonly bytesAtStart: number;
  readonly exports: readonly string[];
  /** Paths of the sources. */
  readonly sources: readonly string[];
}

/**
 * @param file path of the handler from the root, as in `packages/functions/src/copier.ts`.
 * @param folder where the files go, the handler's as `<its name>.mjs`; absent: they are not written.
 * @throws Error of esbuild where it cannot be bundled.
 */
export async function bundleHandler(root: string, file: string, folder?: string): Promise<Bundle> {
  const { metafile } = await loadPlatform(root).esbuild.build({
    absWorkingDir: root,
    entryPoints: [file],
    outdir: folder ?? 'bundles',
    write: folder !== undefined,
    outExtension: { '.js': '.mjs' },
    splitting: bundling.splitting,
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
  const outputs = Object.entries(metafile.outputs);
  const [name, entry] = outputs.find(([, { entryPoint }]) => entryPoint === file) ?? [];
  return {
    bytes: outputs.reduce((sum, [, { bytes }]) => sum + bytes, 0),
    bytesAtStart: name === undefined ? 0 : bytesOf(loadedAtStart(name, metafile), metafile),
    exports: entry?.exports ?? [],
    sources: outputs.flatMap(([, { inputs }]) => Object.keys(inputs)),
  };
}

/** A file and what it imports by statement, and so on. */
function loadedAtStart(name: string, metafile: Esbuild.Metafile, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const { path: imported, kind, external } of metafile.outputs[name]?.imports ?? []) {
    if (kind === 'import-statement' && external !== true) loadedAtStart(imported, metafile, seen);
  }
  return seen;
}

function bytesOf(names: ReadonlySet<string>, { outputs }: Esbuild.Metafile): number {
  return [...names].reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0);
}

/** `packages/functions/src/copier.handler` → the path of its file, and of its bundle in a folder. */
export const fileOf = (handler: string) => handler.replace(/\.[^.]+$/, '.ts');
export const outputOf = (file: string, folder: string) => path.join(folder, `${path.basename(file, '.ts')}.mjs`);

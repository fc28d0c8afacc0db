/**
 * Can every handler be bundled, and does it export what Lambda will call? The sst CLI bundles each on its own
 * (pkg/runtime/node/build.go) and never looks at the exports; here all go through esbuild at once, unwritten.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Build } from '../graph.ts';
import { BANNER } from './config.ts';
import type { Esbuild } from './platform-modules.ts';

/** What is wrong, in words. */
export async function brokenHandlers(
  esbuild: typeof Esbuild,
  root: string,
  builds: Readonly<Record<string, Build>>,
): Promise<string[]> {
  const handlers = Object.values(builds).map(({ handler }) => {
    const exported = path.extname(handler).slice(1);
    return { handler, exported, file: `${handler.slice(0, -exported.length)}ts` };
  });
  const [there, missing] = [true, false].map((wanted) =>
    handlers.filter(({ file }) => existsSync(path.join(root, file)) === wanted),
  );
  const broken = (missing ?? []).map(({ handler, file }) => `${handler}: there is no ${file}`);
  return [...broken, ...(await bundle(esbuild, root, there ?? []))];
}

interface Handler {
  readonly handler: string;
  readonly exported: string;
  readonly file: string;
}

async function bundle(esbuild: typeof Esbuild, root: string, handlers: readonly Handler[]): Promise<string[]> {
  const result = await esbuild
    .build({
      absWorkingDir: root,
      entryPoints: handlers.map(({ file }) => file),
      outdir: 'bundles',
      write: false,
      metafile: true,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'es2023',
      mainFields: ['module', 'main'],
      banner: { js: BANNER },
      logLevel: 'silent',
    })
    .catch((caught: Error) => caught);
  if (result instanceof Error) return [result.message];
  const outputs = Object.values(result.metafile.outputs);
  return handlers.flatMap(({ handler, exported, file }) => {
    const exports = outputs.find(({ entryPoint }) => entryPoint === file)?.exports ?? [];
    return exports.includes(exported) ? [] : [`${handler}: does not export "${exported}"`];
  });
}

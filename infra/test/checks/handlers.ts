/**
 * Can every handler be bundled, and does it export what Lambda will call? The sst CLI bundles each on its own
 * (pkg/runtime/node/build.go) and never looks at the exports; here all go through SST's esbuild at once, unwritten.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Graph } from '../graph.ts';
import { BANNER } from '../synth/config.ts';
import { loadPlatform } from '../synth/platform-modules.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

interface Handler {
  readonly handler: string;
  readonly exported: string;
  readonly file: string;
}

/** Returns its violations in words. */
export async function handlersBundle({ builds }: Pick<Graph, 'builds'>): Promise<string[]> {
  const missing: string[] = [];
  const there: Handler[] = [];
  for (const { handler } of Object.values(builds)) {
    const exported = path.extname(handler).slice(1);
    const file = `${handler.slice(0, -exported.length)}ts`;
    if (existsSync(path.join(root, file))) there.push({ handler, exported, file });
    else missing.push(`${handler}: there is no ${file}`);
  }
  return [...missing, ...(await bundle(there))];
}

async function bundle(handlers: readonly Handler[]): Promise<string[]> {
  const result = await loadPlatform(root)
    .esbuild.build({
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

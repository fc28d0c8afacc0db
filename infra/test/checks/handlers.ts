/**
 * Can every handler be bundled, does it export what Lambda will call, and is it light? The sst CLI bundles each on its own
 * (pkg/runtime/node/build.go) and never looks at the exports; here all go through SST's esbuild at once, unwritten.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { external } from '../../bundle.ts';
import type { Graph } from '../graph.ts';
import { BANNER } from '../synth/config.ts';
import { loadPlatform } from '../synth/platform-modules.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** Bytes of a bundle, minified: what a cold start has to fetch and to compile. */
const LIMIT = 1024 * 1024;
/** What may be heavier, by the file of its handler, and the package that makes it so; docs/operations.md says the same. */
const HEAVY: Readonly<Record<string, string>> = { 'packages/functions/src/copier.ts': 'jsonata' };

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
      minify: true,
      keepNames: true,
      external,
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
    const { exports = [], bytes = 0, inputs = {} } = outputs.find(({ entryPoint }) => entryPoint === file) ?? {};
    const excuse = HEAVY[file];
    const excused = excuse !== undefined && Object.keys(inputs).some((input) => input.includes(`/${excuse}/`));
    return [
      ...(exports.includes(exported) ? [] : [`${handler}: does not export "${exported}"`]),
      ...(bytes < LIMIT || excused ? [] : [`${handler}: weighs ${bytes} bytes, more than ${LIMIT}`]),
    ];
  });
}

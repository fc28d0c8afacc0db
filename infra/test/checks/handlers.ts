/**
 * Can every handler be bundled, does it export what Lambda will call, and is it light? The sst CLI bundles each on its own
 * and never looks at the exports; here they go through the same esbuild, unwritten.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Graph } from '../graph.ts';
import { bundleHandler } from '../synth/bundler.ts';

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

/** Each on its own, as SST does it: together they would share files. */
async function bundle(handlers: readonly Handler[]): Promise<string[]> {
  const violations: string[] = [];
  for (const { handler, exported, file } of handlers) {
    const bundled = await bundleHandler(root, file).catch((caught: Error) => caught);
    if (bundled instanceof Error) {
      violations.push(bundled.message);
      continue;
    }
    const { exports, bytes, sources } = bundled;
    const excuse = HEAVY[file];
    const excused = excuse !== undefined && sources.some((source) => source.includes(`/${excuse}/`));
    if (!exports.includes(exported)) violations.push(`${handler}: does not export "${exported}"`);
    if (bytes >= LIMIT && !excused) violations.push(`${handler}: weighs ${bytes} bytes, more than ${LIMIT}`);
  }
  return violations;
}

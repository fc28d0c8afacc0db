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

/** None of them weighs more; docs/operations.md says what they do. */
const LIMIT = 1024 * 1024;

interface Handler {
  readonly handler: string;
  readonly exported: string;
  readonly file: string;
}

/** Returns its violations in words. @param limit bytes of a bundle, minified: what a cold start has to fetch and to compile. */
export async function handlersBundle({ builds }: Pick<Graph, 'builds'>, limit = LIMIT): Promise<string[]> {
  const missing: string[] = [];
  const there: Handler[] = [];
  for (const { handler } of Object.values(builds)) {
    const exported = path.extname(handler).slice(1);
    const file = `${handler.slice(0, -exported.length)}ts`;
    if (existsSync(path.join(root, file))) there.push({ handler, exported, file });
    else missing.push(`${handler}: there is no ${file}`);
  }
  return [...missing, ...(await bundle(there, limit))];
}

/** Each on its own, as SST does it. */
async function bundle(handlers: readonly Handler[], limit: number): Promise<string[]> {
  const violations: string[] = [];
  for (const { handler, exported, file } of handlers) {
    const bundled = await bundleHandler(root, file).catch((caught: Error) => caught);
    if (bundled instanceof Error) {
      violations.push(bundled.message);
      continue;
    }
    const { exports, bytes } = bundled;
    if (!exports.includes(exported)) violations.push(`${handler}: does not export "${exported}"`);
    if (bytes >= limit) violations.push(`${handler}: weighs ${bytes} bytes, more than ${limit}`);
  }
  return violations;
}

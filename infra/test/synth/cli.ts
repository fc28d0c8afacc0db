/**
 * The part of the sst CLI that components call while they are evaluated: a JSON-RPC server (pkg/server) that knows the
 * account's bootstrap buckets and builds functions. An unknown method is an error.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import type { Build, Json } from '../graph.ts';
import { BANNER } from './config.ts';
import type { Esbuild } from './platform-modules.ts';
import { ACCOUNT, REGION } from './provider.ts';

interface Cli {
  readonly root: string;
  readonly work: string;
  readonly esbuild: typeof Esbuild;
  /** Filled with each function as it is built. */
  readonly builds: Record<string, Build>;
  readonly fail: (caught: unknown) => void;
}

/** What `Runtime.Build` is called with, as far as it is used. */
interface BuildRequest {
  readonly functionID: string;
  readonly handler: string;
  readonly runtime: string;
  readonly links: { [name: string]: Json };
}

/** Serves on a free port of the loopback interface, without keeping the process alive; returns its address. */
export async function serveCli(cli: Cli): Promise<string> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { method, params } = JSON.parse(body);
    const reply = await answer(cli, method, params[0]).then(
      (result) => ({ result }),
      (caught: Error) => ({ error: caught.message }),
    );
    response.writeHead(200, { connection: 'close' }).end(JSON.stringify(reply));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server of the CLI has no port');
  return `http://127.0.0.1:${address.port}`;
}

async function answer(cli: Cli, method: string, argument: BuildRequest): Promise<object> {
  switch (method) {
    case 'Provider.Aws.Bootstrap': {
      const assetEcrUrl = `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/sst-asset`;
      return { version: 5, asset: 'sst-asset', state: 'sst-state', assetEcrRegistryId: ACCOUNT, assetEcrUrl };
    }
    case 'Runtime.Build':
      return build(cli, argument);
    default:
      throw new Error(`the synth test does not know the CLI's method ${method}`);
  }
}

/**
 * Bundles the handler to see that it can be, and hands SST a stand-in to zip. What is wrong with a handler is an error
 * of the graph, and the evaluation goes on to show the rest.
 */
async function build(cli: Cli, { functionID, handler, runtime, links }: BuildRequest): Promise<object> {
  cli.builds[functionID] = { handler, runtime, links };
  await bundle(cli, handler).catch((caught: Error) => cli.fail(new Error(`${handler}: ${caught.message}`)));
  const out = path.join(cli.work, 'artifacts', `${functionID}-src`);
  const sourcemap = path.join(out, 'bundle.mjs.map');
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'bundle.mjs'), `// ${handler}\n`);
  writeFileSync(sourcemap, '{}');
  return { out, handler: `bundle${path.extname(handler)}`, errors: [], sourcemaps: [sourcemap] };
}

/** As pkg/runtime/node/build.go does, and one thing it does not: @throws Error where the export is missing. */
async function bundle({ root, esbuild }: Cli, handler: string): Promise<void> {
  const extension = path.extname(handler);
  const base = path.join(root, handler.slice(0, -extension.length));
  const file = ['.ts', '.mts', '.js', '.mjs'].map((ending) => base + ending).find(existsSync);
  if (file === undefined) throw new Error('there is no such file');
  const { metafile } = await esbuild.build({
    entryPoints: [file],
    outfile: 'bundle.mjs',
    write: false,
    metafile: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    mainFields: ['module', 'main'],
    banner: { js: BANNER },
    logLevel: 'silent',
  });
  const exported = Object.values(metafile.outputs).flatMap((output) => output.exports);
  if (!exported.includes(extension.slice(1))) throw new Error(`it does not export "${extension.slice(1)}"`);
}

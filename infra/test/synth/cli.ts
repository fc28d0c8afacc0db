/**
 * The part of the sst CLI that components call while they are evaluated: a JSON-RPC server (pkg/server) that knows the
 * account's bootstrap buckets and builds functions. An unknown method is an error.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import type { Build, Json } from '../graph.ts';
import { ACCOUNT, REGION } from './provider.ts';

interface Cli {
  readonly work: string;
  /** Filled with each function as it is built. */
  readonly builds: Record<string, Build>;
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
    case 'Runtime.AddTarget': // under `sst dev`, where code here answers for the function
      cli.builds[argument.functionID] = builtFrom(argument);
      return {};
    case 'Provider.Aws.Appsync':
      return { http: 'appsync.example', realtime: 'realtime.example' };
    default:
      throw new Error(`the synth test does not know the CLI's method ${method}`);
  }
}

/** Hands SST a stand-in to zip: whether the handlers can be bundled, checks/handlers.ts sees once for all stages. */
function build({ work, builds }: Cli, request: BuildRequest): object {
  const { functionID, handler } = request;
  builds[functionID] = builtFrom(request);
  const out = path.join(work, 'artifacts', `${functionID}-src`);
  const sourcemap = path.join(out, 'bundle.mjs.map');
  mkdirSync(out, { recursive: true });
  writeFileSync(path.join(out, 'bundle.mjs'), `// ${handler}\n`);
  writeFileSync(sourcemap, '{}');
  return { out, handler: `bundle${path.extname(handler)}`, errors: [], sourcemaps: [sourcemap] };
}

function builtFrom({ handler, runtime, links }: BuildRequest): Build {
  return { handler, runtime, links };
}

/**
 * node infra/test/synth/main.ts STAGE FILE: evaluates sst.config.ts for the stage and writes the graph to the file.
 */
import crypto from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Build, Graph, Resource } from '../graph.ts';
import { serveCli } from './cli.ts';
import { evaluator, tagsOf } from './config.ts';
import { installMonitor } from './monitor.ts';
import { loadPlatform } from './platform-modules.ts';
import { REGION } from './provider.ts';

const [stage, file] = process.argv.slice(2);
if (stage === undefined || file === undefined) throw new Error('usage: node infra/test/synth/main.ts STAGE FILE');

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const work = path.join(root, '.sst/platform', `synth-${process.pid}`); // of its own: evaluations run side by side
const builds: Record<string, Build> = {};
const resources = new Map<string, Resource>();
const errors = new Set<string>();
let app: Graph['app'] = { removal: '', protect: false, tags: {} };
let finished = false;

const fail = (caught: unknown) =>
  errors.add(caught instanceof Error ? (caught.stack ?? caught.message) : String(caught));

// An apply that fails is an unhandled rejection, one that never settles leaves nothing behind but an empty event loop.
process.on('unhandledRejection', fail).on('uncaughtException', fail);
process.on('exit', () => {
  if (!finished && errors.size === 0) fail('the program never finished: some output was never resolved');
  rmSync(work, { recursive: true, force: true });
  const sorted = [...resources.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  const graph: Graph = { stage, app, errors: [...errors], builds, resources: sorted };
  writeFileSync(file, JSON.stringify(graph));
});

pinRandomNames();
const platform = loadPlatform(root);
const config = evaluator(platform, { root, work });
const settings = await config.app(stage);
app = { removal: settings.removal, protect: settings.protect, tags: tagsOf(settings.providers.aws) };
const server = await serveCli({ work, builds });
Object.assign(process.env, { SST_SERVER: server, SST_AWS_REGION: REGION });
await installMonitor(platform, { project: settings.name, stage, work, resources, fail });
await platform.pulumi.runtime.runInPulumiStack(() => config.run(settings)).catch(fail);
finished = true;

/** SST ends physical names in 8 random bytes; with zeros two evaluations can be compared. */
function pinRandomNames(): void {
  const { randomBytes } = crypto;
  const pinned = (size: number, callback?: (error: Error | null, bytes: Buffer) => void) => {
    if (callback !== undefined) return randomBytes(size, callback);
    return size === 8 ? Buffer.alloc(8) : randomBytes(size);
  };
  Object.assign(crypto, { randomBytes: pinned });
}

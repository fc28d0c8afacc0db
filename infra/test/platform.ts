/**
 * Sees to it that `.sst/platform` holds the sources and types of the SST version in node_modules: infra is type-checked
 * and evaluated against them. `pnpm run platform` calls this; it returns at once where they are there.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const wanted: string = JSON.parse(readFileSync(path.join(root, 'node_modules/sst/package.json'), 'utf8')).version;

/** `sst install` writes the version first, then the packages, then the lock of providers; without all three it stopped. */
function installed(): string | undefined {
  const written = ['platform/version', 'platform/node_modules/@pulumi/aws', 'provider-lock.json'];
  if (!written.every((name) => existsSync(path.join(root, '.sst', name)))) return undefined;
  return readFileSync(path.join(root, '.sst/platform/version'), 'utf8').trim();
}

function install(): void {
  const started = Date.now();
  process.stdout.write(`Installing the platform of SST ${wanted} into .sst (about 300 MB, once) … `);
  const program = path.join(root, 'node_modules/sst/bin/sst.mjs');
  const sst = spawnSync(process.execPath, [program, 'install', '--print-logs'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024, // the logs, of which only the end is shown, and only on failure
    env: {
      ...process.env,
      SST_STAGE: 'test', // or it asks for one
      SST_TELEMETRY_DISABLED: '1',
      SST_SKIP_DEPENDENCY_CHECK: '1', // no download of Pulumi: nothing is deployed from here
      SST_NO_BUN: '1',
    },
  });
  if (sst.status === 0 && installed() === wanted) {
    process.stdout.write(`done in ${Math.round((Date.now() - started) / 1000)} s\n`);
    return;
  }
  process.stdout.write('failed\n');
  process.stderr.write(
    `\nsst install did not finish:\n${sst.error?.message ?? endOf(sst.stdout + sst.stderr)}\n\n` +
      'It needs the npm registry (@pulumi/aws and its like). When that is reachable, run: npx -y pnpm run platform\n',
  );
  process.exitCode = 1;
}

/** The last lines; SST logs what npm said as one line with escaped ends. */
function endOf(output: string): string {
  return output
    .trim()
    .split(/\n|\\n/)
    .slice(-15)
    .join('\n');
}

if (installed() !== wanted) install();

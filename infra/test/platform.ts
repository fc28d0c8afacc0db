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

/** `sst install` writes the lock of providers last, so its presence tells a finished install from an interrupted one. */
function installed(): string | undefined {
  const version = path.join(root, '.sst/platform/version');
  const complete = existsSync(path.join(root, '.sst/provider-lock.json')) && existsSync(version);
  return complete ? readFileSync(version, 'utf8').trim() : undefined;
}

function install(): void {
  const started = Date.now();
  process.stdout.write(`Installing the platform of SST ${wanted} into .sst (about 300 MB, once) … `);
  const sst = spawnSync(process.execPath, [path.join(root, 'node_modules/sst/bin/sst.mjs'), 'install'], {
    cwd: root,
    encoding: 'utf8',
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
  const said = sst.error?.message ?? `${sst.stdout}${sst.stderr}`.trim().split('\n').slice(-15).join('\n');
  process.stdout.write('failed\n');
  process.stderr.write(
    `\nsst install did not finish:\n${said}\n\n` +
      'It needs the npm registry (@pulumi/aws and its like). When that is reachable, run: npx -y pnpm run platform\n',
  );
  process.exitCode = 1;
}

if (installed() !== wanted) install();
